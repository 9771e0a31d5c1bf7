/** The main thread is busy when it works for a larger share of the time than this. */
const BUSY_SHARE = 0.5
/** Then so much of the time goes into requests: some 20,000 points a second. */
const DUTY = 0.1
/** A request may take long without costing the processor anything. */
const LONGEST_REST_MS = 1000
/** What is behind by more is shipped as fast as it goes: the journal is not kept for ever. */
const NO_REST_BEYOND_MS = 3_600_000

export interface YieldingOptions {
  /** For how long the main thread has worked since some instant, ms. */
  activeMs: () => number
  /** Milliseconds that pass: performance.now. */
  stopwatch: () => number
}

/**
 * Leaves the processor to ingest while that needs it: shipping costs about as much as ingesting, and can be done later.
 * On Linux the thread has a lower priority, too; but what its requests cost the server counts as much where both run on one
 * machine.
 */
export class Yielding {
  readonly #options: YieldingOptions
  #last: { at: number; activeMs: number }

  constructor(options: YieldingOptions) {
    this.#options = options
    this.#last = { at: options.stopwatch(), activeMs: options.activeMs() }
  }

  /**
   * How long to wait after requests.
   *
   * @param tookMs - what they took
   * @param lagMs - the age of what they shipped
   */
  restMs(tookMs: number, lagMs: number): number {
    const share = this.#busyShare()
    if (share <= BUSY_SHARE || lagMs > NO_REST_BEYOND_MS) return 0
    return Math.min(tookMs * (1 / DUTY - 1), LONGEST_REST_MS)
  }

  // Since it was asked last.
  #busyShare(): number {
    const now = { at: this.#options.stopwatch(), activeMs: this.#options.activeMs() }
    const { at, activeMs } = this.#last
    this.#last = now
    return now.at > at ? (now.activeMs - activeMs) / (now.at - at) : 0
  }
}
