import { isPlausibleTime, StartError } from '@picket/devices'

/** Reads a time: ms UTC, or undefined where the text is none. */
export type TimeReader = (text: string) => number | undefined

const PARTS = /Y{4}|M{2}|D{2}|H{2}|m{2}|s{2}/g
const DAY_MS = 86_400_000

/**
 * A reader for times in a format of `YYYY MM DD HH mm ss` with any characters between, or `iso`, `epoch-s`,
 * `epoch-ms`. Hour 24 is accepted and means 0 of the next day, as hydrological records have it.
 *
 * @param offsetMs - how far the record's clock is ahead of UTC; an ISO time with its own zone keeps that
 * @throws StartError for a format without a year
 */
export function timeReader(format: string, offsetMs: number): TimeReader {
  if (format === 'epoch-ms') return text => plausible(numberIn(text))
  if (format === 'epoch-s') return text => plausible(Math.round(numberIn(text) * 1000))
  if (format === 'iso') return text => isoTime(text.trim(), offsetMs)
  const names: string[] = []
  const pattern = literally(format).replace(PARTS, part => {
    names.push(part[0] as string)
    return `(\\d{${part.length}})`
  })
  if (!names.includes('Y'))
    throw new StartError('replay-time-format', `--time-format "${format}" needs at least YYYY`)
  const expression = new RegExp(`^${pattern}$`)
  return text => {
    const found = expression.exec(text.trim())
    if (!found) return undefined
    return calendarTime(new Map(names.map((name, index) => [name, Number(found[index + 1])])), offsetMs)
  }
}

function calendarTime(parts: ReadonlyMap<string, number>, offsetMs: number): number | undefined {
  const part = (name: string, fallback: number): number => parts.get(name) ?? fallback
  const [year, month, day] = [part('Y', 1970), part('M', 1), part('D', 1)]
  const [hour, minute, second] = [part('H', 0), part('m', 0), part('s', 0)]
  const midnight = Date.UTC(year, month - 1, day)
  const date = new Date(midnight)
  // Date.UTC would silently make 31 February a day in March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second > 0)) return undefined
  return plausible(midnight + (hour / 24) * DAY_MS + minute * 60_000 + second * 1000 - offsetMs)
}

function isoTime(text: string, offsetMs: number): number | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const zoned = /(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text.slice(10))
  const ms = Date.parse(zoned ? text : `${text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')}Z`)
  return plausible(zoned ? ms : ms - offsetMs)
}

const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))
const plausible = (ms: number): number | undefined => (isPlausibleTime(ms) ? ms : undefined)
const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `+08:00`, `-8`, `-08:30` or `0` as ms; undefined where it is no offset. */
export function parseUtcOffset(text: string): number | undefined {
  const found = /^([+-]?)(\d{1,2})(?::?(\d{2}))?$/.exec(text)
  if (!found) return undefined
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0)
  if (minutes > 14 * 60) return undefined
  return (found[1] === '-' ? -1 : 1) * minutes * 60_000
}
