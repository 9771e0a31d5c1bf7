import { Quality } from '@picket/devices'
import { beyond, type Limits } from './limits.ts'
import type { Sample } from './sample.ts'

/** Limits of the spike test, in the quantity's unit. */
export interface SpikeTest extends Limits {
  reference: boolean
}

/**
 * QARTOD spike test of a reading between its neighbours.
 *
 * The height is the smaller of the steps to both neighbours, where the reading lies above or below both, otherwise 0:
 * so the neighbours of a spike, and a step, are none. The reference takes the distance from the neighbours' mean,
 * |x - (before + after) / 2|, which is as large for the neighbours of a spike at half of its height.
 */
export function spike(before: Sample, { v }: Sample, after: Sample, test: SpikeTest): Quality {
  const rise = v - before.v
  const fall = v - after.v
  if (Number.isNaN(rise + fall)) return Quality.NOT_EVALUATED
  const height = test.reference
    ? Math.abs(v - (before.v + after.v) / 2)
    : rise * fall > 0
      ? Math.min(Math.abs(rise), Math.abs(fall))
      : 0
  return beyond(height, test)
}
