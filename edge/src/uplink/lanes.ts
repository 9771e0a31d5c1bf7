import { Lane, RangeSet } from '@picket/devices'
import type { Position } from '../outbox/books.ts'
import type { Epoch } from '../outbox/epoch.ts'
import type { Outbox } from '../outbox/outbox.ts'

/** Numbers of one epoch to be sent together. */
export interface Cut {
  epoch: Epoch
  lane: Lane
  first: number
  last: number
}

/** So many of the newest records that waited for the link are live: with them the present is known at once. */
const FRESH_RECORDS = 400

/**
 * What of the outbox has still to be sent in one conversation. Alarms go before all else. The newest records and what is
 * committed after the begin are live and go next; what waited before is backlog, and gets every second batch while live
 * records wait.
 */
export class Lanes {
  readonly #outbox: Outbox
  readonly #liveFrom: number
  /** Settled at the begin, or sent since. */
  readonly #claimed = new Map<Epoch, RangeSet>()
  readonly #epochs: readonly Epoch[]
  readonly #backlog: Epoch[]
  readonly #first: readonly Position[]
  #backlogTurn = false

  /** @param first - records of the alarm lane without which others cannot be understood */
  constructor(outbox: Outbox, first: readonly Position[] = []) {
    const { current } = outbox
    this.#outbox = outbox
    this.#first = first
    this.#liveFrom = Math.max(0, current.next - FRESH_RECORDS)
    this.#backlog = outbox.epochs.filter(epoch => epoch === current || epoch.firstPending !== undefined)
    this.#epochs = [...this.#backlog]
    for (const epoch of this.#epochs) this.#claimed.set(epoch, new RangeSet(epoch.settled.ranges))
  }

  /** Live records that have not been sent. */
  get liveWaiting(): number {
    const { current } = this.#outbox
    const first = this.#nextLive(1)?.first
    return first === undefined ? 0 : current.next - first
  }

  get backlogWaiting(): boolean {
    return this.#nextBacklog(1) !== undefined
  }

  /** Records of the alarm lane that have not been sent, the oldest first; they are not marked as sent. */
  nextAlarms(most: number): Cut | undefined {
    for (const { epoch: name, seq } of this.#first) {
      const epoch = this.#epochs.find(one => one.epoch === name)
      const range = epoch && this.#unsent(epoch, { of: epoch.alarms, from: seq, end: seq + 1 })
      if (epoch && range) return cut(epoch, Lane.ALARMS, range, most)
    }
    for (const epoch of this.#epochs) {
      const range = this.#unsent(epoch, { of: epoch.alarms })
      if (range) return cut(epoch, Lane.ALARMS, range, most)
    }
    return undefined
  }

  /**
   * The next numbers to send beside alarms; they are not marked as sent.
   *
   * @param most - records in a batch
   * @param may - whether a lane may send now
   */
  next(most: number, may: (lane: Lane) => boolean): Cut | undefined {
    const live = may(Lane.LIVE) ? this.#nextLive(most) : undefined
    const isTurn = may(Lane.BACKLOG) && (!live || this.#backlogTurn)
    const backlog = isTurn ? this.#nextBacklog(most) : undefined
    this.#backlogTurn = live !== undefined && backlog === undefined
    return backlog ?? live
  }

  sent({ epoch, first, last }: Cut): void {
    this.#claimed.get(epoch)?.add(first, last)
  }

  #nextLive(most: number): Cut | undefined {
    const { current } = this.#outbox
    const without = [current.alarms, current.thinned]
    const range = this.#unsent(current, { of: current.held, from: this.#liveFrom, without })
    return range && cut(current, Lane.LIVE, range, most)
  }

  #nextBacklog(most: number): Cut | undefined {
    const { current } = this.#outbox
    for (let epoch = this.#backlog[0]; epoch; epoch = this.#backlog[0]) {
      const end = epoch === current ? this.#liveFrom : epoch.next
      const range =
        this.#unsent(epoch, { of: epoch.held, end, without: [epoch.alarms] }) ??
        // What was thinned since the begin has new numbers.
        this.#unsent(epoch, { of: epoch.thinned, from: end })
      if (range) return cut(epoch, Lane.BACKLOG, range, most)
      if (epoch === current) return undefined
      this.#backlog.shift()
    }
    return undefined
  }

  // The first numbers in a row of a set that are neither settled nor sent, nor in one of the others.
  #unsent(
    epoch: Epoch,
    {
      of,
      from = 0,
      end = epoch.next,
      without = [],
    }: { of: RangeSet; from?: number; end?: number; without?: readonly RangeSet[] },
  ): { first: number; last: number } | undefined {
    const sets = [this.#claimed.get(epoch) as RangeSet, ...without]
    for (let seq = from; ; ) {
      const before = seq
      for (const set of sets) seq = set.nextMissing(seq)
      const next = of.next(seq)
      if (next === undefined || next >= end) return undefined
      if (next === before) {
        const ends = [end, of.nextMissing(seq), ...sets.map(set => set.next(seq) ?? end)]
        return { first: seq, last: Math.min(...ends) - 1 }
      }
      seq = next
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
