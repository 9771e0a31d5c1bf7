import { deserialize, serialize } from 'node:v8'
import { Quality } from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import type { EngineDevice, EngineEvent } from '../engine/event.ts'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Shadow } from './shadow.ts'

const T0 = Date.UTC(2026, 6, 1)
const MINUTE = 60_000
const DEVICES: EngineDevice[] = [
  { id: 'd', model: 'gauge', site: 's', tags: [], parameters: {}, intervalMs: MINUTE },
]
const MODELS = new Map([
  ['gauge', { model: 'gauge', interval: '1m', quantities: { level: { unit: 'm' } } } as never],
])

function rules(levels: string): Rule[] {
  const pack = `pack: p
rules:
  - id: r
    name: { en: R, zh: R }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { stage: level, calm: "mean(level, 10m)" }
    levels: ${levels}
    notify: [duty]
`
  const result = compilePack(pack, 'p.yaml', { models: MODELS })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

const LIVE = rules('{ yellow: { when: stage > 5 }, red: { when: stage > 20 } }')
const configure = (rules: readonly Rule[], now = T0) =>
  ({ type: 'configure', now, rules, devices: DEVICES }) satisfies EngineEvent
const reading = (minute: number, v: number) => ({
  device: 'd',
  quantity: 'level',
  t: T0 + minute * MINUTE,
  v,
  q: Quality.PASS,
})

/** A live engine with a shadow beside it, fed with one value a minute. */
function beside(candidate: readonly Rule[], before: number[] = []) {
  const live = new Engine()
  live.step(configure(LIVE))
  let minute = 0
  const feedLive = (v: number): EngineEvent => {
    const t = T0 + ++minute * MINUTE
    return { type: 'readings', now: t, readings: [reading(minute, v)] }
  }
  for (const v of before) live.step(feedLive(v))
  let shadow = Shadow.begin(live, [configure(LIVE), configure(candidate)])
  const step = (event: EngineEvent): void => shadow.take(event, live.step(event))
  return {
    live,
    step,
    get shadow() {
      return shadow
    },
    feed(...values: number[]): void {
      for (const v of values) step(feedLive(v))
    },
    restart(): void {
      shadow = Shadow.restore(deserialize(serialize(shadow.state())), configure(candidate))
    },
  }
}

describe('a shadow', () => {
  it.each([
    ['gained', '{ yellow: { when: stage > 3 } }', [4, 4, 1, 1], { gained: 1 }],
    ['lost', '{ yellow: { when: stage > 9 } }', [6, 6, 1, 1], { lost: 1 }],
    ['later', '{ yellow: { when: stage > 5, for: 2m } }', [6, 6, 6, 6, 1], { later: 1, moved: 1 }],
    ['earlier', '{ yellow: { when: stage > 3 } }', [4, 6, 6, 1], { earlier: 1, moved: 1 }],
    ['level', '{ yellow: { when: stage > 5 }, red: { when: stage > 9 } }', [6, 12, 1], { levelChanged: 1 }],
    ['nothing', '{ yellow: { when: stage > 5 }, red: { when: stage > 20 } }', [6, 1], { unchanged: 1 }],
  ])('counts what is %s', (_, levels, values, counts) => {
    const pair = beside(rules(levels), [1, 1])
    pair.feed(...values)
    expect(pair.shadow.report().counts).toMatchObject(counts)
    pair.restart()
    expect(pair.shadow.report().counts).toMatchObject(counts)
  })

  it('begins with the episodes that run', () => {
    const pair = beside(rules('{ yellow: { when: stage > 3 } }'), [6])
    pair.feed(4, 4)
    expect(pair.shadow.report()).toMatchObject({
      counts: { gained: 0, moved: 1 },
      differences: [{ kind: 'moved', shadow: { clearedAt: null }, live: { clearedAt: T0 + 2 * MINUTE } }],
    })
  })

  it('settles what is a day old, keeps the newest 200 differences and counts the others', () => {
    const pair = beside(rules('{ yellow: { when: stage > 3 } }'))
    for (let day = 0; day < 230; day++) {
      const at = day * 1440
      for (const [minute, v] of [
        [at + 1, 4],
        [at + 2, 1],
      ] as const)
        pair.step({ type: 'readings', now: T0 + minute * MINUTE, readings: [reading(minute, v)] })
    }
    const { counts, differences, beyond } = pair.shadow.report()
    expect(counts.gained).toBe(230)
    expect(differences).toHaveLength(200)
    expect(beyond).toBe(30)
    expect(differences[0]?.shadow?.onset).toBe(T0 + (229 * 1440 + 1) * MINUTE)
    expect(pair.shadow.state().differences.watched.get('["r","d"]')?.shadow.length).toBeLessThan(4)
  })

  it('does not gather episodes that nobody sees to', () => {
    const pair = beside(rules('{ yellow: { when: stage > 3 } }'))
    for (let at = 0; at < 50; at++) pair.feed(4, 1)
    expect(pair.shadow.state().engine.desk.episodes.size).toBe(0)
  })
})

describe('promotion', () => {
  const CANDIDATE = rules('{ yellow: { when: stage > 3, for: 3m }, red: { when: calm > 8, clearFor: 2m } }')
  // An episode wholly in the past is told where the outside has heard of none of that time: the two have told others,
  // and an episode that both had goes on under the onset that was told, until late readings correct that.
  const stepsOf = (engine: Engine, events: readonly EngineEvent[], toldOnset: number): string[] =>
    events.flatMap(event =>
      engine.step(event).flatMap(effect => {
        if (effect.type !== 'transition' || effect.retrospective || effect.kind === 'corrected') return []
        // What never was ends when it was told to have begun, which the two may have told otherwise.
        const at = effect.kind === 'cleared' ? Math.max(effect.at, toldOnset) : effect.at
        return [`${effect.kind} ${effect.level} ${at - T0} ${effect.decidedAt - T0}`]
      }),
    )
  const promote = (now: number, shadow: Shadow): EngineEvent => ({
    ...configure(CANDIDATE, now),
    adopt: structuredClone(shadow.runBeside()),
  })

  it('tells of what the shadow has, with its true onset, and ends what it has not', () => {
    const pair = beside(CANDIDATE, [1])
    pair.feed(4, 4, 4, 4, 4)
    const now = T0 + 6 * MINUTE
    const told = pair.live.step(promote(now, pair.shadow))
    expect(told).toMatchObject([
      { type: 'transition', kind: 'raised', level: 'yellow', onset: T0 + 2 * MINUTE, retrospective: false },
      { type: 'notify', channel: 'duty' },
    ])
    const other = beside(CANDIDATE, [6])
    other.feed(1, 1, 1)
    expect(other.live.episodes.size).toBe(1)
    other.live.step({ type: 'readings', now: T0 + 5 * MINUTE, readings: [reading(5, 6)] })
    const ended = other.live.step(promote(T0 + 5 * MINUTE, other.shadow))
    expect(ended).toMatchObject([{ type: 'transition', kind: 'cleared' }, { type: 'notify' }])
  })

  it('does from then on what the shadow would have done', () => {
    const values = fc.array(fc.constantFrom(1, 4, 6, 9, 25, Number.NaN), { minLength: 1, maxLength: 40 })
    const late = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 })
    fc.assert(
      fc.property(values, values, late, fc.boolean(), (before, after, isLate, isSettled) => {
        const pair = beside(CANDIDATE, [1])
        let minute = 1
        const eventsOf = (some: readonly number[]): EngineEvent[] =>
          some.flatMap((v, index) => {
            minute++
            if (Number.isNaN(v)) return []
            const now = T0 + (minute + (isLate[index] ? 4 : 0)) * MINUTE
            return [{ type: 'readings', now, readings: [reading(minute, v)] } as const]
          })
        for (const event of eventsOf(before)) pair.step(event)
        // What only one of the two had told ends or begins with the promotion; while late readings wait that is when
        // they are worked off, since they may yet change it.
        if (isSettled) pair.step({ type: 'tick', now: pair.live.now + 20_000 })
        const { now } = pair.live
        const alone = new Engine({}, structuredClone(pair.shadow.state().engine))
        alone.step(configure(CANDIDATE, now))
        const waited: EngineEvent = { type: 'tick', now: now + 20_000 }
        const promoted = [promote(now, pair.shadow), waited].flatMap(event => pair.live.step(event))
        for (const effect of promoted)
          if (effect.type === 'transition') expect(effect.at).toBeGreaterThanOrEqual(effect.onset)
        alone.step(waited)
        const further = eventsOf(after)
        const told = [pair.live, alone].flatMap(({ episodes }) => [...episodes.values()])
        const toldOnset = Math.max(...told.map(({ onset }) => onset))
        expect(stepsOf(pair.live, further, toldOnset)).toEqual(stepsOf(alone, further, toldOnset))
        expect([...pair.live.state().scopes.values()].map(({ state }) => state.ladder)).toEqual(
          [...alone.state().scopes.values()].map(({ state }) => state.ladder),
        )
      }),
      { numRuns: 200 },
    )
  })
})
