import { type Comparison, compareEpisodes } from '../backtest/comparison.ts'
import { type Episode, episodeFrom, follow } from '../backtest/episode-collector.ts'
import type { Effect, Transition } from '../engine/event.ts'
import type { OpenEpisode } from '../engine/open-episode.ts'
import type { Level } from '../level.ts'

/** An episode as one of the two had it; times are event times in ms UTC. */
interface Had {
  onset: number
  raisedAt: number
  /** null: it runs. */
  clearedAt: number | null
  highest: Level
}

/** How episodes differ: gained and lost are the shadow's; `split`, `merged`: further parts of one that both have. */
type DifferenceKind = 'gained' | 'lost' | 'split' | 'merged' | 'moved'

/** One episode that the shadow has otherwise than live. */
export interface Difference {
  kind: DifferenceKind
  rule: string
  /** The device, or the site of a rule per site. */
  device: string
  live: Had | null
  shadow: Had | null
  /** Raised so much later by the shadow, ms; negative: earlier. 0 where only one has it. */
  raisedLaterMs: number
}

/** How many episodes differ; one may be counted as earlier and as of another level. */
type DifferenceCounts = Record<
  'gained' | 'lost' | 'split' | 'merged' | 'earlier' | 'later' | 'levelChanged' | 'moved' | 'unchanged',
  number
>

/** What the shadow did otherwise. */
export interface DifferenceReport {
  counts: DifferenceCounts
  /** The newest ones, newest first. */
  differences: Difference[]
  /** How many there are beyond the list. */
  beyond: number
  /** Episodes that found no room to be compared. */
  notCompared: number
}

export type Side = 'live' | 'shadow'

/** Episodes of one rule at one device that are not settled. Plain data. */
interface Watched {
  live: Episode[]
  shadow: Episode[]
  /** Engine time of the newest step. */
  touchedAt: number
}

export interface DifferencesState {
  from: number
  counts: DifferenceCounts
  listed: Difference[]
  beyond: number
  notCompared: number
  watched: Map<string, Watched>
  sweptAt: number
}

const MOST_LISTED = 200
// Rules at devices with episodes that are not settled, and episodes of one of them on one side.
const MOST_WATCHED = 20_000
const MOST_EPISODES = 64
// An episode of the other rule set may still belong to one that has ended: its delay runs, or readings come late.
const SETTLED_AFTER_MS = 86_400_000
const SWEEP_MS = 3_600_000

const noCounts = (): DifferenceCounts => ({
  gained: 0,
  lost: 0,
  split: 0,
  merged: 0,
  earlier: 0,
  later: 0,
  levelChanged: 0,
  moved: 0,
  unchanged: 0,
})

/**
 * Holds the episodes of two engines against each other while they run, by the measure of backtests. A day after its end
 * an episode is counted and forgotten; the list keeps the newest differences.
 */
export class Differences {
  readonly state: DifferencesState

  constructor(state: DifferencesState) {
    this.state = state
  }

  /** @param running - episodes that both have at the beginning */
  static begin(running: ReadonlyMap<string, OpenEpisode>, now: number): Differences {
    const state: DifferencesState = {
      from: now,
      counts: noCounts(),
      listed: [],
      beyond: 0,
      notCompared: 0,
      watched: new Map(),
      sweptAt: now,
    }
    const begun = new Differences(state)
    for (const [id, { rule, device, site, level, onset }] of running) {
      if (level === null) continue
      const raise = {
        episode: id,
        rule,
        device,
        site,
        level,
        onset,
        at: onset,
        kind: 'raised',
        decidedAt: now,
      }
      begun.#take('live', raise as Transition)
      begun.#take('shadow', raise as Transition)
    }
    return begun
  }

