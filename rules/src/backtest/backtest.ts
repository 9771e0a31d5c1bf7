import { type AlarmLoad, alarmLoad } from '../alarm/load.ts'
import type { Rule } from '../rule.ts'
import { type Comparison, compareEpisodes } from './comparison.ts'
import type { Episode } from './episode-collector.ts'
import { type Label, type Score, scoreEpisodes } from './labels.ts'
import { type LabelsLeftOut, labelsOfToday } from './present-ids.ts'
import { type ReplayOptions, type ReplayOutcome, replay } from './replay.ts'

export interface BacktestOptions extends Omit<ReplayOptions, 'sets'> {
  candidate: readonly Rule[]
  /** What the candidate is compared with. */
  against?: readonly Rule[] | undefined
  /** What really happened. */
  labels?: readonly Label[] | undefined
  /** An alarm that ends so long before an event or begins so long after it tells of it all the same. */
  nearMs?: number | undefined
  /** Among how many the alarms are shared; 1 if absent. */
  operators?: number | undefined
}

/** One rule at one device, and how much it asked for. */
interface Offender {
  rule: string
  device: string
  episodes: number
  minutesInAlarm: number
}

/** What a rule set did over a span. */
export interface RuleSetReport {
  rules: number
  episodeCount: number
  /** By onset; the first 5000. */
  episodes: Episode[]
  /** Of all episodes together, within the span. */
  minutesInAlarm: number
  /** By the measures of ISA-18.2. */
  load: AlarmLoad
  /** The ten rules and devices with the most episodes, then minutes. */
  worst: Offender[]
  score: Score | null
  /** Rules that failed at run time, in words. */
  ruleFaults: string[]
}

/** What a backtest found; plain data. Times are ms UTC. */
export interface BacktestResult {
  from: number
  to: number
  warmUpFrom: number
  readings: number
  candidate: RuleSetReport
  against: RuleSetReport | null
  changes: Comparison | null
  /** Null without labels. */
  labelsLeftOut: LabelsLeftOut | null
}

const MOST_LISTED = 5000
const WORST = 10
const MINUTE_MS = 60_000

/**
 * What a rule set would have done over a span of stored readings, beside another one where that is given. Rules that are the
 * same in both are judged once.
 *
 * @throws BacktestError where the rules raise more alarms than anybody could look at
 */
export function backtest(options: BacktestOptions): BacktestResult {
  const { candidate, against, devices, from, to } = options
  const usable = options.labels && labelsOfToday(options.labels, devices, { from, to })
  const judged = { ...options, labels: usable?.labels }
  const revisions = new Set(candidate.map(({ revision }) => revision))
  const changed = against?.filter(({ revision }) => !revisions.has(revision)) ?? []
  const { outcomes, readings, warmUpFrom } = replay({ ...options, sets: [candidate, changed] })
  const [found, foundOfChanged] = outcomes as [ReplayOutcome, ReplayOutcome]
  const shared = new Set(
    against?.filter(rule => revisions.has(rule.revision) && !changed.includes(rule)).map(({ id }) => id),
  )
  const other = against && together(foundOfChanged, onlyOf(found, shared))
  return {
    from,
    to,
    warmUpFrom,
    readings,
    candidate: reportOn(found, candidate.length, judged),
    against: other && against ? reportOn(other, against.length, judged) : null,
    changes: other ? cut(compareEpisodes(found.episodes, other.episodes, { to })) : null,
    labelsLeftOut: usable?.leftOut ?? null,
  }
}

function onlyOf(
  { episodes, transitions, ruleFaults }: ReplayOutcome,
  ids: ReadonlySet<string>,
): ReplayOutcome {
  return {
    episodes: episodes.filter(({ rule }) => ids.has(rule)),
    transitions: transitions.filter(({ rule }) => ids.has(rule.id)),
    ruleFaults,
  }
}

const together = (a: ReplayOutcome, b: ReplayOutcome): ReplayOutcome => ({
  episodes: [...a.episodes, ...b.episodes].sort((one, other) => one.onset - other.onset),
  transitions: [...a.transitions, ...b.transitions].sort((one, other) => one.decidedAt - other.decidedAt),
  ruleFaults: [...a.ruleFaults, ...b.ruleFaults],
})

function reportOn(
  { episodes, transitions, ruleFaults }: ReplayOutcome,
  rules: number,
  { from, to, labels, nearMs = 0, operators = 1 }: BacktestOptions,
): RuleSetReport {
  const minutesOf = ({ raisedAt, clearedAt }: Episode): number =>
    Math.max(0, Math.min(clearedAt ?? to, to) - Math.max(raisedAt, from)) / MINUTE_MS
  const sum = (some: readonly Episode[]): number => some.reduce((total, one) => total + minutesOf(one), 0)
  const offenders = [...Map.groupBy(episodes, ({ rule, device }) => JSON.stringify([rule, device]))].map(
    ([key, some]): Offender => {
      const [rule, device] = JSON.parse(key) as [string, string]
      return { rule, device, episodes: some.length, minutesInAlarm: sum(some) }
    },
  )
  return {
    rules,
    episodeCount: episodes.length,
    episodes: episodes.slice(0, MOST_LISTED),
    minutesInAlarm: sum(episodes),
    load: alarmLoad(transitions, { from, to, operators }),
    worst: offenders
      .sort((a, b) => b.episodes - a.episodes || b.minutesInAlarm - a.minutesInAlarm)
      .slice(0, WORST),
    score: labels ? scoreEpisodes(episodes, labels, { from, to, nearMs }) : null,
    ruleFaults,
  }
}

const cut = (comparison: Comparison): Comparison => ({
  ...comparison,
  gained: comparison.gained.slice(0, MOST_LISTED),
  lost: comparison.lost.slice(0, MOST_LISTED),
  split: comparison.split.slice(0, MOST_LISTED),
  merged: comparison.merged.slice(0, MOST_LISTED),
  moved: comparison.moved.slice(0, MOST_LISTED),
})
