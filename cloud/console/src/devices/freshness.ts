import type { Device } from '../api/shapes.ts'

/** Fresh; late after 2 reporting intervals; silent after 5; never: nothing has come yet. */
export type Freshness = Device['freshness']['state']

const LATE_INTERVALS = 2
const SILENT_INTERVALS = 5

/**
 * How fresh something is at `now` by the API's own rule, so that a device grows stale on the screen without
 * anybody asking. Without a known interval nothing can be late.
 *
 * @param lastSeen - event time of the newest reading, ms UTC; null when there is none
 */
export function freshnessAt(lastSeen: number | null, intervalMs: number | null, now: number): Freshness {
  if (lastSeen === null) return 'never'
  const intervals = intervalMs ? (now - lastSeen) / intervalMs : 0
  return intervals > SILENT_INTERVALS ? 'silent' : intervals > LATE_INTERVALS ? 'late' : 'fresh'
}

/** The stalest first. */
export const STALENESS: Record<Freshness, number> = { silent: 0, never: 1, late: 2, fresh: 3 }
