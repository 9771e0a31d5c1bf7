import { deserialize, serialize } from 'node:v8'
import { Quality, type Reading, readModel } from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { FLAG_KINDS, type FlagKind, type FlagScope } from '../alarm/flag.ts'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { Effect, EngineDevice, EngineEvent } from './event.ts'
import { QuietScopes } from './quiet-scopes.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)

const gauge = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const models = new Map('model' in gauge ? [['gauge', gauge.model]] : [])
// Slopes and means are compared with numbers that readings in tenths cannot give: at a tie the order in which samples
// were summed up would decide, in the last bit.
const compiled = compilePack(
  `
pack: test
utcOffset: "-00:30"
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{height}", zh: "{height}" }
    select: { model: gauge }
    features: { height: level, usual: "mean(level, 20m)" }
    levels:
      blue: { when: height > 2, until: height < 1, for: 3m, clearFor: 2m }
      orange: { when: height > 4 && usual > 2.00001, for: 1m, clearFor: 4m }
    missing: { after: 10m, then: keep }
    notify: [duty]
  - id: rising
    name: { en: Rising, zh: 上涨 }
    message: { en: "{climb}", zh: "{climb}" }
    select: { model: gauge }
    features: { climb: "rate(level, 15m, per 1h)" }
    levels:
      yellow: { when: climb > 6.00001, until: climb < 2.00001, for: 2m }
    missing: { after: 5m, then: blue }
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: {}
    levels: {}
    missing: { after: 12m, then: yellow }
    notify: [duty]
    latch: true
  - id: shaky
    name: { en: Shaky, zh: 抖动 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { height: level }
    levels:
      yellow: { when: height > 2.5 }
      red: { when: height > 5 }
    flap: { above: 30, below: 25 }
    escalate: [{ after: 5m, notify: [chief], repeat: 2 }, { after: 12m, notify: [police] }]
    inhibits: { rules: [high, silent], devices: same-device, wait: 90s }
    notify: [duty]
  # July begins half an hour after the start.
  - id: june
    name: { en: June, zh: 六月 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { height: level }
    levels:
      orange: { when: height > 2, until: height < 1, for: 2m, clearFor: 3m }
    missing: { after: 6m, then: stale }
    season: [05-01..06-30]
    notify: [duty]
  - id: july
    name: { en: July, zh: 七月 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { height: level }
    parameters:
      limit: { value: 3, unit: m, min: 0, max: 9, reason: test, seasons: { 07-01..09-30: 2 } }
    levels:
      blue: { when: height > limit, clearFor: 3m }
      yellow: { when: height > limit + 2, for: 2m }
    missing: { after: 5m, then: stale }
    quality: { suspect: ignore }
    notify: [duty]
  - id: july-silent
    name: { en: Silent, zh: 失联 }
    message: { en: x, zh: x }
    select: { model: gauge }
    levels: {}
    season: [07-01..09-30]
    missing: { after: 12m, then: yellow }
  - id: site-high
    name: { en: Site, zh: 站点 }
    message: { en: x, zh: x }
    per: site
    select: { model: gauge }
    features: { highest: "last(level, across max)", usual: "mean(level, 20m, across median)" }
    levels:
      blue: { when: highest > 3, until: highest < 2, for: 3m, clearFor: 2m }
      orange: { when: highest > 4 && usual > 2.00001, for: 1m, clearFor: 4m }
    missing: { after: 10m, then: stale }
    notify: [duty]
  # Stands before the rule whose series it reads.
  - id: usual-high
    name: { en: Usually high, zh: 常高 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { usual: usual_level }
    levels:
      yellow: { when: usual > 3.00001, until: usual < 2.00001, for: 2m, clearFor: 2m }
    missing: { after: 9m, then: stale }
    notify: [duty]
  - id: smooth
    name: { en: Smooth, zh: 平滑 }
    select: { model: gauge }
    features: { usual: "mean(level, 20m)" }
    record:
      usual_level: { feature: usual, name: { en: Usual level, zh: 平均水位 } }
    levels: {}
  - id: both
    name: { en: Both, zh: 两者 }
    message: { en: x, zh: x }
    select: { device: g1 }
    with: { other: { device: g2 } }
    features: { here: level, there: "mean(other.level, 15m)" }
    levels:
      yellow: { when: here > 3 && there > 2.00001, until: here < 2, for: 2m, clearFor: 1m }
    missing: { after: 8m, then: keep }
    notify: [duty]
`,
  'test.yaml',
  { models },
)
const rules = compiled.ok ? compiled.rules : []
// While `usual` is unknown, its upper rung ends with the reading that says so, and the lower one begins to end with the
// next, which says the same.
const stepwise = compilePack(
  `
pack: stepwise
rules:
  - id: stepwise
    name: { en: Stepwise, zh: 分级 }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { height: level, usual: "mean(level, 20m)" }
    levels:
      yellow: { when: usual > 2.00001, until: height < 4, clearFor: 2m }
      red: { when: height > 3 }
`,
  'stepwise.yaml',
  { models },
)
const stepwiseRules = stepwise.ok ? stepwise.rules : []
const devices: EngineDevice[] = ['g1', 'g2'].map(id => ({
  id,
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
}))

