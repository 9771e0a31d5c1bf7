import { deserialize, serialize } from 'node:v8'
import { Quality, type Reading, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { Engine } from './engine.ts'
import type { EngineState } from './engine-state.ts'
import type { Effect, EngineDevice, Transition } from './event.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)

const { model } = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
) as Extract<ReturnType<typeof readModel>, { model: unknown }>

function rules(text: string): Rule[] {
  const result = compilePack(text, 'test.yaml', { models: new Map([['gauge', model]]) })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

const FLOOD = rules(`
pack: test
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{device} at {level_now} m", zh: "{device} {level_now} m" }
    select: { model: gauge }
    features: { level_now: level }
    levels:
      yellow: { when: level_now > 3, until: level_now < 2.5, for: 5m, clearFor: 5m }
      red: { when: level_now > 6, until: level_now < 5 }
    missing: { after: 15m, then: keep }
    notify: [duty]
`)
const USUAL = rules(`
pack: test
rules:
  - id: usual
    name: { en: Usual, zh: 常值 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { height: level, usual: "mean(level, 10m)" }
    levels: { yellow: { when: height > 3, for: 3m }, red: { when: usual > 8 } }
    notify: [duty]
`)
const SILENCE = rules(`
pack: test
rules:
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: "{device} is silent", zh: "{device} 失联" }
    select: { model: gauge }
    features: {}
    levels: {}
    missing: { after: 10m, then: yellow }
    notify: [duty]
`)

const device = (id = 'g1'): EngineDevice => ({
  id,
  model: 'gauge',
  site: 's1',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
})

const reading = (t: number, v: number, id = 'g1'): Reading => ({
  device: id,
  quantity: 'level',
  t,
  v,
  q: Quality.PASS,
})

/** An engine with its transitions collected; `send` steps readings that arrive at `now`. */
function watch(ruleSet: Rule[], at = T0, state?: EngineState) {
  const engine = new Engine({}, state)
  const effects: Effect[] = engine.step({ type: 'configure', now: at, rules: ruleSet, devices: [device()] })
  const transitions = (): Transition[] => effects.filter(effect => effect.type === 'transition')
  return {
    engine,
    effects,
    send: (now: number, ...readings: Reading[]) =>
      effects.push(...engine.step({ type: 'readings', now, readings })),
    tick: (now: number) => effects.push(...engine.step({ type: 'tick', now })),
    transitions,
    kinds: () =>
      transitions().map(
        ({ kind, level, retrospective }) => `${kind} ${level ?? '-'}${retrospective ? ' retro' : ''}`,
      ),
    pages: () => effects.filter(effect => effect.type === 'notify').length,
  }
}

/** One reading a minute, each arriving a second after it was measured. */
function live(watched: ReturnType<typeof watch>, from: number, values: number[]): void {
  for (const [minute, v] of values.entries()) {
    watched.send(from + minute * MINUTE + 1000, reading(from + minute * MINUTE, v))
  }
}

describe('an engine that is asked', () => {
  it('says why not yet, and changes nothing by it', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [1, 4, 4])
    const before = structuredClone(watched.engine.state())
    expect(watched.engine.explain('flood', 'g1')).toMatchObject({
      values: { level_now: 4 },
      conditions: [
        { level: 'yellow', on: true, since: T0 + MINUTE, forMs: 5 * MINUTE },
        { level: 'red', on: false, since: null },
      ],
    })
    expect(watched.engine.state()).toEqual(before)
    expect(watched.engine.explain('flood', 'g2')).toBeUndefined()
    expect(watched.engine.explain('ebb', 'g1')).toBeUndefined()
  })
})

