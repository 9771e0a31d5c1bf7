import { deserialize, serialize } from 'node:v8'
import { Quality } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { EngineDevice } from './event.ts'

const T0 = Date.UTC(2026, 6, 1)
const MINUTE = 60_000
const DEVICE: EngineDevice = {
  id: 'd',
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
}
const MODELS = new Map([
  ['gauge', { model: 'gauge', interval: '1m', quantities: { level: { unit: 'm' } } } as never],
])

interface Text {
  limit?: number
  features?: string
  levels?: string
  message?: string
  missing?: string
}

function rule(text: Text = {}): Rule[] {
  const features = text.features ?? '{ stage: level, climb: "mean(level, 10m)" }'
  const levels =
    text.levels ?? '{ yellow: { when: stage > low }, red: { when: stage > limit, for: 10m, clearFor: 10m } }'
  const pack = `pack: p
rules:
  - id: r
    name: { en: R, zh: R }
    message: { en: "${text.message ?? 'x'}", zh: x }
    select: { model: gauge }
    features: ${features}
    parameters:
      low: { value: 1, unit: m, min: 0, max: 100, reason: test }
      limit: { value: ${text.limit ?? 20}, unit: m, min: 0, max: 100, reason: test }
    levels: ${levels}
    missing: ${text.missing ?? '{ after: 1h, then: keep }'}
`
  const result = compilePack(pack, 'p.yaml', { models: MODELS })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

/** An engine with the rule, fed with one value a minute from T0 on; what it said, in words. */
function run(rules: Rule[]) {
  let engine = new Engine()
  const said: string[] = []
  let minute = 0
  const step = (event: Parameters<Engine['step']>[0]): void => {
    for (const effect of engine.step(event))
      if (effect.type === 'transition') said.push(`${minute} ${effect.kind} ${effect.level ?? '-'}`)
  }
  const configure = (rules: Rule[]): void =>
    step({ type: 'configure', now: T0 + minute * MINUTE, rules, devices: [DEVICE] })
  configure(rules)
  return {
    said,
    configure,
    resets: () => engine.changes.flatMap(({ resets }) => resets),
    feed(...values: number[]): void {
      for (const v of values) {
        const t = T0 + ++minute * MINUTE
        const reading = { device: 'd', quantity: 'level', t, v, q: Quality.PASS }
        step({ type: 'readings', now: t, readings: [reading] })
      }
    },
    /** Ends the program and begins again from the state, under the same rules. */
    restart(rules: Rule[]): void {
      engine = new Engine({}, deserialize(serialize(engine.state())))
      engine.step({ type: 'configure', now: engine.now, rules, devices: [DEVICE] })
    },
  }
}

const values = (count: number, v: number): number[] => Array.from({ length: count }, () => v)

describe('a change of a rule', () => {
  it('of its message alone touches nothing: a delay half run goes on', () => {
    const engine = run(rule())
    engine.feed(...values(6, 30))
    engine.configure(rule({ message: 'y' }))
    expect(engine.resets()).toEqual([])
    engine.feed(...values(5, 30))
    expect(engine.said).toEqual(['1 raised yellow', '11 escalated red'])
  })

  it('of how long a condition must hold keeps since when it holds', () => {
    const engine = run(rule())
    engine.feed(...values(6, 30))
    engine.configure(
      rule({ levels: '{ yellow: { when: stage > low }, red: { when: stage > limit, for: 7m } }' }),
    )
    expect(engine.resets()).toEqual([{ kind: 'late' }])
    engine.feed(...values(2, 30))
    expect(engine.said.at(-1)).toBe('8 escalated red')
  })

  it('of a limit begins the delay anew and keeps the windows, restarted in between or not', () => {
    for (const restart of [false, true]) {
      const engine = run(rule())
      engine.feed(...values(6, 30))
      if (restart) engine.restart(rule())
      engine.configure(rule({ limit: 18 }))
      expect(engine.resets()).toEqual([{ kind: 'delay', level: 'red' }, { kind: 'late' }])
      engine.feed(...values(10, 30))
      expect(engine.said).toEqual(['1 raised yellow'])
      engine.feed(30)
      expect(engine.said.at(-1)).toBe('17 escalated red')
    }
  })

  it('of a feature begins its detector anew and leaves the others, under whatever name', () => {
    const engine = run(rule())
    engine.feed(...values(20, 5))
    engine.configure(
      rule({
        features: '{ height: level, climb: "mean(level, 5m)" }',
        levels: '{ yellow: { when: height > low }, red: { when: height > limit } }',
      }),
    )
    expect(engine.resets()).toEqual([{ kind: 'late' }, { kind: 'feature', name: 'climb' }])
    engine.feed(5)
    expect(engine.said).toEqual(['1 raised yellow'])
  })

  it('that takes the level in force away leads the episode to the next milder one, at once', () => {
    const engine = run(rule())
    engine.feed(...values(12, 30))
    engine.configure(rule({ levels: '{ blue: { when: stage > 0.5 }, yellow: { when: stage > low } }' }))
    expect(engine.resets()).toContainEqual({ kind: 'episode', level: 'red', becomes: 'yellow' })
    expect(engine.said.at(-1)).toBe('12 deescalated yellow')
    engine.feed(30)
    expect(engine.said).toHaveLength(3)
  })

  it('that leaves no milder level ends the episode at once, and not at a worse level', () => {
    const engine = run(rule())
    engine.feed(...values(3, 5))
    engine.configure(rule({ levels: '{ red: { when: stage > limit } }' }))
    expect(engine.resets()).toContainEqual({ kind: 'episode', level: 'yellow', becomes: null })
    expect(engine.said).toEqual(['1 raised yellow', '3 cleared -'])
  })

  it('keeps an off-delay that its conditions do not touch, and names one that it does', () => {
    const engine = run(rule())
    engine.feed(...values(12, 30), ...values(5, 2))
    engine.configure(rule({ message: 'y', missing: '{ after: 2h, then: keep }' }))
    expect(engine.resets()).toEqual([{ kind: 'late' }])
    engine.feed(...values(6, 2))
    expect(engine.said.at(-1)).toBe('23 deescalated yellow')
    const other = run(rule())
    other.feed(...values(12, 30), ...values(5, 2))
    other.configure(rule({ limit: 18 }))
    expect(other.resets()).toContainEqual({ kind: 'clearing', level: 'red' })
  })
})
