/** The station protocols of China write Beijing time, UTC+8, without saying so; there is no summer time. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

/** A time as Beijing's clock shows it, with its offset. */
export const formatBeijing = (t: number): string =>
  `${new Date(t + BEIJING_OFFSET_MS).toISOString().slice(0, 19)}+08:00`
