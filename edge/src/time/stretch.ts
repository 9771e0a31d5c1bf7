import { CLOCK_TOLERANCE_MS, type ClockNote } from '@picket/devices'
import { type Static, Type } from 'typebox'

/** Consecutive records of one epoch that were stamped while the clock was not known to be right. */
export const Stretch = Type.Object({
  epoch: Type.String(),
  first: Type.Number(),
  /** Null while it goes on, or where its epoch ended with it. */
  last: Type.Union([Type.Null(), Type.Number()]),
  /** The start of the machine. */
  boot: Type.String(),
  /** What the clock was ahead of the time since that start. */
  baseMs: Type.Number(),
  /** What the clock said at its begin. */
  fromMs: Type.Number(),
  /** The newest time that was known then. */
  afterMs: Type.Number(),
  /** Its readings bear the mark. */
  isSuspect: Type.Boolean(),
  /** What was noted of it, and where the note stands in the outbox. */
  told: Type.Optional(
    Type.Object({
      epoch: Type.String(),
      seq: Type.Number(),
      offsetMs: Type.Number(),
      uncertaintyMs: Type.Number(),
    }),
  ),
})
export type Stretch = Static<typeof Stretch>

/** What is known when the time is. */
export interface Known {
  boot: string
  /** What the time is ahead of the time since the present start of the machine. */
  baseMs: number
  /** Time since that start. */
  runningMs: number
  /** How far `baseMs` may be off. */
  uncertaintyMs: number
  /** The clock was right when the machine was started: it goes on while the machine is off. */
  keepsTime: boolean
}

/**
 * By how much a stretch was wrong.
 *
 * @param last - its last number
 * @returns undefined where it was right and nobody has to be told
 */
export function noteOf(stretch: Stretch, last: number, known: Known): ClockNote | undefined {
  const { epoch, first, boot, baseMs, fromMs, isSuspect } = stretch
  const isOfThisStart = boot === known.boot
  const offsetMs = isOfThisStart ? Math.round(known.baseMs - baseMs) : 0
  const isRight = isOfThisStart ? Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS : known.keepsTime
  if (last < first || (isRight && !isSuspect)) return undefined
  const about = { type: 'clock' as const, epoch, first, last, boot, stampedFromMs: Math.floor(fromMs) }
  const monotonicMs = Math.floor(known.runningMs)
  if (isOfThisStart) return { ...about, offsetMs, uncertaintyMs: Math.ceil(known.uncertaintyMs), monotonicMs }
  // For how long the machine was off nobody knows: the stretch lies after what was known, and before this start.
  const most = known.baseMs - fromMs
  const least = Math.min(most, stretch.afterMs - fromMs)
  const half = (most - least) / 2
  return { ...about, offsetMs: Math.round(least + half), uncertaintyMs: Math.ceil(half), monotonicMs }
}
