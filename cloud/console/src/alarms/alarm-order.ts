import type { Alarm, Level } from '../api/shapes.ts'

/** The gravest first, as lists and counts show them. */
export const LEVELS_DOWN: readonly Level[] = ['red', 'orange', 'yellow', 'blue']

const rank = (level: Level): number => LEVELS_DOWN.indexOf(level)

/** Active alarms: the gravest level first and, within it, the newest onset first, since that is the news. */
export const byLevelThenAge = (alarms: readonly Alarm[]): Alarm[] =>
  [...alarms].sort((a, b) => rank(a.level) - rank(b.level) || b.onset - a.onset || (a.id < b.id ? -1 : 1))

/** Episodes of the past: the one that ended last comes first. */
export const byEnd = (alarms: readonly Alarm[]): Alarm[] =>
  [...alarms].sort((a, b) => (b.clearedAt ?? b.onset) - (a.clearedAt ?? a.onset) || (a.id < b.id ? -1 : 1))

/** How many alarms of each level there are. */
export function countByLevel(alarms: readonly Alarm[]): Record<Level, number> {
  const counts: Record<Level, number> = { red: 0, orange: 0, yellow: 0, blue: 0 }
  for (const { level } of alarms) counts[level]++
  return counts
}

/**
 * Alarms that want to be called out: not acknowledged and, at this level, not called out before.
 *
 * @param known - id to level of what was there before
 */
export function newsAmong(alarms: readonly Alarm[], known: ReadonlyMap<string, Level>): Alarm[] {
  return alarms.filter(({ id, level, state }) => {
    const before = known.get(id)
    return state === 'unacknowledged' && (before === undefined || rank(level) < rank(before))
  })
}