describe('live readings', () => {
  it('raise after the on-delay, escalate at once, and clear after the off-delay', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [1, 4, 4, 4, 4, 4, 4, 7, 4, 2, 2, 2, 2, 2, 2])
    expect(watched.kinds()).toEqual(['raised yellow', 'escalated red', 'deescalated yellow', 'cleared -'])
    const [raised] = watched.transitions()
    expect(raised).toMatchObject({ onset: T0 + MINUTE, at: T0 + 6 * MINUTE })
    expect(raised?.trace.conditions[0]).toMatchObject({
      when: 'level_now > 3',
      on: true,
      since: T0 + MINUTE,
      forMs: 5 * MINUTE,
    })
    expect(raised?.trace.values.level_now).toBe(4)
    expect(watched.pages()).toBe(3)
  })

  it('let a delay run out between two readings', () => {
    const watched = watch(FLOOD)
    watched.send(T0, reading(T0, 4))
    watched.tick(T0 + 5 * MINUTE + 3000)
    expect(watched.transitions()[0]).toMatchObject({
      kind: 'raised',
      at: T0 + 5 * MINUTE,
      trace: { cause: 'timer' },
    })
  })

  it('count a duplicate once and ignore what is ahead of the clock', () => {
    const watched = watch(FLOOD)
    watched.send(T0, reading(T0, 7), reading(T0, 7), reading(T0 + 3_600_000, 1))
    expect(watched.kinds()).toEqual(['raised red'])
    expect(watched.engine.counts).toMatchObject({ duplicate: 1, future: 1, evaluated: 1 })
  })

  it('do not use a reading that failed its quality test, and use a suspect one', () => {
    const watched = watch(FLOOD)
    watched.send(T0, { ...reading(T0, 99), q: Quality.FAIL })
    expect(watched.kinds()).toEqual([])
    watched.send(T0 + MINUTE, { ...reading(T0 + MINUTE, 7), q: Quality.SUSPECT })
    expect(watched.kinds()).toEqual(['raised red'])
    expect(watched.transitions()[0]?.trace.quality).toEqual({ level: Quality.SUSPECT })
  })

  it('are never cleared by a sensor that dies', () => {
    const watched = watch(FLOOD)
    watched.send(T0, reading(T0, 7))
    watched.tick(T0 + 86_400_000)
    expect(watched.kinds()).toEqual(['raised red'])
  })
})

