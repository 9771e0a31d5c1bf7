import { Quality } from '@picket/devices'
import { beyond, type Limits } from './limits.ts'
import type { Sample } from './sample.ts'

/** Limits of the rate of change test, in the quantity's unit per `perMs`. */
export interface RateOfChangeTest extends Limits {
  perMs: number
  reference: boolean
}

/**
 * QARTOD rate of change test, from the reading before. Without one, and between two readings of the same time, it is
 * not evaluated; the reference passes the first and fails at an infinite rate.
 */
export function rateOfChange(before: Sample | undefined, { t, v }: Sample, test: RateOfChangeTest): Quality {
  if (!before) return test.reference ? Quality.PASS : Quality.NOT_EVALUATED
  const elapsedMs = t - before.t
  const change = Math.abs(v - before.v)
  if (Number.isNaN(change) || (elapsedMs === 0 && !test.reference)) return Quality.NOT_EVALUATED
  return beyond((change * test.perMs) / elapsedMs, test)
}