/** One reading as a sensor takes it, and how long it travels. */
interface Sent {
  device: string
  t: number
  v: number
  delayMs: number
  twice: boolean
  q: number
}

const walk = (id: string): fc.Arbitrary<Sent[]> =>
  fc
    .array(
      fc.record({
        step: fc.integer({ min: -20, max: 20 }),
        // Mostly at once, now and then minutes late, or an outage long.
        delayMs: fc.oneof(
          { weight: 8, arbitrary: fc.constant(500) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
        ),
        gapMinutes: fc.oneof(
          { weight: 30, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.integer({ min: 2, max: 90 }) },
        ),
        twice: fc.boolean(),
        q: fc.constantFrom(Quality.PASS, Quality.PASS, Quality.PASS, Quality.SUSPECT),
      }),
      { minLength: 5, maxLength: 60 },
    )
    .map(steps => {
      let t = T0
      let v = 20
      return steps.map(({ step, delayMs, gapMinutes, twice, q }) => {
        t += gapMinutes * MINUTE
        v = Math.max(0, Math.min(60, v + step))
        return { device: id, t, v: v / 10, delayMs, twice, q }
      })
    })

const streams = fc.tuple(walk('g1'), walk('g2')).map(([a, b]) => [...a, ...b])

/** The readings in the order of their arrival, duplicates among them. */
function arrivals(sent: readonly Sent[]): EngineEvent[] {
  return sent
    .flatMap(({ device, t, v, delayMs, twice, q }) => {
      const reading: Reading = { device, quantity: 'level', t, v, q }
      const now = t + delayMs
      return [{ now, reading }, ...(twice ? [{ now: now + 700, reading }] : [])]
    })
    .sort((a, b) => a.now - b.now)
    .map(({ now, reading }) => ({ type: 'readings', now, readings: [reading] }))
}

/** Every transition and page in order, short enough to be read where two runs differ. */
const story = (effects: readonly Effect[]): string[] =>
  effects.map(effect => {
    if (effect.type === 'rule-fault') return `fault ${effect.message}`
    if (effect.type === 'recorded')
      return `recorded ${effect.quantity} ${effect.device} ${effect.t - T0} ${effect.v}`
    if (effect.type === 'flag') return `flag ${effect.flag.kind} ${effect.change} ${effect.at - T0}`
    const { kind, level, at, onset, decidedAt, retrospective, trace, device, rule } =
      'transition' in effect ? effect.transition : effect
    const times = [at, onset, decidedAt].map(time => time - T0).join(' ')
    const why = `${trace.cause} ${JSON.stringify(trace.values)} ${JSON.stringify(trace.telling)}`
    return `${effect.type} ${rule.id} ${device} ${kind} ${level} ${times} ${retrospective ? 'retro ' : ''}${why}`
  })

/** What an operator does at an instant: to the nth open episode, or with a flag. */
interface Act {
  now: number
  act: 'acknowledge' | 'reset' | 'unflag' | FlagKind
  nth: number
  minutes: number
}

const acts = fc.array(
  fc.record({
    now: fc.integer({ min: 0, max: 120 * MINUTE }).map(after => T0 + after),
    act: fc.constantFrom<Act['act']>('acknowledge', 'reset', 'unflag', ...FLAG_KINDS),
    nth: fc.nat(7),
    minutes: fc.integer({ min: 1, max: 60 }),
  }),
  { maxLength: 12 },
)

function eventOf({ now, act, nth, minutes }: Act, engine: Engine): EngineEvent {
  const pick = <T>(from: Iterable<T>): T | undefined => [...from].at(-1 - nth) ?? [...from].at(-1)
  if (act === 'acknowledge' || act === 'reset')
    return { type: act, now, episode: pick(engine.episodes.keys()) ?? '', by: 'li' }
  if (act === 'unflag')
    return { type: act, now, flag: pick(engine.state().desk.flags.keys()) ?? '', by: 'li', reason: 'done' }
  const from = act === 'maintenance' ? now + nth * MINUTE : now
  const scope = [
    { rule: rules[nth % rules.length]?.id ?? '', device: nth % 2 === 0 ? 'g1' : 'g2' },
    { device: 'g1' },
    { site: 's' },
  ][act === 'shelved' ? 0 : nth % 3] as FlagScope
  const flag = { kind: act, scope, from, until: from + minutes * MINUTE, by: 'li', reason: 'works' }
  return { type: 'flag', now, flag }
}

const configure: EngineEvent = { type: 'configure', now: T0, rules, devices }

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

const isAct = (one: Act | EngineEvent): one is Act => 'act' in one

/** Readings and acts in their order, and two hours more. */
function withActs(events: readonly EngineEvent[], acts: readonly Act[]): EngineEvent[] {
  const engine = new Engine()
  engine.step(configure)
  const all = [...events, ...acts].sort((a, b) => a.now - b.now)
  const resolved = all.map(one => {
    const event = isAct(one) ? eventOf(one, engine) : one
    engine.step(event)
    return event
  })
  return [...resolved, { type: 'tick', now: (all.at(-1)?.now ?? T0) + 7_200_000 }]
}

describe('the engine', () => {
  it('compiles the rules of this test', () => expect(compiled).toMatchObject({ ok: true }))

  it('answers the same with and without restarts, whatever comes late, twice or not at all', () => {
    fc.assert(
      fc.property(streams, acts, fc.array(fc.nat(150), { maxLength: 8 }), (sent, acts, restarts) => {
        const events = withActs(arrivals(sent), acts)
        expect(story(run(events, new Set(restarts)))).toEqual(story(run(events)))
      }),
      { numRuns: 100 },
    )
  })

  it('fires timers at the same instants whether or not it is woken between events', () => {
    fc.assert(
      fc.property(streams, acts, fc.integer({ min: 1, max: 90_000 }), (sent, acts, everyMs) => {
        const events = withActs(arrivals(sent), acts)
        const end = events.at(-1)?.now ?? T0
        const ticks: EngineEvent[] = []
        for (let now = T0; now < Math.min(end, T0 + 400 * everyMs); now += everyMs)
          ticks.push({ type: 'tick', now })
        const woken = [...events, ...ticks].sort((a, b) => a.now - b.now)
        expect(story(run(woken))).toEqual(story(run(events)))
      }),
      { numRuns: 100 },
    )
  })

  it('is in the same state whether readings that change nothing pass or are taken', () => {
    const admit = vi.spyOn(QuietScopes.prototype, 'admit')
    const pass = vi.spyOn(QuietScopes.prototype, 'pass')
    let passed = 0
    const begin: EngineEvent = { ...configure, rules: [...rules, ...stepwiseRules] }
    fc.assert(
      fc.property(streams, sent => {
        const [passing, taking] = [new Engine(), new Engine()]
        for (const event of [begin, ...arrivals(sent)]) {
          admit.mockReset()
          pass.mockClear()
          const effects = passing.step(event)
          for (const group of pass.mock.contexts) passed += (group as QuietScopes).count
          admit.mockReturnValue(false)
          expect(story(taking.step(event))).toEqual(story(effects))
        }
        expect(taking.state()).toEqual(passing.state())
        const again = new Engine({}, structuredClone(passing.state()))
        again.step({ ...begin, now: again.now })
        expect(passing.nextDue).toBeLessThanOrEqual(again.nextDue)
      }),
      { numRuns: 100 },
    )
    vi.restoreAllMocks()
    expect(passed).toBeGreaterThan(600)
  })

  it('is indifferent to readings that come twice', () => {
    fc.assert(
      fc.property(streams, sent => {
        const once = arrivals(sent.map(one => ({ ...one, twice: false })))
        const again = once.flatMap(event => [event, event])
        // A timer that the last reading sets for this very instant fires with the next event, which `again` has.
        const end: EngineEvent = { type: 'tick', now: once.at(-1)?.now ?? T0 }
        expect(story(run([...again, end]))).toEqual(story(run([...once, end])))
      }),
      { numRuns: 100 },
    )
  })

  it('ends where it would have ended had nothing been late', () => {
    fc.assert(
      fc.property(walk('g1'), sent => {
        const last = Math.max(...sent.map(({ t }) => t))
        const end: EngineEvent = { type: 'tick', now: last + 250_000 }
        const level = (effects: readonly Effect[]) => {
          const running = new Map<string, string>()
          for (const effect of effects) {
            if (effect.type !== 'transition' || effect.rule.id.endsWith('silent')) continue
            const { kind, level, rule, episode } = effect
            const wasStale = running.get(episode)?.endsWith('stale') ?? false
            const isStale = kind === 'stale' || (wasStale && kind !== 'refreshed' && kind !== 'raised')
            if (level === null) running.delete(episode)
            else running.set(episode, `${rule.id} ${level}${isStale ? ' stale' : ''}`)
          }
          return JSON.stringify([...running.values()].sort())
        }
        const late = run([...arrivals(sent), end])
        const punctual = run([...arrivals(sent.map(one => ({ ...one, delayMs: 500, twice: false }))), end])
        expect(level(late)).toBe(level(punctual))
      }),
      { numRuns: 100 },
    )
  })
})