describe('old readings', () => {
  const day = 86_400_000

  it('that tell of an episode wholly in the past page nobody', () => {
    const watched = watch(FLOOD, T0)
    const begin = T0 - day
    watched.send(
      T0,
      ...Array.from({ length: 60 }, (_, minute) => reading(begin + minute * MINUTE, minute < 20 ? 7 : 1)),
    )
    watched.tick(T0 + 10_000)
    expect(watched.kinds()).toEqual(['raised red retro', 'cleared - retro'])
    expect(watched.pages()).toBe(0)
    expect(watched.transitions()[0]?.onset).toBe(begin)
  })

  it('that lead to an episode still active page once, at the join, with the true onset', () => {
    const watched = watch(FLOOD, T0)
    const begin = T0 - 2 * 3_600_000
    const backlog = Array.from({ length: 120 }, (_, minute) =>
      reading(begin + minute * MINUTE, minute < 60 ? 1 : 4),
    )
    watched.send(T0, ...backlog.slice(0, 70))
    expect(watched.kinds()).toEqual([])
    watched.send(T0 + 1, ...backlog.slice(70))
    expect(watched.kinds()).toEqual(['raised yellow'])
    expect(watched.transitions()[0]).toMatchObject({
      onset: begin + 60 * MINUTE,
      at: begin + 65 * MINUTE,
      decidedAt: T0 + 1,
    })
    expect(watched.pages()).toBe(1)
  })

  it('that lead to an episode whose worst is over tell its present level and keep its history', () => {
    const watched = watch(FLOOD, T0)
    const begin = T0 - 60 * MINUTE
    watched.send(
      T0,
      ...Array.from({ length: 60 }, (_, at) => reading(begin + at * MINUTE, at > 20 && at < 40 ? 7 : 4)),
    )
    expect(watched.kinds()).toEqual(['raised yellow'])
    expect(watched.transitions()[0]?.trace.history?.map(({ level }) => level)).toEqual([
      'yellow',
      'red',
      'yellow',
    ])
  })

  it('end in an episode that is recorded and pages nobody when they stop long ago', () => {
    const watched = watch(FLOOD, T0)
    const begin = T0 - 30 * day
    watched.send(T0, reading(begin, 7), reading(begin + MINUTE, 7))
    watched.tick(T0 + 10_000)
    expect(watched.kinds()).toEqual(['raised red retro'])
    expect(watched.pages()).toBe(0)
  })

  it('that come with a pause tell of the same episodes as without', () => {
    const begin = T0 - 30 * day
    // Longer than the rule's patience, so that a part of what follows a pause comes behind the silence and a part does not.
    const values = Array.from({ length: 4 }, () => [7, 7, 7, 1, 1, 7, 7, 1, 1, 7, 1, 1]).flat()
    const backlog = values.map((v, at) => reading(begin + at * MINUTE, v))
    const episodes = (pauseAfter: number) => {
      const watched = watch(FLOOD, T0)
      watched.send(T0, ...backlog.slice(0, pauseAfter))
      watched.tick(T0 + 30_000)
      watched.send(T0 + 60_000, ...backlog.slice(pauseAfter))
      watched.tick(T0 + 90_000)
      return watched.transitions().map(({ kind, at, onset }) => `${kind} ${at - begin} ${onset - begin}`)
    }
    expect(episodes(0)).toHaveLength(24)
    for (let pauseAfter = 1; pauseAfter < backlog.length; pauseAfter++)
      expect(episodes(pauseAfter).sort(), `pause after ${pauseAfter}`).toEqual(episodes(0).sort())
  })

  it('tell of an alarm that ended while the link was down and of the one that runs now as two', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [7])
    const back = T0 + 3 * 3_600_000
    const away = Array.from({ length: 180 }, (_, at) => (at < 60 ? 7 : at < 120 ? 1 : 7))
    watched.send(back, ...away.slice(1).map((v, at) => reading(T0 + (at + 1) * MINUTE, v)))
    watched.tick(back + 10_000)
    expect(
      watched.transitions().map(({ kind, onset, at }) => [kind, (onset - T0) / MINUTE, (at - T0) / MINUTE]),
    ).toEqual([
      ['raised', 0, 0],
      ['cleared', 0, 60],
      ['raised', 120, 120],
    ])
    expect(watched.kinds()[2]).toBe('raised red')
    expect(watched.pages()).toBe(3)
  })
})

