import { Quality, type Reading, readModel } from '@picket/devices'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, ReadingColumns } from './event.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)

const gauge = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
  flow: { name: { en: Flow, zh: 流量 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const compiled = compilePack(
  `
pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{height}", zh: "{height}" }
    select: { model: gauge }
    features: { height: level, run: flow, climb: "rate(level, 15m, per 1h)" }
    levels:
      blue: { when: height > 2, until: height < 1, for: 3m, clearFor: 2m }
      red: { when: height > 4 && run > 1 || climb > 30.00001 }
    missing: { after: 10m, then: yellow }
    notify: [duty]
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: x, zh: x }
    select: { model: gauge }
    levels: {}
    missing: { after: 12m, then: yellow }
`,
  'test.yaml',
  { models: new Map('model' in gauge ? [['gauge', gauge.model]] : []) },
)
if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
const { rules } = compiled

const devices: EngineDevice[] = ['a', 'b'].map(id => ({
  id,
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
}))

const reading = fc.record({
  device: fc.constantFrom('a', 'b'),
  quantity: fc.constantFrom('level', 'flow', 'unread'),
  t: fc.integer({ min: 0, max: 90 }).map(minute => T0 + minute * MINUTE),
  v: fc.integer({ min: 0, max: 60 }).map(tenths => tenths / 10),
  q: fc.constantFrom(Quality.PASS, Quality.PASS, Quality.SUSPECT, Quality.FAIL),
})

function columnsOf(readings: readonly Reading[]): ReadingColumns {
  const names = [...new Set(readings.map(({ device, quantity }) => `${device}/${quantity}`))]
  return {
    series: names.map(name => {
      const [device, quantity] = name.split('/') as [string, string]
      return { device, quantity }
    }),
    seriesOf: Uint32Array.from(readings, ({ device, quantity }) => names.indexOf(`${device}/${quantity}`)),
    times: Float64Array.from(readings, ({ t }) => t),
    values: Float64Array.from(readings, ({ v }) => v),
    qualities: Uint8Array.from(readings, ({ q }) => q),
  }
}

const started = (): Engine => {
  const engine = new Engine()
  engine.step({ type: 'configure', now: T0 - MINUTE, rules, devices })
  return engine
}

it('columns are the same as readings that each arrive alone at their own time', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 120 }), fc.integer({ min: 1, max: 40 }), (some, perBlock) => {
      const readings = some.toSorted((a, b) => a.t - b.t)
      const one = started()
      const oneByOne: Effect[] = readings.flatMap(each =>
        one.step({ type: 'readings', now: each.t, readings: [each] }),
      )
      const other = started()
      const inColumns: Effect[] = []
      for (let at = 0; at < readings.length; at += perBlock) {
        const block = readings.slice(at, at + perBlock)
        inColumns.push(
          ...other.step({ type: 'columns', now: block.at(-1)?.t ?? T0, columns: columnsOf(block) }),
        )
      }
      expect(inColumns).toEqual(oneByOne)
      expect(other.state()).toEqual(one.state())
      expect(other.counts).toEqual(one.counts)
    }),
    { numRuns: 150 },
  )
})

it('says which series it looks at', () => {
  const engine = new Engine()
  const [high] = rules
  engine.step({ type: 'configure', now: T0, rules: high ? [high] : [], devices })
  expect(engine.reads({ device: 'a', quantity: 'level' })).toBe(true)
  expect(engine.reads({ device: 'a', quantity: 'unread' })).toBe(false)
  expect(started().reads({ device: 'a', quantity: 'unread' })).toBe(true)
})
