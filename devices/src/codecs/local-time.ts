import { bcdNumber } from './bcd.ts'

/** The station protocols of China write Beijing time, UTC+8, without saying so; there is no summer time. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

/**
 * A calendar time of Beijing in ms UTC; NaN where the calendar has no such time (31 April, 24:00, second 60).
 * Months count from 1.
 */
export function beijingTime(
  year: number,
  [month, day, hour = 0, minute = 0, second = 0]: readonly [number, number, number?, number?, number?],
): number {
  const isTime =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 59
  if (!isTime) return Number.NaN
  const t = Date.UTC(year, month - 1, day, hour, minute, second)
  // 31 April is taken for 1 May.
  return day > 28 && new Date(t).getUTCDate() !== day ? Number.NaN : t - BEIJING_OFFSET_MS
}

/**
 * `yy mm dd [hh [mm [ss]]]` in BCD, of the years 2000 to 2099, in ms UTC; NaN where it is no time.
 *
 * @param length - how many of the six bytes there are, 3 to 6
 */
export function beijingTimeOfBcd(bytes: Uint8Array, offset: number, length: number): number {
  const part = (at: number): number => (at < length ? bcdNumber(bytes, offset + at, 1) : 0)
  return beijingTime(2000 + part(0), [part(1), part(2), part(3), part(4), part(5)])
}

/** A time as Beijing's clock shows it, with its offset. */
export const formatBeijing = (t: number): string =>
  `${new Date(t + BEIJING_OFFSET_MS).toISOString().slice(0, 19)}+08:00`

/** A time of Beijing's clock as the digits `yymmddhhmmss`. */
export const toBeijingDigits = (t: number): string => formatBeijing(t).replace(/\D/g, '').slice(2, 14)

/** Year and month (from 1) of Beijing's calendar at a time. */
export function beijingPartsOf(t: number): { year: number; month: number } {
  const date = new Date(t + BEIJING_OFFSET_MS)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 }
}
