const MAX_WINDOW = 8
const MAX_RECORDS = 2000
const MIN_RECORDS = 32
const QUICK_MS = 50
const SLOW_MS = 500

/**
 * How much is under way at a time: grows as long as acknowledgements come about as soon as the first on this connection
 * did, and halves when one is late or does not come. So a live reading does not wait behind a backlog, whether the link
 * carries a few kilobits or the cloud is busy, and a link with a long way is filled all the same.
 */
export class Pace {
  /** Batches in flight. */
  window = 2
  /** Records in a batch. */
  records = 500
  /** The quickest acknowledgement: what way and work take at least. */
  #leastMs = Number.POSITIVE_INFINITY

  /** A connection begins; it may be over another link than the last. */
  begin(): void {
    this.#leastMs = Number.POSITIVE_INFINITY
  }

  acknowledged(afterMs: number): void {
    this.#leastMs = Math.min(this.#leastMs, afterMs)
    const waitedMs = afterMs - this.#leastMs
    if (waitedMs > SLOW_MS) this.timedOut()
    if (waitedMs > QUICK_MS) return
    this.window = Math.min(MAX_WINDOW, this.window + 1)
    this.records = Math.min(MAX_RECORDS, this.records * 2)
  }

  /** No answer in time. */
  timedOut(): void {
    this.window = Math.max(1, this.window >> 1)
    this.records = Math.max(MIN_RECORDS, this.records >> 1)
  }
}
