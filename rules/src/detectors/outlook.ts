import type { Samples } from './detector.ts'
import type { Window } from './window.ts'

/** Between which numbers a value has to stay, these excluded. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

/** Between which numbers further samples have to lie, these excluded. */
export interface Range {
  readonly above: number
  readonly below: number
}

/** As long as all of this holds, a value stays between the bounds for which it was asked. */
export interface Outlook extends Range {
  /** It is asked for at event times before this. */
  readonly until: number
  /** The series still has its samples from this ordinal on. */
  readonly from: number
  /** Its next sample has this ordinal at most. */
  readonly to: number
}

/** What may become of a window: of its samples the oldest leave, `steps` at most, and as many come, before `end`. */
export interface Change {
  readonly samples: Samples
  readonly tail: number
  readonly head: number
  readonly steps: number
  /** Event time, as the samples have it, before which those lie that come. */
  readonly end: number
}

const MOST_STEPS = 32

/** What a subtraction loses, in parts of its numbers: more than a thousand times that. */
export const LOST_BY_DIFFERENCE = 2 ** -40
/** The difference of larger numbers could overflow. */
export const MOST_IN_DIFFERENCE = 1e300

/**
 * The outlook of a window, looked for over as many steps as a quarter of it, then over fewer: the more samples change, the
 * nearer to one another further ones have to lie.
 *
 * @param rangeOf - where the samples that come have to lie for the value to stay, whatever part of a change has happened
 */
export function outlookOver(
  window: Window,
  samples: Samples,
  rangeOf: (change: Change) => Range | undefined,
): Outlook | undefined {
  const { tail, head } = window
  for (let steps = Math.min(MOST_STEPS, (head - tail) >> 2); steps >= 2; steps >>= 2) {
    if (!window.isSpannedFrom(samples, tail + steps)) continue
    const until = window.leavesAt(samples, tail + steps)
    const range = rangeOf({ samples, tail, head, steps, end: until - window.lagMs })
    if (range && isWithin(range, samples.value(samples.next - 1)))
      return outlookUntil(window, samples, { ...range, until, to: head + steps })
  }
  return undefined
}

/** The outlook of a window whose further samples lie in a range; those that wait for the lag count among them. */
export function outlookUntil(
  window: Window,
  samples: Samples,
  { above, below, until, to = Number.POSITIVE_INFINITY }: Range & { until: number; to?: number },
): Outlook {
  const from = window.tail
  for (let at = window.head; at < samples.next; at++) {
    if (at < to && at < window.head + MOST_STEPS && isWithin({ above, below }, samples.value(at))) continue
    // It ends when that one comes; whatever is measured from now on comes later.
    const comesAt = samples.time(at) + window.lagMs
    return { ...ANY, until: Math.min(until, comesAt), from, to: Number.POSITIVE_INFINITY }
  }
  return { above, below, until, from, to }
}

const ANY = { above: Number.NEGATIVE_INFINITY, below: Number.POSITIVE_INFINITY }

const isWithin = ({ above, below }: Range, v: number): boolean => v > above && v < below

/**
 * Where samples that come have to lie for a sum of distances from `centre` to rise by less than `rise` and to fall by less
 * than `fall`, whichever of the oldest leave.
 */
export function rangeOfSum(
  { samples, tail, steps }: Change,
  { centre, rise, fall }: { centre: number; rise: number; fall: number },
): Range | undefined {
  let risen = 0
  let fallen = 0
  for (let at = tail; at < tail + steps; at++) {
    const distance = samples.value(at) - centre
    if (distance < 0) risen -= distance
    else fallen += distance
  }
  if (!(risen < rise && fallen < fall)) return undefined
  return { above: centre - (fall - fallen) / steps, below: centre + (rise - risen) / steps }
}

/** The part of a range that is no further than this from `centre`. */
export const rangeNear = (range: Range | undefined, centre: number, distance: number): Range | undefined =>
  range && {
    above: Math.max(range.above, centre - distance),
    below: Math.min(range.below, centre + distance),
  }
