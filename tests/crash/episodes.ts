import type { Told } from './account.ts'
import type { Episode } from './flood.ts'

type Span = Pick<Episode, 'device' | 'onset' | 'clearedAt'>

/** How what was told compares with what happened. */
export interface EpisodeFaults {
  /** Happened, and no alarm tells of any part of it. */
  lost: Span[]
  /** Happened, and more than one alarm tells of it. */
  twice: Span[]
  /** Told, and nothing of the kind happened. */
  unfounded: Span[]
  /**
   * Happened and told as running, or the other way round, or at another level: what an operator sees now must be
   * right.
   */
  wrongNow: Span[]
}

const spanOf = ({ alarm }: Told): Span & { level: string } => alarm

const overlap = (a: Span, b: Span): boolean =>
  a.device === b.device &&
  a.onset <= (b.clearedAt ?? Number.POSITIVE_INFINITY) &&
  b.onset <= (a.clearedAt ?? Number.POSITIVE_INFINITY)

/**
 * Holds alarms against the episodes that happened. Begin and end may differ: live records go before the backlog
 * of an outage, so an alarm may be told before it is known how long the condition had held, and what was told is
 * not rewritten.
 */
export function episodeFaults(happened: readonly Episode[], told: readonly Told[]): EpisodeFaults {
  const spans = told.map(spanOf)
  const tellingOf = (one: Span) => spans.filter(other => overlap(one, other))
  const runningNow = (list: readonly (Span & { level: string })[]): string[] =>
    list
      .filter(({ clearedAt }) => clearedAt === null)
      .map(({ device, level }) => `${device} ${level}`)
      .sort()
  const [really, seen] = [runningNow(happened), runningNow(spans)]
  return {
    lost: happened.filter(one => tellingOf(one).length === 0),
    twice: happened.filter(one => tellingOf(one).length > 1),
    unfounded: spans.filter(one => !happened.some(other => overlap(one, other))),
    wrongNow:
      really.join() === seen.join() ? [] : [...happened, ...spans].filter(one => one.clearedAt === null),
  }
}

/**
 * How many alarms tell of several episodes as one: the condition held before and after a time that only the backlog
 * could tell of, and by then the alarm was known to be running.
 */
export const mergedCount = (happened: readonly Episode[], told: readonly Told[]): number =>
  told.map(spanOf).filter(one => happened.filter(other => overlap(one, other)).length > 1).length

/** How many episodes were told with exactly the begin and the end that they had. */
export function exactlyTold(happened: readonly Episode[], told: readonly Told[]): number {
  const name = ({ device, onset, clearedAt }: Span): string => `${device} ${onset} ${clearedAt}`
  const names = new Set(told.map(one => name(spanOf(one))))
  return happened.filter(one => names.has(name(one))).length
}
