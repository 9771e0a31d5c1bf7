import { Lane, RangeSet, type SeqRange } from '@picket/devices'

/** What the outbox knows of one epoch: which numbers it holds, and which of them the cloud has settled. */
export class Epoch {
  /** Key in the database; rises with age. */
  readonly id: number
  readonly epoch: string
  /** The number that the next record gets. */
  next = 0
  /** Numbers whose records are in the database. */
  held = new RangeSet()
  /** Of these, the records of the alarm lane. */
  alarms = new RangeSet()
  /** Of these, what thinning left of older records. */
  thinned = new RangeSet()
  /** Numbers that the cloud said need not be sent. */
  settled = new RangeSet()
  /** Numbers no longer held and not settled, for which a gap note was appended. */
  announced = new RangeSet()
  /** True when `settled` has changed since it was last written. */
  dirty = false
  /** True once the database has a row for it. */
  stored = false

  constructor(id: number, epoch: string) {
    this.id = id
    this.epoch = epoch
  }

  /** Numbers that were just committed. */
  hold(first: number, last: number, lane: Lane): void {
    this.held.add(first, last)
    if (lane === Lane.ALARMS) this.alarms.add(first, last)
    if (lane === Lane.BACKLOG) this.thinned.add(first, last)
    this.next = Math.max(this.next, last + 1)
  }

  /** Numbers whose records were deleted. */
  release(first: number, last: number): void {
    for (const set of [this.held, this.alarms, this.thinned]) set.remove(first, last)
  }

  /** The lowest number that is still held, or was dropped without the cloud having been told; or `next`. */
  get low(): number {
    return Math.min(this.held.next(0) ?? this.next, this.settled.nextMissing(0), this.next)
  }

  /** The lowest number that is held and not settled. */
  get firstPending(): number | undefined {
    for (const [first, last] of this.held.ranges) {
      const pending = this.settled.nextMissing(first)
      if (pending <= last) return pending
    }
    return undefined
  }

  /** How many records wait for the cloud. */
  get pending(): number {
    let count = 0
    for (const [first, last] of this.held.ranges)
      for (const range of this.settled.missing(first, last)) count += range[1] - range[0] + 1
    return count
  }

  /** The parts of the tail, settled and still held, in ascending order. */
  *tail(): Generator<SeqRange> {
    for (const [first, last] of this.held.ranges)
      for (const range of this.settled.within(first, last))
        yield [Math.max(range[0], first), Math.min(range[1], last)]
  }

  /** Takes the cloud's word for what it has; numbers it has that were never minted here are ignored. */
  settle(ranges: readonly SeqRange[]): void {
    for (const [first, last] of ranges) {
      if (first >= this.next || first > last) continue
      this.settled.add(first, Math.min(last, this.next - 1))
      this.dirty = true
    }
  }
}
