import { Quality, type Reading, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, EngineSite, Transition } from './event.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const { model } = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
) as Extract<ReturnType<typeof readModel>, { model: unknown }>

function rulesOf(keys: string): Rule[] {
  const result = compilePack(
    `pack: test
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{stage}", zh: "{stage}" }
    select: { model: gauge }
    features: { stage: level }
    parameters:
      limit: { value: 3, unit: m, min: 0, max: 10, reason: test, seasons: { 06-01..09-30: 2 } }
    notify: [duty]
    ${keys}`,
    'test.yaml',
    { models: new Map([['gauge', model]]) },
  )
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

const LEVELS = 'levels: { yellow: { when: stage > limit } }'

const gauge = (parameters: EngineDevice['parameters'] = {}): EngineDevice => ({
  id: 'g1',
  model: 'gauge',
  site: 's1',
  tags: [],
  parameters,
  intervalMs: MINUTE,
})

interface Setting {
  keys: string
  start: string
  device?: EngineDevice
  sites?: EngineSite[]
}

function watch({ keys, start, device = gauge(), sites = [] }: Setting) {
  const begin = Date.parse(start)
  const engine = new Engine()
  const effects: Effect[] = engine.step({
    type: 'configure',
    now: begin,
    rules: rulesOf(keys),
    devices: [device],
    sites,
  })
  const reading = (t: number, v: number, q: number): Reading => ({
    device: 'g1',
    quantity: 'level',
    t,
    v,
    q,
  })
  const transitions = (): Transition[] => effects.filter(effect => effect.type === 'transition')
  return {
    engine,
    /** Readings `atMs` after the start, a second on their way. */
    send: (atMs: number, v: number, q: number = Quality.PASS) =>
      effects.push(
        ...engine.step({
          type: 'readings',
          now: begin + atMs + 1000,
          readings: [reading(begin + atMs, v, q)],
        }),
      ),
    tick: (atMs: number) => effects.push(...engine.step({ type: 'tick', now: begin + atMs })),
    story: () =>
      transitions().map(({ kind, at, trace }) => `${kind} ${(at - begin) / MINUTE} ${trace.cause}`),
    transitions,
    pages: () => effects.flatMap(effect => (effect.type === 'notify' ? effect.transition.kind : [])),
  }
}

describe('out of season', () => {
  const keys = `${LEVELS}\n    season: [05-01..10-15]\n    missing: { after: 30m, then: keep }`
  const BEFORE_END = '2026-10-15T23:00:00+08:00'

  it('a running alarm ends at the boundary, which is a timer, and its trace says why', () => {
    const watched = watch({ keys, start: BEFORE_END })
    watched.send(0, 4)
    watched.tick(2 * HOUR)
    expect(watched.story()).toEqual(['raised 0 reading', 'cleared 60 season'])
    expect(watched.transitions()[1]?.trace.outOfSeason).toBe(true)
    expect(watched.pages()).toEqual(['raised', 'cleared'])
  })

  it('nothing is raised; in season again the delays begin at the boundary', () => {
    const watched = watch({
      keys: `levels: { yellow: { when: stage > limit, for: 10m } }\n    season: [05-01..10-15]\n    missing: { after: 6h, then: keep }`,
      start: '2026-04-30T23:00:00+08:00',
    })
    watched.send(0, 4)
    watched.send(20 * MINUTE, 4)
    watched.tick(2 * HOUR)
    expect(watched.story()).toEqual(['raised 70 timer'])
    expect(watched.transitions()[0]?.onset).toBe(Date.parse('2026-05-01T00:00:00+08:00'))
  })

  it('silence is no alarm, and becomes one at the begin of the season', () => {
    const rungless = `levels: {}\n    season: [05-01..10-15]\n    missing: { after: 10m, then: yellow }`
    const silent = watch({
      keys: rungless.replace('levels: {}', LEVELS),
      start: '2026-04-30T23:00:00+08:00',
    })
    silent.send(0, 1)
    silent.tick(2 * HOUR)
    expect(silent.story()).toEqual(['raised 60 season'])
    expect(silent.transitions()[0]?.onset).toBe(Date.parse('2026-05-01T00:00:00+08:00'))
    const listener = watch({ keys: rungless, start: BEFORE_END })
    listener.send(0, 1)
    listener.tick(2 * HOUR)
    expect(listener.story()).toEqual(
      ['raised 11 silence', 'cleared 60 season'].map(s => s.replace('11', '10')),
    )
  })

  it('old readings that come late are judged by the season of their own time', () => {
    const watched = watch({ keys, start: BEFORE_END })
    watched.tick(3 * HOUR)
    watched.send(10 * MINUTE, 4)
    watched.send(20 * MINUTE, 4)
    watched.tick(4 * HOUR)
    expect(watched.transitions().map(({ kind, retrospective }) => `${kind} ${retrospective}`)).toEqual([
      'raised true',
      'cleared true',
    ])
  })
})

describe('a parameter', () => {
  const keys = `${LEVELS}\n    missing: { after: 12h, then: keep }`

  it('takes its value of the season from the boundary on, with no reading there', () => {
    const watched = watch({ keys, start: '2026-05-31T23:00:00+08:00' })
    watched.send(0, 2.5)
    watched.tick(2 * HOUR)
    expect(watched.story()).toEqual(['raised 60 timer'])
    expect(watched.transitions()[0]?.trace.values.limit).toBe(2)
  })

  it.each([
    ['its own', {}, {}, 2],
    ["the site's", {}, { limit: 5 }, 5],
    ["the device's before the site's", { limit: 6 }, { limit: 5 }, 6],
    ["the device's in its own season", { limit: { value: 9, seasons: { '06-15..07-15': 7 } } }, {}, 7],
  ])('has %s value', (_, own, ofSite, limit) => {
    const sites = [{ id: 's1', parameters: ofSite }]
    const watched = watch({ keys, start: '2026-07-01T12:00:00+08:00', device: gauge(own), sites })
    watched.send(0, 9.5)
    expect(watched.engine.explain('flood', 'g1')?.values.limit).toBe(limit)
  })
})

describe('a stale alarm', () => {
  const keys = `${LEVELS}\n    missing: { after: 10m, then: stale }`

  it('goes on, is told once, and is refreshed by the next reading', () => {
    const watched = watch({ keys, start: '2026-01-01T00:00:00Z' })
    watched.send(0, 4)
    watched.tick(5 * HOUR)
    watched.send(5 * HOUR, 4)
    watched.send(5 * HOUR + MINUTE, 1)
    expect(watched.story()).toEqual([
      'raised 0 reading',
      'stale 10 silence',
      'refreshed 300 reading',
      'cleared 301 reading',
    ])
    expect(watched.pages()).toEqual(['raised', 'stale', 'cleared'])
    expect(watched.transitions()[1]?.trace.missing).toBe(true)
  })

  it('is none where nothing runs', () => {
    const watched = watch({ keys, start: '2026-01-01T00:00:00Z' })
    watched.send(0, 1)
    watched.tick(DAY)
    expect(watched.story()).toEqual([])
  })

  it('that late readings show to have been fresh is told to be so', () => {
    const watched = watch({ keys, start: '2026-01-01T00:00:00Z' })
    watched.send(0, 4)
    watched.tick(15 * MINUTE)
    watched.send(8 * MINUTE, 4)
    watched.tick(16 * MINUTE)
    expect(watched.story().map(step => step.split(' ')[0])).toEqual(['raised', 'stale', 'refreshed'])
  })
})

describe('the policy for quality', () => {
  const missing = 'missing: { after: 10m, then: keep }'

  it.each([
    ['', Quality.SUSPECT, 1],
    ['', Quality.NOT_EVALUATED, 1],
    ['quality: { suspect: ignore }', Quality.SUSPECT, 0],
    ['quality: { suspect: ignore }', Quality.NOT_EVALUATED, 1],
    ['quality: { notEvaluated: ignore }', Quality.NOT_EVALUATED, 0],
    ['quality: { notEvaluated: ignore }', Quality.PASS, 1],
  ])('%s: of flag %i come %i alarms', (policy, flag, alarms) => {
    const watched = watch({ keys: `${LEVELS}\n    ${missing}\n    ${policy}`, start: '2026-01-01T00:00:00Z' })
    watched.send(0, 4, flag)
    expect(watched.transitions()).toHaveLength(alarms)
  })

  it('of one rule does not change what another sees', () => {
    const both = [...rulesOf(`${LEVELS}\n    quality: { suspect: ignore }`), ...rulesOf(LEVELS)].map(
      (rule, at) => ({ ...rule, id: `r${at}` }),
    )
    const engine = new Engine()
    const now = Date.UTC(2026, 0, 1)
    engine.step({ type: 'configure', now, rules: both, devices: [gauge()] })
    const reading = { device: 'g1', quantity: 'level', t: now, v: 4, q: Quality.SUSPECT }
    const effects = engine.step({ type: 'readings', now, readings: [reading] })
    expect(effects.flatMap(effect => (effect.type === 'transition' ? effect.rule.id : []))).toEqual(['r1'])
  })
})
