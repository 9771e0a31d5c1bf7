/**
 * Runs a task soon after it was asked for, once for all who asked meanwhile. It paces input and output and
 * decides nothing, so it counts in real time: a clock that a test holds must not hold a commit.
 */
export class Coalescer {
  readonly #intervalMs: number
  readonly #task: () => void
  #lastEnd = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  /** @param intervalMs - least time from the end of one run to the begin of the next; the first runs at once */
  constructor(intervalMs: number, task: () => void) {
    this.#intervalMs = intervalMs
    this.#task = task
  }

  get waiting(): boolean {
    return this.#cancel !== undefined
  }

  request(): void {
    if (this.#cancel) return
    const delayMs = this.#lastEnd + this.#intervalMs - performance.now()
    if (delayMs <= 0) {
      const immediate = setImmediate(this.#run)
      this.#cancel = () => clearImmediate(immediate)
    } else {
      const timer = setTimeout(this.#run, delayMs)
      this.#cancel = () => clearTimeout(timer)
    }
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #run = (): void => {
    this.#cancel = undefined
    this.#task()
    this.#lastEnd = performance.now()
  }
}
