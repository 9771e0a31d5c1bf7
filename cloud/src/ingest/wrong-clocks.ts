import {
  CLOCK_TOLERANCE_MS,
  EARLIEST_TIME,
  isOfGatewayClock,
  isPlausibleTime,
  Mark,
  MOST_CLOCK_UNCERTAINTY_MS,
  type Reading,
} from '@picket/devices'
import type { Transition } from '@picket/rules'
import type { ClockCorrection } from '../stores/ports.ts'
import { FUTURE } from './admission.ts'

/** Why a reading waits in quarantine for its time. */
export const CLOCK_SUSPECT = 'clock-suspect: its time is not known yet'
/** Reasons that a word about the gateway's clock may settle. */
export const WAITS_FOR_CLOCK: readonly string[] = [CLOCK_SUSPECT, FUTURE]

/** What a gateway told of the clock by which it stamped a number, if anything. */
export const correctionOf = <C extends Pick<ClockCorrection, 'first' | 'last'>>(
  corrections: readonly C[],
  seq: number,
): C | undefined => corrections.find(({ first, last }) => seq >= first && seq <= last)

/**
 * A reading with the time that is right, as far as that is known.
 *
 * @returns undefined where it has to wait for its time
 */
export function putRight(
  reading: Reading,
  gatewayNames: readonly string[],
  correction: Pick<ClockCorrection, 'offsetMs' | 'uncertaintyMs'> | undefined,
): Reading | undefined {
  if (!isOfGatewayClock(reading, gatewayNames)) return reading
  const { t, q } = reading
  if (!correction) return (q & Mark.CLOCK_SUSPECT) !== 0 || t < EARLIEST_TIME ? undefined : reading
  if (correction.uncertaintyMs > MOST_CLOCK_UNCERTAINTY_MS) return undefined
  const right = t + correction.offsetMs
  // A word that leads to no time of any sensor says nothing.
  if (!isPlausibleTime(right)) return undefined
  const wasRight = Math.abs(correction.offsetMs) <= CLOCK_TOLERANCE_MS
  const marked = wasRight ? q & ~Mark.CLOCK_SUSPECT : q | Mark.CLOCK_SUSPECT
  return { ...reading, t: right, q: marked }
}

/** A step of an alarm with its times put right: an alarm waits for nothing, so the latest that is possible counts. */
export function stepPutRight(step: Transition, correction: ClockCorrection | undefined): Transition {
  if (!correction) return step
  const { offsetMs, uncertaintyMs, stampedFromMs } = correction
  const shiftMs = offsetMs + (uncertaintyMs > MOST_CLOCK_UNCERTAINTY_MS ? uncertaintyMs : 0)
  // What the step remembers of before the clock was wrong in this way was right, or has another note.
  const right = (t: number): number => (t >= stampedFromMs && t <= step.decidedAt ? t + shiftMs : t)
  const rightOrNull = (t: number | null): number | null => (t === null ? null : right(t))
  const { trace } = step
  return {
    ...step,
    at: right(step.at),
    onset: right(step.onset),
    decidedAt: right(step.decidedAt),
    trace: {
      ...trace,
      lastSample: rightOrNull(trace.lastSample),
      conditions: trace.conditions.map(condition => ({
        ...condition,
        since: rightOrNull(condition.since),
        clearingSince: rightOrNull(condition.clearingSince),
      })),
      ...(trace.history && { history: trace.history.map(one => ({ ...one, at: right(one.at) })) }),
    },
  }
}
