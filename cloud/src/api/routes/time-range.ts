import { isPlausibleTime, parseDuration } from '@picket/devices'
import { ApiError } from '../errors.ts'

const DAY_MS = 86_400_000
// RFC 3339, section 5.6, with the zone required and seconds optional; or a date, which begins at 00:00 UTC.
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i

/**
 * The span that a query asks for, in ms UTC.
 *
 * @throws ApiError naming the parameter that is wrong
 */
export function readTimeRange(
  query: { from?: string; to?: string },
  now: number,
): { from: number; to: number } {
  const to = query.to === undefined ? now + 1 : readTime('to', query.to)
  const from = query.from === undefined ? to - DAY_MS : readTime('from', query.from)
  if (from >= to) throw new ApiError('bad-parameter', 'from must be before to')
  return { from, to }
}

function readTime(name: string, text: string): number {
  const time = /^\d{1,15}$/.test(text) ? Number(text) : ISO_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (isPlausibleTime(time)) return time
  throw new ApiError(
    'bad-parameter',
    `${name} must be ms since 1970 UTC, or a time such as 2026-05-01T08:00:00Z or 2026-05-01T08:00:00%2B08:00, between 1990 and 2100`,
  )
}

/** What a chart can show at once. */
const AUTO_POINTS = 1000
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map(seconds => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map(hours => hours * HOUR_MS),
  ...[1, 2, 7, 14, 30].map(days => days * DAY_MS),
]

/** The shortest usual step that makes about 1,000 points of a span. */
export function stepFor(spanMs: number): number {
  return STEPS_MS.find(step => spanMs / step <= AUTO_POINTS) ?? (STEPS_MS.at(-1) as number)
}

/**
 * The bucket length that a query asks for, in ms; 0 for every reading.
 *
 * @throws ApiError where the text is none of the allowed
 */
export function readResolution(text: string | undefined): number | 'auto' {
  if (text === undefined || text === 'auto') return 'auto'
  if (text === 'raw' || text === '0') return 0
  const resolutionMs = parseDuration(text)
  if (resolutionMs !== undefined && Number.isInteger(resolutionMs) && resolutionMs >= 1) return resolutionMs
  throw new ApiError(
    'bad-parameter',
    'resolution must be auto, raw or a duration such as 30s, 5m, 1h or 1d (at least 1ms)',
  )
}
