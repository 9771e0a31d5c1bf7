/**
 * States of an alarm episode (ISA-18.2, IEC 62682): raised and not yet seen, seen, over but not seen, over and seen but
 * waiting for a reset, over. That an alarm is shelved, suppressed or out of service stands beside its state: see flag.ts.
 */
export type AlarmState = 'unacknowledged' | 'acknowledged' | 'returned-unacknowledged' | 'latched' | 'normal'

/**
 * Steps of an episode. `corrected`: readings that came late moved its onset. `stale`: it goes on, but no readings
 * come that could tell; `refreshed`: they come again. `announced` and `withheld` leave level and state: somebody was told
 * of what stands, or was still not told.
 */
export const TRANSITION_KINDS = [
  'raised',
  'escalated',
  'deescalated',
  'acknowledged',
  'reset',
  'cleared',
  'corrected',
  'stale',
  'refreshed',
  'announced',
  'withheld',
] as const
export type TransitionKind = (typeof TRANSITION_KINDS)[number]

/**
 * The state after a step.
 *
 * @param latch - the alarm stays, once over, until it was acknowledged and reset
 * @returns undefined where the step means nothing in that state, such as acknowledging twice
 */
export function nextAlarmState(
  state: AlarmState | undefined,
  kind: TransitionKind,
  latch: boolean,
): AlarmState | undefined {
  if (state === undefined) return kind === 'raised' ? 'unacknowledged' : undefined
  const active = isActive(state)
  const over = latch ? 'latched' : 'normal'
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
      return state === 'returned-unacknowledged' ? over : undefined
    case 'reset':
      return state === 'latched' ? 'normal' : undefined
    case 'cleared':
      if (state === 'unacknowledged') return 'returned-unacknowledged'
      return state === 'acknowledged' ? over : undefined
    case 'announced':
    case 'withheld':
      return state
  }
}

/** True while the alarm's condition holds. */
export const isActive = (state: AlarmState): boolean => state === 'unacknowledged' || state === 'acknowledged'
