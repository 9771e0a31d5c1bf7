const MAX_WINDOW = 8
const MAX_RECORDS = 2000
const MIN_RECORDS = 32
const QUICK_MS = 300
const SLOW_MS = 700

/**
 * How much is under way at a time: grows with each quick acknowledgement, and halves when one is slow or does not come,
 * so that on a link of a few kilobits a live reading does not wait for a second behind the backlog.
 */
export class Pace {
  /** Batches in flight. */
  window = 2
  /** Records in a batch. */
  records = 500

  acknowledged(afterMs: number): void {
    if (afterMs > SLOW_MS) this.timedOut()
    if (afterMs > QUICK_MS) return
    this.window = Math.min(MAX_WINDOW, this.window + 1)
    this.records = Math.min(MAX_RECORDS, this.records * 2)
  }

  /** No answer in time. */
  timedOut(): void {
    this.window = Math.max(1, this.window >> 1)
    this.records = Math.max(MIN_RECORDS, this.records >> 1)
  }
}
