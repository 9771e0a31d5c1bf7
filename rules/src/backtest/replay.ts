import type { CountedTransition } from '../alarm/load.ts'
import { reachOf as featureReachOf } from '../detectors/index.ts'
import { Engine } from '../engine/engine.ts'
import type { EngineDevice, EngineSite } from '../engine/event.ts'
import { reachThroughRecords } from '../engine/recording-order.ts'
import { planRule, selects } from '../engine/scope-plan.ts'
import type { Rule } from '../rule.ts'
import { type Episode, EpisodeCollector } from './episode-collector.ts'
import { type History, readInOrder } from './history.ts'
import { PresentIds } from './present-ids.ts'

/** A stretch of time: from inclusive, to exclusive, ms UTC. */
interface Span {
  from: number
  to: number
}

export interface ReplayOptions extends Span {
  history: History
  /** Rule sets that are judged side by side: the readings are read once. */
  sets: readonly (readonly Rule[])[]
  devices: readonly EngineDevice[]
  sites: readonly EngineSite[]
  /** Told how much is done, 0 to 1, some times a second. */
  onProgress?: (done: number) => void
}

/** What one rule set did. */
export interface ReplayOutcome {
  episodes: Episode[]
  /** Every step, those of the warm-up too, in the order in which they were decided. */
  transitions: CountedTransition[]
  /** Rules that failed at run time, in words. */
  ruleFaults: string[]
}

export interface Replayed {
  /** In the order of the sets. */
  outcomes: ReplayOutcome[]
  /** Readings that went through the engines, each counted once. */
  readings: number
  /** Where the replay began: so far back reaches the longest window. */
  warmUpFrom: number
}

const DAY_MS = 86_400_000

/**
 * Judges stored readings by rule sets, on the engine that runs live: what they would have done had each reading arrived
 * at the time at which it was measured. A store knows no times of arrival, so nothing is late in a replay.
 *
 * The time before `from` as far back as the rules' longest window is replayed too; what ends there is not counted, and an
 * episode that runs at `from` is marked. Devices are those of today, for the whole span, with what they sent under former ids; one begins to be watched with
 * its first reading in the store, those of a site that a rule reads together with the first of theirs. Memory holds the
 * windows of what is read together, mostly one device, and a chunk of each of its series.
 */
export function replay({ sets, devices, sites, from, to, onProgress, ...stored }: ReplayOptions): Replayed {
  const history = new PresentIds(stored.history, devices)
  const collectors = sets.map(() => new EpisodeCollector({ from }))
  const known = Map.groupBy(history.series(), ({ device }) => device)
  const watched = devices.filter(
    device => known.has(device.id) && sets.some(rules => rules.some(rule => mayRead(rule, device))),
  )
  const warmUpFrom =
    from -
    Math.max(
      DAY_MS,
      ...sets.flatMap(rules => [...reachThroughRecords(rules, rule => reachOf(rule, watched)).values()]),
    )
  let readings = 0
  const units = unitsOf(sets.flat(), watched)
  units.forEach((unit, index) => {
    const series = unit.flatMap(({ id }) => known.get(id) ?? [])
    const begin = Math.max(warmUpFrom, Math.min(...series.map(({ first }) => first)))
    if (begin >= to) return
    const engines = sets.map(rules => {
      const engine = new Engine()
      const watching = rules.filter(({ select }) => unit.some(device => selects(select, device)))
      engine.step({ type: 'configure', now: begin, rules: watching, devices: unit, sites })
      return engine
    })
    const read = series.filter(one => engines.some(engine => engine.reads(one)))
    const feed = (event: Parameters<Engine['step']>[0]): void =>
      engines.forEach((engine, at) => {
        collectors[at]?.take(engine.step(event))
      })
    for (const columns of readInOrder(history, read, { from: begin, to })) {
      const now = columns.times.at(-1) as number
      feed({ type: 'columns', now, columns })
      readings += columns.times.length
      onProgress?.((index + (now - begin) / (to - begin)) / units.length)
    }
    feed({ type: 'tick', now: to })
  })
  onProgress?.(1)
  return {
    readings,
    warmUpFrom,
    outcomes: collectors.map(collector => ({
      episodes: collector.episodes(),
      transitions: collector.transitions.sort((a, b) => a.decidedAt - b.decidedAt),
      ruleFaults: collector.ruleFaults,
    })),
  }
}

/** How far back a rule looks, ms: what its features need, and the longest delay or silence after it. */
function reachOf(rule: Rule, devices: readonly EngineDevice[]): number {
  const { features, levels, missing } = rule
  const slowestMs = Math.max(
    0,
    ...devices.filter(device => mayRead(rule, device)).map(({ intervalMs }) => intervalMs),
  )
  const silenceMs = missing.afterMs ?? (missing.intervals as number) * slowestMs
  const delays = levels.flatMap(({ forMs, clearForMs }) => [forMs, clearForMs])
  return Math.max(0, ...features.map(featureReachOf)) + Math.max(silenceMs, ...delays)
}

const mayRead = (rule: Rule, device: EngineDevice): boolean =>
  [rule.select, ...Object.values(rule.with)].some(selector => selects(selector, device))

/** Devices that some rule reads together are judged together; every other one by itself. */
function unitsOf(rules: readonly Rule[], devices: readonly EngineDevice[]): EngineDevice[][] {
  const joint = new Map<string, Set<EngineDevice>>()
  for (const rule of rules)
    for (const { subject, own, others } of planRule(rule, devices).scopes) {
      const together = [...own, ...Object.values(others).flat()]
      if (together.length === 1) continue
      const atSite = joint.get(subject.site) ?? new Set()
      joint.set(subject.site, atSite)
      for (const device of together) atSite.add(device)
    }
  const joined = new Set([...joint.values()].flatMap(some => [...some]))
  return [
    ...[...joint.values()].map(some => [...some]),
    ...devices.filter(device => !joined.has(device)).map(device => [device]),
  ]
}