describe('late readings', () => {
  it('that a timer did not wait for undo what it decided', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2])
    // The off-delay has passed when the reading that interrupts it comes, not a minute late.
    watched.tick(T0 + 11 * MINUTE + 3000)
    expect(watched.kinds()).toEqual(['raised yellow', 'cleared -'])
    watched.send(T0 + 11 * MINUTE + 30_000, reading(T0 + 11 * MINUTE, 4))
    watched.tick(T0 + 12 * MINUTE)
    expect(watched.kinds()).toEqual(['raised yellow', 'cleared -', 'raised yellow'])
    expect(watched.transitions()[2]?.episode).toBe(watched.transitions()[0]?.episode)
  })

  it('move the onset of an alarm that a timer began', () => {
    const watched = watch(USUAL)
    // When the delay of yellow is over the first readings have left the window: the mean is above 8.
    live(watched, T0 + MINUTE, [1, 6, 9, 9, 4])
    live(watched, T0 + 7 * MINUTE, [1, 25, 9])
    watched.tick(T0 + 13 * MINUTE)
    const [alarm] = watched.transitions().slice(-1)
    expect(alarm).toMatchObject({ kind: 'raised', level: 'red', onset: T0 + 11 * MINUTE })
    const pages = watched.pages()
    watched.send(T0 + 13 * MINUTE, reading(T0 + 10 * MINUTE, 9))
    watched.tick(T0 + 14 * MINUTE)
    expect(watched.kinds().slice(-2)).toEqual(['raised red', 'corrected red'])
    expect(watched.transitions().at(-1)).toMatchObject({ episode: alarm?.episode, onset: T0 + 10 * MINUTE })
    expect(watched.pages()).toBe(pages)
  })

  it('leave the state as if nothing had been late', () => {
    const values = [1, 4, 4, 4, 4, 4, 4, 4, 2, 2, 4, 4, 1, 1, 1, 1, 1, 1, 1]
    const inOrder = watch(FLOOD)
    live(inOrder, T0, values)
    const shuffled = watch(FLOOD)
    // The third to the ninth reading come after the tenth.
    live(shuffled, T0, values.slice(0, 2))
    live(shuffled, T0 + 9 * MINUTE, values.slice(9))
    const end = T0 + values.length * MINUTE
    shuffled.send(end, ...values.slice(2, 9).map((v, at) => reading(T0 + (at + 2) * MINUTE, v)))
    shuffled.tick(end + 10_000)
    inOrder.tick(end + 10_000)
    expect(inOrder.kinds()).toEqual(['raised yellow', 'cleared -'])
    expect(shuffled.kinds()).toEqual(['raised yellow', 'cleared -'])
    const times = (watched: typeof inOrder) =>
      watched.transitions().map(({ at, onset, episode }) => ({ at, onset, episode }))
    expect(times(shuffled)).toEqual(times(inOrder))
  })

  it('that show an alarm to have been under way page at once with its true onset', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [1, 1])
    // The link is down for half an hour; the newest reading comes first.
    const back = T0 + 32 * MINUTE
    watched.send(back, reading(back, 4))
    expect(watched.kinds()).toEqual([])
    watched.send(
      back + 100,
      ...Array.from({ length: 30 }, (_, at) => reading(T0 + (at + 2) * MINUTE, at < 10 ? 1 : 4)),
    )
    watched.tick(back + 3000)
    expect(watched.kinds()).toEqual(['raised yellow'])
    expect(watched.transitions()[0]).toMatchObject({ onset: T0 + 12 * MINUTE, at: T0 + 17 * MINUTE })
    expect(watched.pages()).toBe(1)
  })

  it('end an alarm that they show to be over', () => {
    const watched = watch(FLOOD)
    live(watched, T0, [7])
    const back = T0 + 40 * MINUTE
    watched.send(back, reading(back, 5.5))
    watched.send(
      back + 100,
      ...Array.from({ length: 39 }, (_, at) => reading(T0 + (at + 1) * MINUTE, at < 10 ? 7 : 1)),
    )
    watched.tick(back + 3000)
    expect(watched.kinds()).toEqual(['raised red', 'cleared -'])
    // Below 5 at the tenth minute ends red, which leaves yellow's condition false too.
    expect(watched.transitions()[1]?.at).toBe(T0 + 11 * MINUTE)
  })
})

describe('silence', () => {
  it('of a sensor is an alarm, and ends with its next reading', () => {
    const watched = watch(SILENCE)
    watched.send(T0, reading(T0, 1))
    watched.tick(T0 + 9 * MINUTE)
    expect(watched.kinds()).toEqual([])
    watched.tick(T0 + 11 * MINUTE)
    expect(watched.kinds()).toEqual(['raised yellow'])
    expect(watched.transitions()[0]).toMatchObject({ onset: T0, decidedAt: T0 + 10 * MINUTE })
    watched.send(T0 + 12 * MINUTE, reading(T0 + 12 * MINUTE, 1))
    expect(watched.kinds()).toEqual(['raised yellow', 'cleared -'])
  })

  it('of a sensor that never spoke is an alarm', () => {
    const watched = watch(SILENCE)
    watched.tick(T0 + 10 * MINUTE)
    expect(watched.kinds()).toEqual(['raised yellow'])
  })

  it('while the program itself was away proves nothing', () => {
    const watched = watch(SILENCE)
    watched.send(T0, reading(T0, 1))
    const back = T0 + 86_400_000
    const restored = watch(SILENCE, T0, deserialize(serialize(watched.engine.state())))
    restored.effects.push(...restored.engine.step({ type: 'resumed', now: T0 + 5 * MINUTE }))
    restored.tick(T0 + 5 * MINUTE + 59_000)
    expect(restored.kinds()).toEqual([])
    restored.tick(back)
    expect(restored.kinds()).toEqual(['raised yellow'])
  })
})

