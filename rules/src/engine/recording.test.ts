import { deserialize, serialize } from 'node:v8'
import { Quality, type Reading, readModel } from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, EngineEvent, RecordedValue } from './event.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)

const model = readModel(
  `model: transformer
name: { en: Transformer, zh: 变压器 }
interval: 1m
quantities:
  load: { name: { en: Load, zh: 负载率 }, unit: "1", source: test }
  ambient: { name: { en: Ambient, zh: 环境温度 }, unit: Cel, source: test }
`,
  'transformer.yaml',
)
const models = new Map('model' in model ? [['transformer', model.model]] : [])
// `hot` stands first though it reads what `thermal` records, and is recorded again.
const compiled = compilePack(
  `
pack: test
rules:
  - id: hot
    name: { en: Hot, zh: 热 }
    message: { en: "{winding}", zh: "{winding}" }
    select: { model: transformer }
    features: { winding: hot_spot, usual: "mean(hot_spot, 10m)" }
    record:
      usual_hot_spot: { feature: usual, name: { en: Usual hot spot, zh: 热点均值 } }
    levels:
      yellow: { when: winding > 60.00001 && usual > 55.00001, until: winding < 50, for: 2m, clearFor: 3m }
      red: { when: winding > 90.00001, for: 1m }
    missing: { after: 12m, then: blue }
    notify: [duty]
  - id: thermal
    name: { en: Thermal model, zh: 热模型 }
    select: { model: transformer }
    features:
      spot: hot-spot(load, ambient, oil-rise 38.3, gradient 14.5, losses 10, tau-oil 30m, start 20)
      mean_load: mean(load, 5m)
    record:
      hot_spot: { feature: spot, name: { en: Hot spot, zh: 热点温度 } }
      mean_load: { feature: mean_load, name: { en: Mean load, zh: 平均负载率 } }
    levels: {}
  - id: last
    name: { en: Last, zh: 末 }
    message: { en: x, zh: x }
    select: { model: transformer }
    features: { above: usual_hot_spot }
    levels: { blue: { when: above > 70.00001, clearFor: 2m } }
`,
  'test.yaml',
  { models },
)
const rules = compiled.ok ? compiled.rules : []
const devices: EngineDevice[] = ['t1', 't2'].map(id => ({
  id,
  model: 'transformer',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
}))
const configure: EngineEvent = { type: 'configure', now: T0, rules, devices }

/** What a sensor says, the values of one instant together or one by one, and how long that travels. */
interface Sent {
  t: number
  load: number
  ambient: number | undefined
  delayMs: number
  ambientDelayMs: number
  ambientLagMs: number
  twice: boolean
}