  take(side: Side, effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.type === 'transition') this.#take(side, effect)
  }

  /** Counts what is settled at engine time `now`; to be called as time passes. */
  settle(now: number): void {
    const { state } = this
    if (now - state.sweptAt < SWEEP_MS) return
    state.sweptAt = now
    for (const [key, watched] of state.watched) {
      this.#settle(watched, now - SETTLED_AFTER_MS)
      if (watched.live.length + watched.shadow.length === 0) state.watched.delete(key)
    }
  }

  /** What differs up to engine time `now`, episodes that still run included. */
  report(now: number): DifferenceReport {
    const { counts, listed, beyond, notCompared, watched } = this.state
    const report = { counts: { ...counts }, differences: [...listed], beyond, notCompared }
    const open = [...watched.values()].sort((a, b) => a.touchedAt - b.touchedAt)
    for (const one of open) add(report, compareEpisodes(one.shadow, one.live, { to: now }))
    report.differences.reverse()
    return report
  }

  #take(side: Side, transition: Transition): void {
    const { kind, rule, device, site, decidedAt, episode: id } = transition
    const key = JSON.stringify([rule.id, device ?? site])
    const watched = this.#watched(key, decidedAt)
    if (!watched) {
      if (kind === 'raised') this.state.notCompared++
      return
    }
    watched.touchedAt = decidedAt
    const episodes = watched[side]
    const known = episodes.findLast(episode => episode.id === id)
    if (kind !== 'raised') {
      if (known && known.clearedAt === null) follow(known, transition)
      return
    }
    if (known) {
      // Late readings showed that it goes on.
      known.clearedAt = null
      follow(known, transition)
      return
    }
    episodes.push(episodeFrom(transition, { from: this.state.from }))
    if (episodes.length > MOST_EPISODES) this.#settle(watched, decidedAt)
    if (episodes.length <= MOST_EPISODES) return
    episodes.shift()
    this.state.notCompared++
  }

  #watched(key: string, now: number): Watched | undefined {
    const { watched } = this.state
    const known = watched.get(key)
    if (known) return known
    if (watched.size >= MOST_WATCHED) return undefined
    const fresh = { live: [], shadow: [], touchedAt: now }
    watched.set(key, fresh)
    return fresh
  }

  // What ended before a time, and before everything that stays began, cannot belong to what is to come.
  #settle(watched: Watched, until: number): void {
    let before = until
    for (;;) {
      const stay = [...watched.live, ...watched.shadow].filter(one => !endsBefore(one, before))
      const earliest = Math.min(before, ...stay.map(({ onset }) => onset))
      if (earliest === before) break
      before = earliest
    }
    const take = (episodes: Episode[]): Episode[] => {
      const [settled, stay] = [true, false].map(ended =>
        episodes.filter(one => endsBefore(one, before) === ended),
      )
      episodes.splice(0, episodes.length, ...(stay as Episode[]))
      return settled as Episode[]
    }
    const { state } = this
    const report = { counts: state.counts, differences: state.listed, beyond: state.beyond }
    add(report, compareEpisodes(take(watched.shadow), take(watched.live), { to: until }))
    state.beyond = report.beyond
  }
}

const endsBefore = ({ clearedAt }: Episode, time: number): boolean => clearedAt !== null && clearedAt < time

function add(
  report: { counts: DifferenceCounts; differences: Difference[]; beyond: number },
  { gained, lost, split, merged, moved, earlier, later, levelChanged, unchanged }: Comparison,
): void {
  const { counts, differences } = report
  counts.gained += gained.length
  counts.lost += lost.length
  counts.split += split.length
  counts.merged += merged.length
  counts.moved += moved.length
  counts.earlier += earlier
  counts.later += later
  counts.levelChanged += levelChanged
  counts.unchanged += unchanged
  differences.push(
    ...gained.map(one => only('gained', { shadow: one })),
    ...split.map(one => only('split', { shadow: one })),
    ...lost.map(one => only('lost', { live: one })),
    ...merged.map(one => only('merged', { live: one })),
    ...moved.map(({ candidate, against, raisedLaterMs }): Difference => {
      const { rule, device } = candidate
      return { kind: 'moved', rule, device, live: hadOf(against), shadow: hadOf(candidate), raisedLaterMs }
    }),
  )
  const tooMany = Math.max(0, differences.length - MOST_LISTED)
  differences.splice(0, tooMany)
  report.beyond += tooMany
}

function only(kind: DifferenceKind, { live, shadow }: Partial<Record<Side, Episode>>): Difference {
  const { rule, device } = (live ?? shadow) as Episode
  return {
    kind,
    rule,
    device,
    live: live ? hadOf(live) : null,
    shadow: shadow ? hadOf(shadow) : null,
    raisedLaterMs: 0,
  }
}

const hadOf = ({ onset, raisedAt, clearedAt, highest }: Episode): Had => ({
  onset,
  raisedAt,
  clearedAt,
  highest,
})
