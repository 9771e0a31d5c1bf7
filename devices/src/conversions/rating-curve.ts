import { finite } from './finite.ts'

/** Q = C (h - a)^b + Q0, valid between two stages. */
export interface RatingSegment {
  /** Stages between which the segment was gauged, m. */
  from: number
  to: number
  c: number
  /** Stage of zero flow, m. */
  a: number
  b: number
  /** m3/s. */
  q0: number
}

/**
 * Discharge from stage, m3/s from m (ISO 18320:2020). Outside the segment's range of validity it is unknown: a curve is
 * not to be drawn on beyond its gaugings.
 */
export function ratedFlow(stage: number, { from, to, c, a, b, q0 }: RatingSegment): number | undefined {
  return stage >= from && stage <= to ? finite(c * (stage - a) ** b + q0) : undefined
}