const walk: fc.Arbitrary<Sent[]> = fc
  .array(
    fc.record({
      load: fc.integer({ min: 0, max: 20 }),
      ambient: fc.option(fc.integer({ min: -10, max: 40 }), { nil: undefined, freq: 4 }),
      delayMs: fc.oneof(
        { weight: 8, arbitrary: fc.constant(500) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
      ),
      ambientDelayMs: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
      ),
      ambientLagMs: fc.constantFrom(0, 0, 0, 7000, 30_000),
      gapMinutes: fc.oneof(
        { weight: 30, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 90 }) },
      ),
      twice: fc.boolean(),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map(steps => {
    let t = T0
    return steps.map(({ load, gapMinutes, ...rest }) => {
      t += gapMinutes * MINUTE
      return { ...rest, t, load: load / 10 }
    })
  })

function arrivals(device: string, sent: readonly Sent[]): EngineEvent[] {
  return sent
    .flatMap(({ t, load, ambient, delayMs, ambientDelayMs, ambientLagMs, twice }) => {
      const reading = (quantity: string, at: number, v: number): Reading => ({
        ...{ device, quantity, t: at, v },
        q: Quality.PASS,
      })
      const first = reading('load', t, load)
      const second = ambient === undefined ? [] : [reading('ambient', t - ambientLagMs, ambient)]
      const together = ambientDelayMs === 0
      const events = [
        { now: t + delayMs, readings: together ? [...second, first] : [first] },
        ...(together ? [] : [{ now: t + delayMs + ambientDelayMs, readings: second }]),
      ]
      return twice ? [...events, ...events.map(one => ({ ...one, now: one.now + 700 }))] : events
    })
    .sort((a, b) => a.now - b.now)
    .map(event => ({ type: 'readings', ...event }))
}

function run(events: readonly EngineEvent[], restartBefore: ReadonlySet<number> = new Set()): Effect[] {
  let engine = new Engine()
  const effects = [...engine.step(configure)]
  events.forEach((event, at) => {
    if (restartBefore.has(at)) {
      engine = new Engine({}, deserialize(serialize(engine.state())))
      expect(engine.step({ ...configure, now: engine.now })).toEqual([])
    }
    effects.push(...engine.step(event))
  })
  return effects
}

const isRecorded = (effect: Effect): effect is RecordedValue => effect.type === 'recorded'

/** What a store holds in the end, by series and minute. */
function stored(effects: readonly Effect[]): Map<string, number> {
  const values = new Map<string, number>()
  for (const { device, quantity, t, v } of effects.filter(isRecorded)) {
    const key = `${device}/${quantity}@${t - T0}`
    if (v === null) values.delete(key)
    else values.set(key, v)
  }
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The levels that are in force in the end. */
const endingOf = (effects: readonly Effect[]): Record<string, string> => {
  const running: Record<string, string> = {}
  for (const effect of effects) {
    if (effect.type !== 'transition') continue
    if (effect.level === null) delete running[effect.rule.id]
    else running[effect.rule.id] = effect.level
  }
  return running
}

const withEnd = (events: readonly EngineEvent[], last: number): EngineEvent[] => [
  ...events,
  { type: 'tick', now: last + 500_000 },
  { type: 'tick', now: last + 700_000 },
]

describe('what rules record', () => {
  it('compiles the rules of this test', () => expect(compiled.ok ? [] : compiled.faults).toEqual([]))

  it('is the same with and without restarts, to the last bit, whatever comes late or twice', () => {
    fc.assert(
      fc.property(walk, walk, fc.array(fc.nat(150), { maxLength: 8 }), (a, b, restarts) => {
        const events = [...arrivals('t1', a), ...arrivals('t2', b)].sort((x, y) => x.now - y.now)
        expect(run(events, new Set(restarts))).toEqual(run(events))
      }),
      { numRuns: 60 },
    )
  })

  it('is in the end what it would have been had nothing been late', () => {
    let compared = 0
    fc.assert(
      fc.property(walk, sent => {
        const last = Math.max(...sent.map(({ t }) => t))
        const punctual = sent.map(one => ({ ...one, delayMs: 500, ambientDelayMs: 0, twice: false }))
        const late = stored(run(withEnd(arrivals('t1', sent), last)))
        const inOrder = stored(run(withEnd(sorted(arrivals('t1', punctual)), last)))
        expect([...late.keys()]).toEqual([...inOrder.keys()])
        for (const [key, v] of inOrder) expect(late.get(key), key).toBeCloseTo(v, 7)
        expect(endingOf(run(withEnd(arrivals('t1', sent), last)))).toEqual(
          endingOf(run(withEnd(sorted(arrivals('t1', punctual)), last))),
        )
        compared += inOrder.size
      }),
      { numRuns: 60 },
    )
    expect(compared).toBeGreaterThan(1000)
  })
})

describe('a recorded value', () => {
  const reading = (quantity: string, minute: number, v: number, q: number = Quality.PASS): Reading => ({
    ...{ device: 't1', quantity, t: T0 + minute * MINUTE, v, q },
  })
  const told = (effects: readonly Effect[]): string[] =>
    effects.map(effect => {
      if (effect.type === 'recorded')
        return `${effect.quantity} ${(effect.t - T0) / MINUTE} ${effect.v === null ? null : Math.round(effect.v)}`
      return effect.type === 'transition' ? `${effect.rule.id} ${effect.kind} ${effect.level}` : effect.type
    })

  it('is told once for the readings of one instant, before those that read it and whatever comes later', () => {
    const engine = new Engine()
    engine.step(configure)
    const readings = [1, 2, 3, 4, 5, 6].flatMap(minute => [
      reading('load', minute, 2 * minute),
      reading('ambient', minute, 30),
    ])
    const effects = told(engine.step({ type: 'readings', now: T0 + 6 * MINUTE, readings }))
    expect(effects.filter(text => text.startsWith('hot_spot'))).toEqual([
      'hot_spot 1 20',
      'hot_spot 2 30',
      'hot_spot 3 57',
      'hot_spot 4 108',
      'hot_spot 5 185',
      'hot_spot 6 293',
    ])
    expect(effects.indexOf('hot raised red')).toBeGreaterThan(effects.indexOf('hot_spot 4 108'))
    expect(effects.indexOf('hot raised red')).toBeLessThan(effects.indexOf('hot_spot 6 293'))
  })

  it('is taken back with the reading that it was made of, and those after it are told anew', () => {
    const engine = new Engine()
    engine.step(configure)
    const step = (minute: number, load: number, q?: number): Effect[] =>
      engine.step({
        type: 'readings',
        now: T0 + minute * MINUTE,
        readings: [reading('load', minute, load, q), reading('ambient', minute, 30, q)],
      })
    for (const minute of [1, 2, 3]) step(minute, 1)
    expect(told(step(4, 9, Quality.NOT_EVALUATED))).toContain('mean_load 4 3')
    expect(told(step(5, 1))).toContain('mean_load 5 3')
    const failed = [reading('load', 4, 9, Quality.FAIL), reading('ambient', 4, 30, Quality.FAIL)]
    const now = T0 + 5 * MINUTE + 1000
    expect(engine.step({ type: 'amend', now, readings: failed })).toEqual([])
    const after = told(engine.step({ type: 'tick', now: now + 5000 }))
    expect(after).toEqual(expect.arrayContaining(['mean_load 4 null', 'mean_load 5 1', 'hot_spot 4 null']))
  })

  it('is none of a failed reading, nor of a time at which its feature is unknown', () => {
    const engine = new Engine()
    engine.step(configure)
    const failed = {
      type: 'readings',
      now: T0 + MINUTE,
      readings: [reading('load', 1, 1, Quality.FAIL)],
    } as const
    expect(engine.step(failed)).toEqual([])
    const first = { type: 'readings', now: T0 + 2 * MINUTE, readings: [reading('load', 2, 1)] } as const
    expect(engine.step(first)).toEqual([])
  })

  it('is no reading: what comes from outside under its name is not taken', () => {
    const engine = new Engine()
    engine.step(configure)
    expect(engine.reads({ device: 't1', quantity: 'hot_spot' })).toBe(false)
    const readings = [1, 2, 3].map(minute => reading('hot_spot', minute, 500))
    expect(engine.step({ type: 'readings', now: T0 + 5 * MINUTE, readings })).toEqual([])
  })
})

// Each reading by itself and at its own time.
function sorted(events: readonly EngineEvent[]): EngineEvent[] {
  return events
    .flatMap(event => (event.type === 'readings' ? event.readings : []))
    .sort((x, y) => x.t - y.t)
    .map(reading => ({ type: 'readings', now: reading.t + 500, readings: [reading] }))
}
