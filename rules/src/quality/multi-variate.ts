import { Quality } from '@picket/devices'
import type { Sample } from './sample.ts'

/** Limits of the multi-variate test: changes per `perMs`, each in its quantity's unit. */
export interface MultiVariateTest {
  other: string
  change: number
  otherChange: number
  perMs: number
}

/** The two newest samples of a series, the older first. */
export type Step = readonly [Sample, Sample]

/**
 * QARTOD multi-variate test: a quantity that changes while another that goes with it does not is suspect. Not
 * evaluated where either has no two readings that belong together.
 */
export function multiVariate(
  own: Step | undefined,
  other: Step | undefined,
  test: MultiVariateTest,
): Quality {
  if (!own || !other) return Quality.NOT_EVALUATED
  const changed = changeOf(own, test.perMs)
  const otherChanged = changeOf(other, test.perMs)
  if (Number.isNaN(changed + otherChanged)) return Quality.NOT_EVALUATED
  return changed > test.change && otherChanged < test.otherChange ? Quality.SUSPECT : Quality.PASS
}

const changeOf = ([from, to]: Step, perMs: number): number =>
  (Math.abs(to.v - from.v) * perMs) / (to.t - from.t)