describe('after the program was away for long', () => {
  const away = (rule: Rule[]) => {
    const before = watch(rule)
    before.send(T0, reading(T0, 4))
    before.tick(T0 + 1000)
    const back = T0 + 3_600_000
    const after = watch(rule, T0, deserialize(serialize(before.engine.state())))
    after.effects.push(...after.engine.step({ type: 'resumed', now: back }))
    return { after, back }
  }

  it('nobody is silent who speaks within a minute', () => {
    const { after, back } = away(SILENCE)
    expect(after.kinds()).toEqual([])
    after.tick(back + 50_000)
    after.send(back + 50_000, reading(back + 50_000, 1))
    after.tick(back + 120_000)
    expect(after.kinds()).toEqual([])
  })

  it('a delay that ended meanwhile is judged by the readings of that time', () => {
    const { after, back } = away(FLOOD)
    expect(after.kinds()).toEqual([])
    after.send(back + 5000, reading(T0 + 30_000, 1), reading(back, 1))
    after.tick(back + 120_000)
    expect(after.kinds()).toEqual([])
  })
})

describe('acknowledging', () => {
  it('moves an episode through its states, once', () => {
    const watched = watch(FLOOD)
    watched.send(T0, reading(T0, 7))
    const id = watched.transitions()[0]?.episode as string
    const acknowledge = () =>
      watched.engine.step({ type: 'acknowledge', now: T0 + 1, episode: id, by: 'chen', note: 'seen' })
    expect(acknowledge()).toMatchObject([{ kind: 'acknowledged', by: 'chen', trace: { note: 'seen' } }])
    expect(acknowledge()).toEqual([])
    expect(watched.engine.episodes.get(id)?.state).toBe('acknowledged')
    live(watched, T0 + MINUTE, [1])
    expect(watched.engine.episodes.has(id)).toBe(false)
  })
})

describe('changing the rules', () => {
  it('keeps the state of rules that stay, and ends the alarms of those that go', () => {
    const watched = watch([...FLOOD, ...SILENCE])
    watched.send(T0, reading(T0, 7), reading(T0 + 1, 7))
    expect(
      watched.engine.step({ type: 'configure', now: T0 + MINUTE, rules: FLOOD, devices: [device()] }),
    ).toEqual([])
    const gone = watched.engine.step({
      type: 'configure',
      now: T0 + MINUTE,
      rules: SILENCE,
      devices: [device()],
    })
    expect(gone[0]).toMatchObject({ kind: 'cleared', trace: { cause: 'rule withdrawn' } })
  })

  it('keeps a running alarm of a rule whose limits changed', () => {
    const watched = watch(FLOOD)
    watched.send(T0, reading(T0, 7))
    const [changed] = FLOOD.map(rule => ({ ...rule, revision: 'changed' }))
    const effects = watched.engine.step({
      type: 'configure',
      now: T0 + MINUTE,
      rules: [changed as Rule],
      devices: [device()],
    })
    expect(effects).toEqual([])
    watched.send(T0 + 2 * MINUTE, reading(T0 + 2 * MINUTE, 7))
    expect(watched.kinds()).toEqual(['raised red'])
    live(watched, T0 + 3 * MINUTE, [1])
    expect(watched.kinds()).toEqual(['raised red', 'cleared -'])
  })
})
