import type { Level } from '../level.ts'
import type { Episode } from './episode-collector.ts'

/** An episode of both rule sets that is not the same in both. */
interface Moved {
  candidate: Episode
  against: Episode
  /** Raised so much later by the candidate; negative: earlier. */
  raisedLaterMs: number
  /** Ended so much later; null where one of them still runs and the other does not. */
  clearedLaterMs: number | null
  /** The highest level, where it differs. */
  level: { from: Level; to: Level } | null
}

/** What changes when one rule set takes the place of another. */
export interface Comparison {
  /** Episodes while which the other rule set had none. */
  gained: Episode[]
  lost: Episode[]
  /** Episodes of the candidate that are further parts of one of the other, and the other way round. */
  split: Episode[]
  merged: Episode[]
  moved: Moved[]
  /** How many are raised earlier, later, at another highest level: an episode may count in two. */
  earlier: number
  later: number
  levelChanged: number
  /** Raised and ended at the same times at the same levels. */
  unchanged: number
}

/**
 * Holds the episodes of two rule sets against each other. Episodes of the same rule and device that overlap in time are
 * the same one; where one overlaps several, it is the same as the first of them that is still free.
 *
 * @param to - the end of the span, where episodes that still run are cut
 */
export function compareEpisodes(
  candidate: readonly Episode[],
  against: readonly Episode[],
  { to }: { to: number },
): Comparison {
  const others = Map.groupBy(against, watcherOf)
  const comparison: Comparison = {
    gained: [],
    lost: [],
    split: [],
    merged: [],
    moved: [],
    earlier: 0,
    later: 0,
    levelChanged: 0,
    unchanged: 0,
  }
  const used = new Set<Episode>()
  const overlapped = new Set<Episode>()
  for (const episode of candidate) {
    const partners = (others.get(watcherOf(episode)) ?? []).filter(other => overlap(episode, other, to))
    for (const partner of partners) overlapped.add(partner)
    const partner = partners.find(other => !used.has(other))
    if (partner) {
      used.add(partner)
      note(comparison, movedOf(episode, partner))
    } else (partners.length > 0 ? comparison.split : comparison.gained).push(episode)
  }
  for (const episode of against) {
    if (!used.has(episode)) (overlapped.has(episode) ? comparison.merged : comparison.lost).push(episode)
  }
  return comparison
}

const watcherOf = ({ rule, device }: Episode): string => JSON.stringify([rule, device])

const overlap = (a: Episode, b: Episode, to: number): boolean =>
  a.onset <= (b.clearedAt ?? to) && b.onset <= (a.clearedAt ?? to)

function movedOf(candidate: Episode, against: Episode): Moved {
  const bothEnded = candidate.clearedAt !== null && against.clearedAt !== null
  const bothRun = candidate.clearedAt === null && against.clearedAt === null
  return {
    candidate,
    against,
    raisedLaterMs: candidate.raisedAt - against.raisedAt,
    clearedLaterMs: bothRun
      ? 0
      : bothEnded
        ? (candidate.clearedAt as number) - (against.clearedAt as number)
        : null,
    level: candidate.highest === against.highest ? null : { from: against.highest, to: candidate.highest },
  }
}

function note(comparison: Comparison, moved: Moved): void {
  const { raisedLaterMs, clearedLaterMs, level, candidate, against } = moved
  if (raisedLaterMs < 0) comparison.earlier++
  if (raisedLaterMs > 0) comparison.later++
  if (level) comparison.levelChanged++
  const same = raisedLaterMs === 0 && clearedLaterMs === 0 && sameSteps(candidate, against)
  if (same) comparison.unchanged++
  else comparison.moved.push(moved)
}

const sameSteps = (a: Episode, b: Episode): boolean =>
  a.steps.length === b.steps.length &&
  a.steps.every(({ at, level }, index) => at === b.steps[index]?.at && level === b.steps[index]?.level)
