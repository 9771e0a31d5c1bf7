import type { Fault } from '@picket/devices'
import type { SeasonalValue } from '../rule.ts'
import { parseSeasonRange, parseUtcOffset, type SeasonRange, seasonsOverlap } from '../season.ts'
import type { Report } from './compile-rule.ts'

/** The clock by which seasons count where a pack does not say: China's. */
const DEFAULT_UTC_OFFSET = '+08:00'

const HINT =
  'write 05-01..10-15 for every year (11-01..03-31 goes over new year), or 2026-06-01..2026-09-30 for one'

/** Reads a pack's `utcOffset`, in ms. */
export function readUtcOffset(text: string | undefined, report: (fault: Fault) => void): number {
  const offsetMs = parseUtcOffset(text ?? DEFAULT_UTC_OFFSET)
  if (offsetMs === undefined)
    report({
      code: 'season-offset',
      message: `utcOffset: "${text}" is no offset from UTC`,
      hint: 'write for example "+08:00"',
    })
  return offsetMs ?? 0
}

/** Reads the parts of the year in which a rule is in force. */
export function compileSeason(texts: readonly string[], report: Report): SeasonRange[] {
  return texts.flatMap((text, index) => {
    const range = parseSeasonRange(text)
    if (range) return [range]
    report(['season', index], {
      code: 'season',
      message: `season: "${text}" is no range of days`,
      hint: HINT,
    })
    return []
  })
}

/** Reads a parameter's values for parts of the year. */
export function compileSeasonalValues(
  name: string,
  source: Readonly<Record<string, number>>,
  report: Report,
): SeasonalValue[] {
  const values: SeasonalValue[] = []
  for (const [text, value] of Object.entries(source)) {
    const path = ['parameters', name, 'seasons', text]
    const range = parseSeasonRange(text)
    if (!range)
      report(path, { code: 'season', message: `${name}: "${text}" is no range of days`, hint: HINT })
    else if (values.some(other => seasonsOverlap(other.range, range)))
      report(path, { code: 'season', message: `${name}: "${text}" has days that another of its seasons has` })
    else values.push({ range, value })
  }
  return values
}
