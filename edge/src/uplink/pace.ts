const MAX_WINDOW = 8
const MAX_RECORDS = 2000
const MIN_RECORDS = 32
const QUICK_MS = 2000

/**
 * How much is under way at a time: grows with each quick acknowledgement, and halves when one does not come,
 * so that a link of a few kilobits is not filled with batches that cannot be acknowledged in time.
 */
export class Pace {
  /** Batches in flight. */
  window = 2
  /** Records in a batch. */
  records = 500

  acknowledged(afterMs: number): void {
    if (afterMs > QUICK_MS) return
    this.window = Math.min(MAX_WINDOW, this.window + 1)
    this.records = Math.min(MAX_RECORDS, this.records * 2)
  }

  timedOut(): void {
    this.window = Math.max(1, this.window >> 1)
    this.records = Math.max(MIN_RECORDS, this.records >> 1)
  }
}
