/**
 * States of an alarm episode (ISA-18.2, IEC 62682): raised and not yet seen, seen, over but not seen, over
 * and seen.
 */
export type AlarmState = 'unacknowledged' | 'acknowledged' | 'returned-unacknowledged' | 'normal'

/**
 * Steps of an episode. `corrected`: readings that came late moved its onset. `stale`: it goes on, but no readings
 * come that could tell; `refreshed`: they come again.
 */
export const TRANSITION_KINDS = [
  'raised',
  'escalated',
  'deescalated',
  'acknowledged',
  'cleared',
  'corrected',
  'stale',
  'refreshed',
] as const
export type TransitionKind = (typeof TRANSITION_KINDS)[number]

/**
 * The state after a step.
 *
 * @returns undefined where the step means nothing in that state, such as acknowledging twice
 */
export function nextAlarmState(state: AlarmState | undefined, kind: TransitionKind): AlarmState | undefined {
  if (state === undefined) return kind === 'raised' ? 'unacknowledged' : undefined
  const active = state === 'unacknowledged' || state === 'acknowledged'
  switch (kind) {
    case 'raised':
      return undefined
    case 'escalated':
      // A worse level is news: it wants to be seen again.
      return active ? 'unacknowledged' : undefined
    case 'deescalated':
    case 'corrected':
    case 'stale':
    case 'refreshed':
      return active ? state : undefined
    case 'acknowledged':
      if (state === 'unacknowledged') return 'acknowledged'
      return state === 'returned-unacknowledged' ? 'normal' : undefined
    case 'cleared':
      if (state === 'unacknowledged') return 'returned-unacknowledged'
      return state === 'acknowledged' ? 'normal' : undefined
  }
}
