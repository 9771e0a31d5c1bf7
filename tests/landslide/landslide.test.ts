import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Played, play } from './play.ts'
import { absence, GAUGES, type Gauge, HOUR_MS, landslideDays } from './record.ts'
import { reportOn } from './report.ts'

// Of the four gauges this one has the most missing hours and the most episodes, and one gap within an episode that
// is longer than the rule's patience.
const gauge = GAUGES.find(({ id }) => id === 'ktiw') as Gauge

const title = 'the cloud finds exactly the hours above the threshold that the record has'

/** Rain by hour, hundredths of an inch; hours since 1970 UTC. */
function rainOf(file: string): Map<number, number> {
  const rain = new Map<number, number>()
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    if (line === '') continue
    const at = (begin: number, end: number): number => Number(line.slice(begin, end))
    const localHour = Date.UTC(at(2, 6), at(6, 8) - 1, at(8, 10), at(10, 12)) / HOUR_MS
    rain.set(localHour + 8, at(12, 15))
  }
  return rain
}

/** P3 >= 3.5 - 0.67 P15 in whole numbers: 1e-4 inch above the line at each hour that has a reading. */
function excessOf(rain: ReadonlyMap<number, number>): Map<number, number> {
  const sum = (first: number, last: number): number => {
    let total = 0
    for (let hour = first; hour <= last; hour++) total += rain.get(hour) ?? 0
    return total
  }
  return new Map(
    [...rain.keys()].map(hour => {
      const p3 = sum(hour - 71, hour)
      const p15 = sum(hour - 431, hour - 72)
      return [hour, 100 * p3 + 67 * p15 - 35_000]
    }),
  )
}

/** Runs of hours with a reading at which the threshold is reached: `[first, first that is below again]`. */
function episodesOf(
  excess: ReadonlyMap<number, number>,
): { begin: number; end: number | null; hours: number[] }[] {
  const episodes: { begin: number; end: number | null; hours: number[] }[] = []
  for (const [hour, above] of excess) {
    const running = episodes.at(-1)
    const runs = running !== undefined && running.end === null
    if (above < 0) {
      if (runs) running.end = hour * HOUR_MS
    } else if (runs) running.hours.push(hour * HOUR_MS)
    else episodes.push({ begin: hour * HOUR_MS, end: null, hours: [hour * HOUR_MS] })
  }
  return episodes
}

it.skipIf(absence !== undefined)(
  absence === undefined ? title : `${title} (skipped: ${absence})`,
  async () => {
    const [played] = (await play([gauge])) as [Played]
    const rain = rainOf(gauge.file)
    const excess = excessOf(rain)
    // No hour lies on the line itself, where rounding to millimetres could decide.
    expect([...excess.values()].filter(above => above === 0)).toEqual([])

    expect(played.summary).toMatchObject({ lines: rain.size, sent: rain.size, acknowledged: rain.size })
    expect(played.stored.map(({ t }) => t)).toEqual([...rain.keys()].map(hour => hour * HOUR_MS))
    const wrong = played.stored.filter(
      ({ t, v }) => Math.abs(v - (rain.get(t / HOUR_MS) ?? 0) * 0.254) > 1e-9,
    )
    expect(wrong).toEqual([])

    const expected = episodesOf(excess)
    expect(expected.length).toBeGreaterThan(1)
    expect(played.episodes.map(({ begin, end, hours }) => ({ begin, end, hours }))).toEqual(expected)
    expect(played.episodes.flatMap(({ hours }) => hours)).toHaveLength(
      [...excess.values()].filter(above => above >= 0).length,
    )
    // All of it is years ago: nobody is paged.
    expect(played.episodes.every(({ retrospective }) => retrospective)).toBe(true)
    for (const { begin, p3, p15 } of played.episodes) {
      const line = ((p3 as number) + 0.67 * (p15 as number)) / 25.4 - 3.5
      expect(line).toBeCloseTo((excess.get(begin / HOUR_MS) as number) / 10_000, 6)
    }

    const report = reportOn([played], { days: landslideDays(), nearHours: 24 })
    expect(report.match(/^ {2}\d{4}-\d\d-\d\d \d\d:00 /gm)).toHaveLength(expected.length)
  },
  120_000,
)
