import { Type } from 'typebox'

/** How a text or number says when it was measured; a part of descriptions in device models. */
export const TimeFormat = {
  as: Type.Enum(['text', 's', 'ms'], { description: 'a calendar time, or since 1970 UTC' }),
  zone: Type.Optional(
    Type.String({
      pattern: '^[+-]\\d\\d:\\d\\d$',
      description: 'of calendar times that do not say it; +08:00 without it',
    }),
  ),
}

const CALENDAR_TIME =
  /^(\d{4})[-/](\d\d?)[-/](\d\d?)[ T]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i

/** A time as ms UTC; NaN where it is none, such as 31 April. */
export function timeOf(text: string, { as, zone = '+08:00' }: { as: string; zone?: string }): number {
  if (as !== 'text') return text === '' ? Number.NaN : Math.round(Number(text) * (as === 's' ? 1000 : 1))
  const parts = CALENDAR_TIME.exec(text)
  if (!parts) return Number.NaN
  const [, year, month, day, hour, minute, second = '0', fraction = '', own] = parts
  const wall = new Date(
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)),
  )
  const isReal =
    wall.getUTCMonth() + 1 === Number(month) &&
    wall.getUTCDate() === Number(day) &&
    wall.getUTCHours() === Number(hour) &&
    wall.getUTCMinutes() === Number(minute)
  return isReal ? wall.getTime() + Number(fraction.padEnd(3, '0')) - offsetOf(own ?? zone) : Number.NaN
}

/** `+08:00` in ms; Z is 0. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}
