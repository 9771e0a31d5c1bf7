import { Quality } from '@picket/devices'
import type { Sample } from './sample.ts'

/** Limit of the neighbour test, in the quantity's unit. */
export interface NeighbourTest {
  suspect: number
  withinMs: number
}

/**
 * QARTOD neighbour test: a reading far from the median of what the devices near it say is suspect. Not evaluated where
 * none of them has said anything near it in time.
 *
 * @param neighbours - the newest sample of each device near it
 */
export function neighbour({ t, v }: Sample, neighbours: readonly Sample[], test: NeighbourTest): Quality {
  const near = neighbours
    .filter(one => Math.abs(one.t - t) <= test.withinMs && !Number.isNaN(one.v))
    .map(one => one.v)
    .sort((a, b) => a - b)
  if (near.length === 0) return Quality.NOT_EVALUATED
  const middle = near.length >> 1
  const high = near[middle] as number
  const median = near.length % 2 === 1 ? high : (high + (near[middle - 1] as number)) / 2
  return Math.abs(v - median) > test.suspect ? Quality.SUSPECT : Quality.PASS
}
