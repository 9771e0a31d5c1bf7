import { readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { CheckedStep, Effect, EngineDevice, Transition } from './event.ts'

const T0 = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000

const model = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities: { level: { name: { en: Level, zh: 水位 }, unit: m, source: test } }
`,
  'gauge.yaml',
)
const pack = compilePack(
  `pack: p
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{stage}", zh: "{stage}" }
    select: { model: gauge }
    features: { stage: level }
    levels: { red: { when: stage > 3, until: stage < 2, for: 1m } }
    runs: gateway
    notify: [duty]
`,
  'p.yaml',
  { models: new Map('model' in model ? [['gauge', model.model]] : []) },
)
const rules: readonly Rule[] = pack.ok ? pack.rules : []
const device: EngineDevice = {
  id: 'g1',
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE_MS,
  gateways: ['gw'],
}

/** A cloud's engine, and that of the gateway behind which the gauge stands. */
class Pair {
  cloud = new Engine()
  readonly gateway = new Engine()
  now = T0
  readonly effects: Effect[] = []
  #isMirrored = true

  constructor() {
    for (const engine of [this.cloud, this.gateway])
      engine.step({ type: 'configure', now: T0, rules, devices: [device] })
  }

  delegate(ids: readonly string[] = ['high']): void {
    this.#put(this.cloud.step({ type: 'delegate', now: this.now, gateway: 'gw', rules: ids }))
  }

  /** A minute later a value is read; what the gateway decides arrives before the reading. */
  say(...values: number[]): void {
    for (const v of values) {
      this.now += MINUTE_MS
      const reading = { device: 'g1', quantity: 'level', t: this.now, v, q: 1 }
      const event = { type: 'readings', now: this.now, readings: [reading] } as const
      const decided = this.gateway.step(event).filter(effect => effect.type === 'transition')
      if (this.#isMirrored) for (const transition of decided) this.mirror(transition)
      this.#put(this.cloud.step(event))
    }
  }

  silently(work: () => void): void {
    this.#isMirrored = false
    work()
    this.#isMirrored = true
  }

  mirror(transition: Transition, gateway = 'gw'): void {
    this.#put(this.cloud.step({ type: 'mirrored', now: this.now, gateway, transition }))
  }

  later(ms: number): void {
    this.now += ms
    this.#put(this.cloud.step({ type: 'tick', now: this.now }))
  }

  restart(): void {
    this.cloud = new Engine({}, structuredClone(this.cloud.state()))
    this.cloud.step({ type: 'configure', now: this.now, rules, devices: [device] })
  }

  kinds(type: 'transition' | 'notify' | 'checked'): string[] {
    return this.effects.flatMap(effect =>
      effect.type !== type
        ? []
        : [effect.type === 'transition' ? effect.kind : (effect as CheckedStep).transition.kind],
    )
  }

  #put(effects: readonly Effect[]): void {
    this.effects.push(...effects)
  }
}

describe('a rule that a gateway decides', () => {
  it('is told once, by the gateway, and compared with what the cloud would have decided', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4, 4, 1, 1)
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared'])
    expect(pair.kinds('notify')).toEqual(['raised', 'cleared'])
    expect(pair.kinds('checked')).toEqual(['raised', 'cleared'])
    const steps = pair.effects.filter(effect => effect.type === 'transition')
    const checked = pair.effects.flatMap(effect => (effect.type === 'checked' ? [effect.transition] : []))
    expect(steps.map(({ episode, at, onset }) => [episode, at, onset])).toEqual(
      checked.map(({ episode, at, onset }) => [episode, at, onset]),
    )
    expect(steps[0]?.trace.gateway).toBe('gw')
  })

  it('goes on so after a restart of the cloud', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4)
    pair.restart()
    pair.say(4, 1)
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared'])
  })

  it('is acknowledged, set aside and escalated in the cloud', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4)
    const [episode] = [...pair.cloud.episodes.keys()] as [string]
    const acknowledged = pair.cloud.step({ type: 'acknowledge', now: pair.now, episode, by: 'chen' })
    expect(acknowledged).toMatchObject([{ type: 'transition', kind: 'acknowledged', by: 'chen' }])
    const flag = {
      kind: 'maintenance',
      scope: { device: 'g1' },
      until: pair.now + 1e6,
      by: 'li',
      reason: 'x',
    } as const
    pair.cloud.step({ type: 'flag', now: pair.now, flag })
    pair.say(1, 4, 4)
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared', 'raised'])
    expect(pair.kinds('notify')).toEqual(['raised', 'cleared'])
  })

  it('leaves to the cloud the episode that the cloud began', () => {
    const pair = new Pair()
    pair.silently(() => pair.say(1, 4, 4))
    pair.delegate()
    pair.say(4, 1)
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared'])
    expect(pair.effects.some(effect => effect.type === 'transition' && effect.trace.gateway)).toBe(false)
    pair.say(4, 4)
    expect(pair.effects.at(-1)).toMatchObject({ type: 'checked' })
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared', 'raised'])
  })

  it('comes back to the cloud with its episode, which ends where the cloud sees none', () => {
    const seen = new Pair()
    seen.delegate()
    seen.say(1, 4, 4)
    seen.delegate([])
    seen.silently(() => seen.say(4, 1))
    expect(seen.kinds('transition')).toEqual(['raised', 'cleared'])

    const unseen = new Pair()
    unseen.delegate()
    const gateway = new Pair()
    gateway.say(1, 4, 4)
    const raised = gateway.effects.find(effect => effect.type === 'transition') as Transition
    unseen.mirror(raised)
    unseen.delegate([])
    expect(unseen.effects.findLast(effect => effect.type === 'transition')).toMatchObject({
      kind: 'cleared',
      trace: { cause: 'rule withdrawn' },
    })
  })

  it('pages nobody for what was over before its steps came, one by one', () => {
    const pair = new Pair()
    pair.delegate()
    const gateway = new Pair()
    gateway.say(1, 4, 4, 1)
    const steps = gateway.effects.filter(effect => effect.type === 'transition')
    pair.now = gateway.now + 3_600_000
    for (const step of steps) pair.mirror(step)
    pair.later(60_000)
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared'])
    expect(pair.kinds('notify')).toEqual([])
    expect(pair.effects.at(-1)).toMatchObject({ kind: 'cleared', retrospective: true })
    expect(pair.cloud.episodes.size).toBe(0)
    pair.mirror({ ...(steps[0] as Transition), episode: 'e'.repeat(24) })
    pair.later(4999)
    expect(pair.kinds('notify')).toEqual([])
    pair.later(1)
    expect(pair.kinds('notify')).toEqual(['announced'])
  })

  it('takes nothing from another gateway, and no end of what never began', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4)
    const raised = pair.effects.find(effect => effect.type === 'transition') as Transition
    const before = pair.effects.length
    pair.mirror({ ...raised, kind: 'cleared', level: null }, 'gw-2')
    pair.mirror({ ...raised, episode: 'f'.repeat(24), kind: 'cleared', level: null })
    pair.mirror({ ...raised, kind: 'acknowledged' })
    expect(pair.effects.length).toBe(before)
  })

  it('ends the former episode where its gateway begins another', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4)
    const raised = pair.effects.find(effect => effect.type === 'transition') as Transition
    const onset = raised.onset + 1000
    pair.mirror({ ...raised, episode: 'e'.repeat(24), onset, at: onset })
    const [ended, begun] = pair.effects.filter(effect => effect.type === 'transition').slice(-2)
    expect(ended).toMatchObject({
      kind: 'cleared',
      episode: raised.episode,
      at: onset,
      trace: { cause: 'begun anew' },
    })
    expect(begun).toMatchObject({ kind: 'raised', episode: 'e'.repeat(24) })
    // One of before, that comes again, ends nothing.
    pair.mirror({ ...raised, episode: 'd'.repeat(24), onset: raised.onset - 1000 })
    expect(pair.kinds('transition')).toEqual(['raised', 'cleared', 'raised'])
  })

  it('is ended by an operator where its gateway says no more, and the cloud sees none', () => {
    const pair = new Pair()
    pair.delegate()
    pair.say(1, 4, 4)
    const { episode } = pair.effects.find(effect => effect.type === 'transition') as Transition
    const reset = { type: 'reset', episode, by: 'chen', note: 'its card burnt' } as const
    expect(pair.cloud.step({ ...reset, now: pair.now })).toEqual([])
    pair.silently(() => pair.say(1, 1))
    expect(pair.cloud.step({ ...reset, now: pair.now })[0]).toMatchObject({
      kind: 'cleared',
      by: 'chen',
      trace: { cause: 'operator', note: 'its card burnt' },
    })
    expect([...pair.cloud.episodes.values()].map(({ state }) => state)).toEqual(['returned-unacknowledged'])
  })
})
