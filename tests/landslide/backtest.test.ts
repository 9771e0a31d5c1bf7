import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/installation.ts'
import { writeCsv } from './csv.ts'
import { absence, GAUGES } from './record.ts'

const PACK = join(ROOT, 'rules', 'packs', 'rain-thresholds.yaml')

interface Report {
  episodeCount: number
  episodes: { device: string; onset: number; clearedAt: number | null }[]
  score: { hits: number; misses: unknown[]; falseAlarms: number }
}

describe.skipIf(absence !== undefined)('picket-rules over the recorded rain and landslides', () => {
  let folder: string
  const picketRules = (...rest: string[]): string =>
    execFileSync(
      process.execPath,
      [
        join(ROOT, 'rules', 'src', 'main.ts'),
        ...rest,
        ...['--csv', join(folder, 'rain'), '--registry', join(folder, 'registry.yaml')],
        ...['--labels', join(folder, 'landslides.csv'), '--near', '24h'],
      ],
      { encoding: 'utf8' },
    )

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'picket-backtest-'))
    writeCsv(GAUGES, folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('backtest: a lower threshold tells of more landslides, and of more that were none', () => {
    const lower = join(folder, 'lower.yaml')
    writeFileSync(lower, readFileSync(PACK, 'utf8').replace('value: 88.9', 'value: 60'))
    const result = JSON.parse(picketRules('backtest', lower, '--against', PACK, '--json')) as {
      readings: number
      candidate: Report
      against: Report
      changes: { gained: unknown[]; lost: unknown[]; earlier: number; later: number }
    }
    expect(result.readings).toBe(50_052)
    const { candidate, against, changes } = result
    expect(against.score.hits + against.score.misses.length).toBe(11)
    expect(candidate.score.hits).toBeGreaterThan(against.score.hits)
    expect(candidate.score.falseAlarms).toBeGreaterThan(against.score.falseAlarms)
    // Whatever the higher threshold told of lies within what the lower one tells of.
    expect([changes.lost.length, changes.later]).toEqual([0, 0])
    for (const { device, onset, clearedAt } of against.episodes) {
      const around = candidate.episodes.filter(
        one =>
          one.device === device &&
          one.onset <= onset &&
          (one.clearedAt ?? Infinity) >= (clearedAt ?? Infinity),
      )
      expect(around).toHaveLength(1)
    }
  })

  it('sweep: the higher the threshold, the fewer hits and alarms', () => {
    const svg = join(folder, 'sweep.svg')
    const swept = picketRules('sweep', 'rain-p3-p15.dry=40..120/9', '--rules', PACK, '--svg', svg, '--json')
    const { points } = JSON.parse(swept) as {
      points: { value: number; minutesInAlarm: number; score: Report['score'] }[]
    }
    expect(points.map(({ value }) => value)).toEqual([40, 50, 60, 70, 80, 90, 100, 110, 120])
    for (const [index, point] of points.entries()) {
      const before = points[index - 1]
      if (!before) continue
      expect(point.score.hits).toBeLessThanOrEqual(before.score.hits)
      expect(point.minutesInAlarm).toBeLessThan(before.minutesInAlarm)
    }
    expect(points[0]?.score.hits).toBeGreaterThan(points.at(-1)?.score.hits ?? 11)
    expect(readFileSync(svg, 'utf8').match(/<circle/g)).toHaveLength(18)
  })
})
