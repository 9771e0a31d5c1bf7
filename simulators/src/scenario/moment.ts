import { parseDuration } from '@picket/devices'

/** A duration of a scenario in ms. The schema has checked its form. */
export function spanMs(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new Error(`"${text}" passed the schema and is no duration`)
  return ms
}

/** A signed duration of a scenario, ms: `-30h` is 30 hours before. */
export const offsetMs = (text: string): number =>
  text.startsWith('-') ? -spanMs(text.slice(1)) : spanMs(text.replace(/^\+/, ''))
