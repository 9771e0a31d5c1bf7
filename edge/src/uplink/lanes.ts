import { Lane, RangeSet } from '@picket/devices'
import type { Epoch } from '../outbox/epoch.ts'
import type { Outbox } from '../outbox/outbox.ts'

/** Numbers of one epoch to be sent together. */
export interface Cut {
  epoch: Epoch
  lane: Lane
  first: number
  last: number
}

/**
 * What of the outbox has still to be sent in one conversation. What was committed after its begin is live and
 * goes first; what waited before is backlog, and gets every second batch while live records wait.
 */
export class Lanes {
  readonly #outbox: Outbox
  readonly #liveFrom: number
  /** Settled at the begin, or sent since. */
  readonly #claimed = new Map<Epoch, RangeSet>()
  readonly #backlog: Epoch[]
  #backlogTurn = false

  constructor(outbox: Outbox) {
    this.#outbox = outbox
    this.#liveFrom = outbox.current.next
    this.#backlog = outbox.epochs.filter(epoch => epoch.firstPending !== undefined)
    for (const epoch of [...this.#backlog, outbox.current])
      this.#claimed.set(epoch, new RangeSet(epoch.settled.ranges))
  }

  /** Live records that have not been sent. */
  get liveWaiting(): number {
    const { current } = this.#outbox
    const first = this.#unsent(current, this.#liveFrom, current.next)?.first
    return first === undefined ? 0 : current.next - first
  }

  get backlogWaiting(): boolean {
    return this.#nextBacklog(1) !== undefined
  }

  /**
   * The next numbers to send; they are not marked as sent.
   *
   * @param most - records in a batch
   * @param liveDue - whether live records that do not fill a batch go too
   */
  next(most: number, liveDue: boolean): Cut | undefined {
    const live = liveDue || this.liveWaiting >= most ? this.#nextLive(most) : undefined
    const backlog = live && !this.#backlogTurn ? undefined : this.#nextBacklog(most)
    this.#backlogTurn = live !== undefined && backlog === undefined
    return backlog ?? live
  }

  sent({ epoch, first, last }: Cut): void {
    this.#claimed.get(epoch)?.add(first, last)
  }

  #nextLive(most: number): Cut | undefined {
    const { current } = this.#outbox
    const range = this.#unsent(current, this.#liveFrom, current.next)
    return range && cut(current, Lane.LIVE, range, most)
  }

  #nextBacklog(most: number): Cut | undefined {
    for (let epoch = this.#backlog[0]; epoch; epoch = this.#backlog[0]) {
      const end = epoch === this.#outbox.current ? this.#liveFrom : epoch.next
      const range = this.#unsent(epoch, 0, end)
      if (range) return cut(epoch, Lane.BACKLOG, range, most)
      this.#backlog.shift()
    }
    return undefined
  }

  // The first run from `from` to before `end` that is held and neither settled nor sent.
  #unsent(epoch: Epoch, from: number, end: number): { first: number; last: number } | undefined {
    const claimed = this.#claimed.get(epoch) as RangeSet
    for (let seq = from; ; ) {
      seq = claimed.nextMissing(seq)
      const held = epoch.held.next(seq)
      if (held === undefined || held >= end) return undefined
      if (held === seq) {
        const last = Math.min((claimed.next(seq) ?? end) - 1, epoch.held.nextMissing(seq) - 1, end - 1)
        return { first: seq, last }
      }
      seq = held
    }
  }
}

const cut = (
  epoch: Epoch,
  lane: Lane,
  { first, last }: { first: number; last: number },
  most: number,
): Cut => ({
  epoch,
  lane,
  first,
  last: Math.min(last, first + most - 1),
})
