import { deserialize, serialize } from 'node:v8'
import { Quality, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, EngineEvent } from './event.ts'
import { planRule } from './scope-plan.ts'

const T0 = Date.UTC(2026, 6, 1)
const MINUTE = 60_000

const { model } = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
) as Extract<ReturnType<typeof readModel>, { model: unknown }>

const compiled = compilePack(
  `pack: test
rules:
  - id: good
    name: { en: x, zh: x }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { stage: level }
    levels: { yellow: { when: stage > 3 } }
`,
  'test.yaml',
  { models: new Map([['gauge', model]]) },
)
const good = (compiled.ok ? compiled.rules[0] : undefined) as Rule

/** A rule that fails at 9 m at the latest: what no rule of the language can do, and a mistake of ours could. */
const bad: Rule = {
  ...good,
  id: 'bad',
  revision: 'bad 1',
  levels: good.levels.map(rung => ({
    ...rung,
    on: {
      ...rung.on,
      cuts: () => undefined,
      placed: () => values => {
        if ((values[0] as number) > 9) throw new Error('broken')
        return (values[0] as number) > 3
      },
    },
  })),
}

const gauge = (id: string): EngineDevice => ({
  id,
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
})

const configure = (rules: readonly Rule[], minute = 0): EngineEvent => ({
  type: 'configure',
  now: T0 + minute * MINUTE,
  rules,
  devices: [gauge('g1'), gauge('g2')],
})

const reading = (device: string, minute: number, v: number): EngineEvent => {
  const t = T0 + minute * MINUTE
  return { type: 'readings', now: t, readings: [{ device, quantity: 'level', t, v, q: Quality.PASS }] }
}

const told = (effects: readonly Effect[]): string[] =>
  effects.flatMap(effect =>
    effect.type === 'transition' ? [`${effect.rule.id} ${effect.device} ${effect.kind}`] : [],
  )

describe('a rule that fails', () => {
  it('stops there and nowhere else, keeps its alarm, and is listed until it is changed', () => {
    let engine = new Engine()
    engine.step(configure([bad, good]))
    expect(told(engine.step(reading('g1', 1, 4)))).toEqual(['bad g1 raised', 'good g1 raised'])
    const fault = { type: 'rule-fault', rule: 'bad', scope: 'g1', message: 'broken' }
    expect(engine.step(reading('g1', 2, 10))).toEqual([fault])
    expect(engine.faults).toEqual([fault])
    // Others go on, and the same rule elsewhere.
    expect(told(engine.step(reading('g1', 3, 1)))).toEqual(['good g1 cleared'])
    expect(told(engine.step(reading('g2', 3, 4)))).toEqual(['bad g2 raised', 'good g2 raised'])
    const { now } = engine
    engine = new Engine({}, deserialize(serialize(engine.state())))
    expect(engine.step({ ...configure([bad, good]), now })).toEqual([])
    expect(engine.faults).toEqual([fault])
    expect(told(engine.step(reading('g1', 4, 1)))).toEqual([])
    // Its alarm of before is the one that ends.
    engine.step(configure([{ ...good, id: 'bad', revision: 'bad 2' }, good], 5))
    expect(engine.faults).toEqual([])
    expect(told(engine.step(reading('g1', 6, 1)))).toEqual(['bad g1 cleared'])
  })

  it('is refused with the reason where it would watch more than an engine can', () => {
    const many = Array.from({ length: 100_001 }, (_, at) => gauge(`g${at}`))
    expect(planRule(good, many).faults).toEqual([
      'it would watch 100001 devices; 100000 are the most: select fewer',
    ])
    const perSite: Rule = {
      ...good,
      per: 'site',
      features: good.features.map(feature => ({ ...feature, across: 'max' })),
    }
    expect(planRule(perSite, many.slice(0, 1001)).faults).toEqual([
      'at site "s" it would read 1001 devices; 1000 are the most: select fewer',
    ])
    const engine = new Engine()
    engine.step({
      type: 'configure',
      now: T0,
      rules: [perSite, { ...good, id: 'other' }],
      devices: many.slice(0, 1001),
    })
    expect(engine.faults.map(({ rule }) => rule)).toEqual(['good'])
    expect(told(engine.step(reading('g1', 1, 4)))).toEqual(['other g1 raised'])
  })
})
