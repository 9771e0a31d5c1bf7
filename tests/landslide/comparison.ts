import type { Episode } from './play.ts'
import type { Day } from './record.ts'

/** How a landslide day lies to the episodes: `in` one, within some hours of one (`near`), or neither. */
type Verdict = 'in' | 'near' | 'missed'

interface DayVerdict {
  day: Day
  verdict: Verdict
}

export interface Comparison {
  /** In the order of the days. */
  days: DayVerdict[]
  /** In the order of the episodes, each with the days that lie in it or near it; none makes a false alarm. */
  episodes: { episode: Episode; days: DayVerdict[] }[]
}

/**
 * Holds episodes against landslide days.
 *
 * @param nearMs - a day outside of an episode counts when at most so much time lies between the two
 */
export function compare(episodes: readonly Episode[], days: readonly Day[], nearMs: number): Comparison {
  return {
    days: days.map(day => ({ day, verdict: best(episodes.map(episode => verdictOn(day, episode, nearMs))) })),
    episodes: episodes.map(episode => ({
      episode,
      days: days
        .map(day => ({ day, verdict: verdictOn(day, episode, nearMs) }))
        .filter(({ verdict }) => verdict !== 'missed'),
    })),
  }
}

// An episode lasts up to but not including its end; one that has none lasts for ever.
function verdictOn(day: Day, { begin, end }: Pick<Episode, 'begin' | 'end'>, nearMs: number): Verdict {
  const ended = end ?? Number.POSITIVE_INFINITY
  if (begin < day.end && day.begin < ended) return 'in'
  return Math.max(begin - day.end, day.begin - ended) <= nearMs ? 'near' : 'missed'
}

const best = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('in') ? 'in' : verdicts.includes('near') ? 'near' : 'missed'
