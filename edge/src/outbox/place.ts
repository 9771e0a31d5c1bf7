import type { CustodyRecord, RangeSet } from '@picket/devices'
import type { Position } from './books.ts'
import type { Epoch } from './epoch.ts'
import type { Runs } from './runs.ts'

/** What pruning and dropping work on, inside one transaction. */
export interface Place {
  runs: Runs
  /** As they were before the transaction, in order of age. */
  epochs: readonly Epoch[]
  /** ms UTC. */
  now: number
  /** False while `now` may be anything: nothing is old by it. */
  isTimeKnown: boolean
  /** Above this, what is no alarm is thinned and dropped. */
  maxBytes: number
  /** A record of before as the clock of now would have stamped it; undefined where that is not known. */
  restamp(record: CustodyRecord, at: Position): CustodyRecord | undefined
  tailMs: number
  tailMaxBytes: number
  /** The number that the next record of the present epoch gets. */
  next: number
  /** What an epoch's `announced` will be, where the transaction changes it. */
  announced: Map<Epoch, RangeSet>
  /** Changes of memory, to be made once the transaction has been committed. */
  afterCommit: (() => void)[]
}
