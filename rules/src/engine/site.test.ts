import { deserialize, serialize } from 'node:v8'
import { Quality, type Reading, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, EngineEvent, Transition } from './event.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)

const models = new Map(
  ['crack', 'gauge'].flatMap(id => {
    const result = readModel(
      `model: ${id}
name: { en: x, zh: x }
interval: 1m
quantities:
  ${id === 'crack' ? 'opening' : 'rain'}: { name: { en: x, zh: x }, unit: mm, source: test }
`,
      `${id}.yaml`,
    )
    return 'model' in result ? [[id, result.model]] : []
  }),
)

function rulesOf(keys: string): Rule[] {
  const text = `
pack: test
rules:
  - id: r
    name: { en: R, zh: R }
    message: { en: "{site}", zh: "{site}" }
    missing: { after: 10m, then: keep }
    notify: [duty]
    ${keys.trim().replaceAll('\n', '\n    ')}
`
  const result = compilePack(text, 'test.yaml', { models })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

const device = (id: string, model: string, site = 's1'): EngineDevice => ({
  id,
  model,
  site,
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
})

const CRACKS = ['c1', 'c2', 'c3'].map(id => device(id, 'crack'))

function watch(rules: Rule[], devices: EngineDevice[]) {
  let engine = new Engine()
  const effects: Effect[] = []
  const step = (event: EngineEvent): number => effects.push(...engine.step(event))
  step({ type: 'configure', now: T0, rules, devices })
  const transitions = (): Transition[] => effects.filter(effect => effect.type === 'transition')
  return {
    effects,
    transitions,
    kinds: () => transitions().map(({ kind, at }) => `${kind} ${(at - T0) / MINUTE}`),
    explain: (scope: string) => engine.explain('r', scope),
    configure: (now: number, next: EngineDevice[]) =>
      step({ type: 'configure', now: T0 + now * MINUTE, rules, devices: next }),
    restart(): void {
      const { now } = engine
      engine = new Engine({}, deserialize(serialize(engine.state())))
      step({ type: 'configure', now, rules, devices })
    },
    /** One reading at a minute, which arrives a second later or at `arrives`. */
    send(id: string, minute: number, v: number, arrives = minute): void {
      const quantity = id.startsWith('c') ? 'opening' : 'rain'
      const reading: Reading = { device: id, quantity, t: T0 + minute * MINUTE, v, q: Quality.PASS }
      step({ type: 'readings', now: T0 + arrives * MINUTE + 1000, readings: [reading] })
    },
    tick: (minute: number) => step({ type: 'tick', now: T0 + minute * MINUTE }),
  }
}

const HIGHEST = rulesOf(`
per: site
select: { model: crack }
features: { widest: "last(opening, across max)" }
levels: { yellow: { when: widest > 5, until: widest < 4 } }
`)

describe('a rule per site', () => {
  it('raises one alarm for its devices together, without a device, and the trace names each', () => {
    const watched = watch(HIGHEST, CRACKS)
    watched.send('c1', 0, 1)
    watched.send('c2', 0, 6)
    watched.send('c3', 0, 7)
    expect(watched.transitions()).toMatchObject([{ kind: 'raised', device: null, site: 's1' }])
    expect(watched.explain('s1')?.inputs).toEqual({ widest: { c1: 1, c2: 6, c3: 7 } })
  })

  it.each([
    ['min', 1],
    ['max', 7],
    ['mean', 4],
    ['sum', 12],
    ['median', 4],
  ])('combines across %s', (across, value) => {
    const watched = watch(
      rulesOf(`
per: site
select: { model: crack }
features: { all: "last(opening, across ${across})" }
levels: { yellow: { when: all > 100 } }
`),
      CRACKS,
    )
    watched.send('c1', 0, 1)
    watched.send('c2', 0, 4)
    watched.send('c3', 0, 7)
    expect(watched.explain('s1')?.values.all).toBe(value)
  })

  it('is raised by some of its devices, and not ended while one that spoke is silent', () => {
    const watched = watch(HIGHEST, CRACKS)
    watched.send('c1', 0, 1)
    watched.send('c2', 0, 6)
    for (let minute = 1; minute < 30; minute++) watched.send('c1', minute, 1)
    // The silent one was the one that moved.
    expect(watched.kinds()).toEqual(['raised 0'])
    expect(watched.explain('s1')?.inputs).toEqual({ widest: { c1: 1, c2: null, c3: null } })
    watched.send('c2', 30, 1)
    expect(watched.kinds()).toEqual(['raised 0', 'cleared 30'])
  })

  it('knows no sum while one device is silent', () => {
    const watched = watch(
      rulesOf(`
per: site
select: { model: crack }
features: { all: "last(opening, across sum)" }
levels: { yellow: { when: all > 5, until: all < 4 } }
`),
      CRACKS.slice(0, 2),
    )
    watched.send('c1', 0, 3)
    watched.send('c2', 0, 3)
    for (let minute = 1; minute < 20; minute++) watched.send('c1', minute, minute < 15 ? 3 : 0)
    expect(watched.explain('s1')?.values.all).toBeNull()
    expect(watched.kinds()).toEqual(['raised 0'])
  })

  it('judges what one device sends after it was cut off as if it had come in time', () => {
    const stream = (late: boolean): string[] => {
      const watched = watch(HIGHEST, CRACKS.slice(0, 2))
      const held: number[] = []
      for (let minute = 0; minute < 120; minute++) {
        watched.send('c1', minute, 1)
        if (late && minute > 10 && minute < 90) held.push(minute)
        else watched.send('c2', minute, minute > 20 && minute < 40 ? 6 : 1)
        if (minute === 90) for (const one of held) watched.send('c2', one, one > 20 && one < 40 ? 6 : 1, 90)
      }
      watched.tick(130)
      return watched.transitions().map(({ kind, at, onset }) => `${kind} ${at - T0} ${onset - T0}`)
    }
    expect(stream(true)).toEqual(stream(false))
    expect(stream(true)).toHaveLength(2)
  })

  it('goes on where it was when a device comes to the site or another site, and after a restart', () => {
    const delayed = rulesOf(`
per: site
select: { model: crack }
features: { widest: "last(opening, across max)" }
levels: { yellow: { when: widest > 5, for: 10m } }
`)
    const watched = watch(delayed, CRACKS.slice(0, 2))
    for (let minute = 0; minute <= 5; minute++) watched.send('c1', minute, 6)
    watched.restart()
    watched.configure(6, [...CRACKS, device('c9', 'crack', 's2')])
    for (let minute = 6; minute <= 12; minute++) watched.send('c1', minute, 6)
    expect(watched.kinds()).toEqual(['raised 10'])
  })

  it('with several devices and no word on how they are combined is stopped, and says so', () => {
    const rules = rulesOf(`
per: site
select: { model: crack }
features: { widest: opening }
levels: { yellow: { when: widest > 5 } }
`)
    const watched = watch(rules, CRACKS)
    expect(watched.effects).toEqual([
      {
        type: 'rule-fault',
        rule: 'r',
        scope: null,
        message:
          'widest: 3 devices at site "s1" fit (c1, c2, ...): say how they are combined, for example across max',
      },
    ])
    expect(watch(rules, CRACKS.slice(0, 1)).effects).toEqual([])
  })
})

const WITH_RAIN = rulesOf(`
select: { model: crack }
with: { gauge: { model: gauge } }
features: { width: opening, rain: "sum(gauge.rain, 1h, gaps zero, across max)" }
levels: { yellow: { when: width > 5 && rain > 20, until: width < 4 } }
`)

describe('a rule with further inputs', () => {
  it('reads the devices at the same site only', () => {
    const watched = watch(WITH_RAIN, [
      device('c1', 'crack'),
      device('g1', 'gauge'),
      device('g2', 'gauge'),
      device('g9', 'gauge', 's2'),
    ])
    watched.send('g9', 0, 50)
    watched.send('c1', 0, 6)
    expect(watched.kinds()).toEqual([])
    watched.send('g1', 1, 10)
    watched.send('g2', 1, 25)
    expect(watched.transitions()).toMatchObject([{ kind: 'raised', device: 'c1' }])
    expect(watched.transitions()[0]?.trace.inputs).toEqual({ rain: { g1: 10, g2: 25 } })
  })

  it('does not watch where there is none of them', () => {
    const watched = watch(WITH_RAIN, [device('c1', 'crack'), device('g9', 'gauge', 's2')])
    expect(watched.explain('c1')).toBeUndefined()
  })

  it('does not take a silent gauge for a dry one, nor a talking gauge for a sign of life of the device', () => {
    const watched = watch(WITH_RAIN, [device('c1', 'crack'), device('g1', 'gauge')])
    watched.send('g1', 0, 0)
    watched.send('c1', 0, 1)
    for (let minute = 1; minute < 20; minute++) watched.send('c1', minute, 1)
    expect(watched.explain('c1')).toMatchObject({ missing: false, values: { width: 1, rain: null } })
    for (let minute = 20; minute < 40; minute++) watched.send('g1', minute, 0)
    expect(watched.explain('c1')).toMatchObject({ missing: true, values: { width: null } })
  })
})
