import { MINUTE_MS } from '../signals/signal.ts'

export interface GridOptions {
  /** The first live measurement, ms UTC: both intervals are counted from here. */
  anchorMs: number
  historyMs: number
  historyIntervalMs: number
  liveIntervalMs: number
}

// A logger that could not be reached for longer than this has recorded at the history's interval meanwhile.
const LOGGING_AFTER_MS = 10 * MINUTE_MS

/** When a series is measured: the history at one interval, what is live at another. */
export class Grid {
  readonly #options: GridOptions

  constructor(options: GridOptions) {
    this.#options = options
  }

  /** The time before the first measurement. */
  start(): number {
    const { anchorMs, historyMs, historyIntervalMs } = this.#options
    return anchorMs - (Math.floor(historyMs / historyIntervalMs) + 1) * historyIntervalMs
  }

  /** The next measurement after `t`, as it is asked for at `nowMs`. */
  after(t: number, nowMs: number): number {
    const { anchorMs, historyIntervalMs, liveIntervalMs } = this.#options
    const logging = t < anchorMs || nowMs - t > LOGGING_AFTER_MS
    const next = nextMultiple(t - anchorMs, logging ? historyIntervalMs : liveIntervalMs)
    return anchorMs + next
  }
}

const nextMultiple = (offset: number, interval: number): number =>
  (Math.floor(offset / interval) + 1) * interval
