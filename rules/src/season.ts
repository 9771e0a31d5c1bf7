/** A day of the calendar; without a year it is one of every year. */
interface Day {
  year: number | undefined
  /** 1 to 12. */
  month: number
  day: number
}

/** From the begin of one day to the end of another; over new year where the last comes before the first. */
export interface SeasonRange {
  first: Day
  last: Day
}

// In a leap year, so that 02-29 is a day of every year: in the others it falls on 1 March as a first day, on
// 28 February as a last.
const LEAP_YEAR = 2024
const MINUTE_MS = 60_000

/**
 * Reads `05-01..10-15` (every year, both days included; `11-01..03-31` goes over new year) or
 * `2026-06-01..2026-09-30` (once).
 *
 * @returns undefined where the text is neither, or names a day that no calendar has
 */
export function parseSeasonRange(text: string): SeasonRange | undefined {
  const [first, last, ...rest] = text.split('..').map(part => parseDay(part.trim()))
  if (!first || !last || rest.length > 0 || (first.year === undefined) !== (last.year === undefined))
    return undefined
  if (first.year !== undefined && beginOf(first, 0) > beginOf(last, 0)) return undefined
  return { first, last }
}

function parseDay(text: string): Day | undefined {
  const found = /^(?:(\d{4})-)?(\d\d)-(\d\d)$/.exec(text)
  if (!found) return undefined
  const day = {
    year: found[1] === undefined ? undefined : Number(found[1]),
    month: Number(found[2]),
    day: Number(found[3]),
  }
  const date = new Date(beginOf(day, LEAP_YEAR))
  return date.getUTCMonth() + 1 === day.month && date.getUTCDate() === day.day ? day : undefined
}

/** The text that means the range. */
export const printSeasonRange = ({ first, last }: SeasonRange): string =>
  `${printDay(first)}..${printDay(last)}`

const printDay = ({ year, month, day }: Day): string =>
  [...(year === undefined ? [] : [String(year).padStart(4, '0')]), two(month), two(day)].join('-')

const two = (number: number): string => String(number).padStart(2, '0')

/** Reads an offset from UTC such as `+08:00`, in ms; undefined where it is none. */
export function parseUtcOffset(text: string): number | undefined {
  const found = /^([+-])(\d\d):([0-5]\d)$/.exec(text)
  if (!found) return undefined
  const minutes = Number(found[2]) * 60 + Number(found[3])
  if (minutes > 14 * 60) return undefined
  return minutes === 0 ? 0 : (found[1] === '-' ? -1 : 1) * minutes * MINUTE_MS
}

/** The text of an offset from UTC in ms. */
export function printUtcOffset(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / MINUTE_MS
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** True when `t` (ms UTC) lies in one of the ranges, by a clock that is `offsetMs` ahead of UTC. */
export const isInSeason = (ranges: readonly SeasonRange[], t: number, offsetMs: number): boolean =>
  ranges.some(range =>
    spansNear(range, t + offsetMs).some(([begin, end]) => isWithin(t + offsetMs, begin, end)),
  )

/** True when two ranges of the same kind, of every year or of certain ones, have a day in common. */
export const seasonsOverlap = (a: SeasonRange, b: SeasonRange): boolean =>
  isYearly(a) === isYearly(b) && (beginsIn(a, b) || beginsIn(b, a))

const beginsIn = ({ first }: SeasonRange, other: SeasonRange): boolean =>
  isInSeason([other], beginOf(first, LEAP_YEAR), 0)

/** True for a range of every year. */
export const isYearly = ({ first }: SeasonRange): boolean => first.year === undefined

const isWithin = (t: number, begin: number, end: number): boolean => begin <= t && t < end

/** The next instant after `t` (ms UTC) at which one of the ranges begins or ends; Infinity when none does. */
export function nextSeasonChange(ranges: readonly SeasonRange[], t: number, offsetMs: number): number {
  const local = t + offsetMs
  const bounds = ranges.flatMap(range => spansNear(range, local).flat()).filter(bound => bound > local)
  return Math.min(Number.POSITIVE_INFINITY, ...bounds) - offsetMs
}

/** The spans [begin, end) of a range in the years around a local time. */
function spansNear({ first, last }: SeasonRange, local: number): [number, number][] {
  if (first.year !== undefined) return [[beginOf(first, 0), endOf(last, 0)]]
  const year = new Date(local).getUTCFullYear()
  const over = beginOf(last, LEAP_YEAR) < beginOf(first, LEAP_YEAR) ? 1 : 0
  return [year - 1, year, year + 1].map(one => [beginOf(first, one), endOf(last, one + over)])
}

const beginOf = ({ year, month, day }: Day, everyYear: number): number =>
  Date.UTC(year ?? everyYear, month - 1, day)

function endOf({ year, month, day }: Day, everyYear: number): number {
  const one = year ?? everyYear
  return Math.min(Date.UTC(one, month - 1, day + 1), Date.UTC(one, month, 1))
}
