/**
 * Runs a task for all who asked for it meanwhile. It paces input and output and decides nothing, so it counts in real
 * time: a clock that a test holds must not hold a commit.
 */
export class Coalescer {
  readonly #pauseMs: () => number
  readonly #task: () => void
  #lastEnd = Number.NEGATIVE_INFINITY
  #dueAt = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  /** @param pauseMs - least time from the end of one run to the begin of the next, as of now; the first runs at once */
  constructor(pauseMs: () => number, task: () => void) {
    this.#pauseMs = pauseMs
    this.#task = task
  }

  /** Asks for a run. What is due already comes earlier where the pause has become shorter. */
  request(): void {
    const dueAt = this.#lastEnd + this.#pauseMs()
    // Timers count whole milliseconds.
    const isSooner = this.#dueAt - dueAt >= 1
    if (!isSooner) return
    this.cancel()
    this.#dueAt = dueAt
    const delayMs = dueAt - performance.now()
    if (delayMs <= 0) {
      const immediate = setImmediate(this.#run)
      this.#dueAt = Number.NEGATIVE_INFINITY
      this.#cancel = () => clearImmediate(immediate)
    } else {
      const timer = setTimeout(this.#run, delayMs)
      this.#cancel = () => clearTimeout(timer)
    }
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  #run = (): void => {
    this.#cancel = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#task()
    this.#lastEnd = performance.now()
  }
}
