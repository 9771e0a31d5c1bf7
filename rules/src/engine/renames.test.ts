import { deserialize, serialize } from 'node:v8'
import { Quality } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { EngineState } from './engine-state.ts'
import type { EngineDevice, EngineSite } from './event.ts'
import { renamed, renamesOf } from './renames.ts'

const T0 = Date.UTC(2026, 6, 1)
const MINUTE = 60_000
const MODELS = new Map([
  ['gauge', { model: 'gauge', interval: '1m', quantities: { level: { unit: 'm' } } } as never],
])
const device = (id: string, ...formerly: string[]): EngineDevice => ({
  id,
  formerly,
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
})

const compiled = compilePack(
  `pack: p
rules:
  - id: high
    name: { en: R, zh: R }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { mean: "mean(level, 10m)", smooth: "ewma(level, tau 10m)" }
    levels: { red: { when: mean > 10 && smooth > 5, for: 5m, until: mean < 1 } }
    flap: { above: 30, below: 25 }
    notify: [duty]
  - id: named
    name: { en: R, zh: R }
    message: { en: x, zh: x }
    select: { device: old }
    features: { stage: level }
    levels: { yellow: { when: stage > 15 } }
  - id: sum
    name: { en: R, zh: R }
    message: { en: x, zh: x }
    select: { model: gauge }
    per: site
    features: { total: "mean(level, 10m, across sum)" }
    levels: { red: { when: total > 10, for: 5m } }
`,
  'p.yaml',
  { models: MODELS },
)
if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
const { rules } = compiled

/** An engine with one gauge, fed with a value a minute under the id that the gauge has then. */
function run(devices: readonly EngineDevice[]) {
  let engine = new Engine()
  const said: string[] = []
  let minute = 0
  const step = (event: Parameters<Engine['step']>[0]): void => {
    for (const effect of engine.step(event))
      if (effect.type === 'transition')
        said.push(`${minute} ${effect.rule.id} ${effect.kind} ${effect.episode.slice(0, 4)}`)
  }
  const configure = (now: readonly EngineDevice[], sites: readonly EngineSite[] = []): void =>
    step({ type: 'configure', now: T0 + minute * MINUTE, rules, devices: now, sites })
  configure(devices)
  return {
    said,
    configure,
    state: (): EngineState => engine.state(),
    episodes: () => [...engine.episodes.values()].map(({ device, state }) => `${device} ${state}`),
    sites: () => new Set([...engine.episodes.values()].map(({ site }) => site)),
    step,
    flags: () => [...engine.state().desk.flags.values()].map(({ flag }) => flag.scope),
    delegated: () => [...(engine.state().delegated ?? [])],
    feed(id: string, ...values: number[]): void {
      for (const v of values) {
        const t = T0 + ++minute * MINUTE
        step({
          type: 'readings',
          now: t,
          readings: [{ device: id, quantity: 'level', t, v, q: Quality.PASS }],
        })
      }
    },
    restart(now: readonly EngineDevice[]): void {
      engine = new Engine({}, deserialize(serialize(engine.state())))
      step({ type: 'configure', now: engine.now, rules, devices: now })
    },
  }
}

const RISING = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20]
const FALLING = [...Array<number>(14).fill(0)]

describe('a device that is renamed, and its site with it,', () => {
  const unbroken = run([device('old')])
  unbroken.feed('old', ...RISING, ...FALLING)

  it.each(RISING.map((_, at) => at))('after %i readings goes on as if nothing had happened', at => {
    const one = run([device('old')])
    one.feed('old', ...RISING.slice(0, at))
    const now = [{ ...device('new', 'old'), site: 'here', siteFormerly: ['s'] }]
    one.configure(now, [{ id: 'here', formerly: ['s'], parameters: {} }])
    one.feed('new', ...RISING.slice(at))
    one.restart(now)
    one.feed('new', ...FALLING)
    // An episode that begins later has the new name in its id.
    const steps = (all: string[]): string[] => all.map(text => text.split(' ').slice(0, 3).join(' '))
    expect(steps(one.said)).toEqual(steps(unbroken.said))
  })

  it('keeps its alarm, under its new id', () => {
    const one = run([device('old')])
    one.feed('old', ...RISING)
    expect(one.episodes()).toContain('old unacknowledged')
    const before = one.said.length
    one.configure([device('new', 'old')])
    expect(one.said).toHaveLength(before)
    expect(one.episodes().filter(text => text.startsWith('new'))).toHaveLength(2)
    one.feed('new', ...FALLING)
    const [raised, cleared] = ['raised', 'cleared'].map(kind =>
      one.said
        .find(text => text.includes(`high ${kind}`))
        ?.split(' ')
        .at(-1),
    )
    expect(cleared).toBe(raised)
  })

  it('keeps what its detectors remember', () => {
    const one = run([device('old')])
    one.feed('old', ...RISING)
    const state = deserialize(serialize(one.state()))
    const renames = renamesOf(rules, { devices: [device('new', 'old')], sites: [] })
    const [before, after] = [state, renamed(state, renames)].map(({ scopes }) => scopes)
    const memoriesOf = (scopes: typeof before, place: string) =>
      scopes?.get(`high\n${place}`)?.state.memories.smooth
    expect(memoriesOf(before, 'old')?.old).toBeDefined()
    expect(memoriesOf(after, 'new')).toEqual({ new: memoriesOf(before, 'old')?.old })
    const checkpoints = after?.get('high\nnew')?.state.checkpoints.kept ?? []
    expect(checkpoints.length).toBeGreaterThan(0)
    for (const { memories } of checkpoints) expect(Object.keys(memories.smooth ?? {})).toEqual(['new'])
  })

  it('does not take over what stands under the new id already', () => {
    const one = run([device('old'), device('new')])
    one.feed('old', ...RISING)
    one.configure([device('new', 'old')])
    expect(one.said.filter(text => text.includes('high'))).toMatchObject(
      [/raised/, /cleared/].map(what => expect.stringMatching(what)),
    )
  })

  it('keeps flags, and what was left to its gateway', () => {
    const one = run([device('old'), device('gate')])
    one.step({ type: 'delegate', now: T0, gateway: 'gate', rules: ['high'] })
    const flag = { kind: 'maintenance' as const, until: T0 + 60 * MINUTE, by: 'op', reason: 'works' }
    one.step({ type: 'flag', now: T0, flag: { ...flag, scope: { site: 's' } } })
    one.step({ type: 'flag', now: T0, flag: { ...flag, scope: { device: 'old' } } })
    one.feed('old', ...RISING)
    one.configure(
      [{ ...device('new', 'old'), site: 'here' }, device('gate-2', 'gate')],
      [{ id: 'here', formerly: ['s'], parameters: {} }],
    )
    expect(one.sites()).toEqual(new Set(['here']))
    expect(one.flags()).toEqual([{ site: 'here' }, { device: 'new' }])
    expect(one.delegated()).toEqual([['gate-2', ['high']]])
  })
})
