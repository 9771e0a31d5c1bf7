import { readModel } from '@picket/devices'
import { expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { History } from './history.ts'
import { replay } from './replay.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 6, 10)

const gauge = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1h
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const compiled = compilePack(
  `
pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{usual}", zh: "{usual}" }
    select: { model: gauge }
    features: { usual: "mean(daily_level, 2d)" }
    levels: { red: { when: usual > 2 } }
  - id: smooth
    name: { en: Smooth, zh: 平滑 }
    select: { model: gauge }
    features: { day: "mean(level, 1d)" }
    record: { daily_level: { feature: day, name: { en: Daily level, zh: 日均水位 } } }
    levels: {}
`,
  'test.yaml',
  { models: new Map('model' in gauge ? [['gauge', gauge.model]] : []) },
)

it('a backtest computes what rules record, warms it up, and does not read what was recorded live', () => {
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message)
  const read: string[] = []
  const history: History = {
    series: () =>
      ['level', 'daily_level'].map(quantity => ({ device: 'g', quantity, first: FROM - 30 * DAY })),
    *chunks({ quantity }, { from, to }) {
      read.push(quantity)
      const times = Float64Array.from({ length: (to - from) / HOUR }, (_, at) => from + at * HOUR)
      // A day at 10 m, two days before the end.
      const values = times.map(t => (t >= FROM + 5 * DAY && t < FROM + 6 * DAY ? 10 : 1))
      yield { times, values, qualities: new Uint8Array(times.length).fill(1) }
    },
  }
  const device = { id: 'g', model: 'gauge', site: 's', tags: [], parameters: {}, intervalMs: HOUR }
  const { outcomes, warmUpFrom } = replay({
    ...{ history, sets: [compiled.rules], devices: [device], sites: [] },
    ...{ from: FROM, to: FROM + 10 * DAY },
  })
  expect(read).toEqual(['level'])
  // Two days of daily means, each of a day, and the silence of three intervals after each.
  expect(warmUpFrom).toBe(FROM - 3 * DAY - 6 * HOUR)
  const [episode, ...others] = outcomes[0]?.episodes ?? []
  expect(others).toEqual([])
  // The daily mean rises by 9/24 m an hour: its mean over two days passes 2 m after 16 hours.
  expect(((episode?.onset as number) - FROM - 5 * DAY) / HOUR).toBe(15)
})
