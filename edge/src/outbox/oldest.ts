import { Lane, type RangeSet } from '@picket/devices'
import type { Epoch } from './epoch.ts'
import type { Place } from './place.ts'
import type { Run } from './runs.ts'

/** A run with the epoch that its numbers belong to. */
export interface RunOfEpoch {
  epoch: Epoch
  run: Run
}

/**
 * The oldest run of a lane of which some records wait for the cloud.
 *
 * @param gone - what the transaction has deleted already
 */
export function oldestWaiting(
  { runs, epochs }: Pick<Place, 'runs' | 'epochs'>,
  lane: typeof Lane.LIVE | typeof Lane.BACKLOG,
  gone: ReadonlyMap<Epoch, RangeSet> = new Map(),
): RunOfEpoch | undefined {
  for (const epoch of epochs) {
    const out = [epoch.settled, gone.get(epoch), ...(lane === Lane.LIVE ? [epoch.alarms, epoch.thinned] : [])]
    for (const [first, last] of (lane === Lane.LIVE ? epoch.held : epoch.thinned).ranges) {
      const seq = outside(out, first)
      const run = seq <= last ? runs.holding(epoch.id, seq) : undefined
      if (run) return { epoch, run }
    }
  }
  return undefined
}

// The lowest number from `seq` on that is in none of the sets.
function outside(sets: readonly (RangeSet | undefined)[], seq: number): number {
  for (let next = seq; ; ) {
    const before = next
    for (const set of sets) next = set?.nextMissing(next) ?? next
    if (next === before) return next
  }
}
