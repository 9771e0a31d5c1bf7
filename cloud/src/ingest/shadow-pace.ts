// Over this stretch a shadow may take so much of the writer's time...
const STRETCH_MS = 60_000
const MOST_MS = 20_000
// ...and so much at once.
const MOST_AT_ONCE_MS = 2_000

/** Times a shadow: live must not wait for it. */
export class ShadowPace {
  readonly #stopwatch: () => number
  #begunAt = 0
  #stretchFrom = 0
  #spentMs = 0
  #lastAt = 0

  /** @param stopwatch - milliseconds that pass */
  constructor(stopwatch: () => number) {
    this.#stopwatch = stopwatch
  }

  /** The shadow begins to work. */
  begin(): void {
    const now = this.#stopwatch()
    this.#begunAt = now
    this.#lastAt = now
    if (now - this.#stretchFrom < STRETCH_MS) return
    this.#stretchFrom = now
    this.#spentMs = 0
  }

  /** To be asked while it works: why it has to end, if it has to. */
  tooSlow(): string | undefined {
    const now = this.#stopwatch()
    this.#spentMs += now - this.#lastAt
    this.#lastAt = now
    if (now - this.#begunAt > MOST_AT_ONCE_MS)
      return `too slow: it held up live for more than ${MOST_AT_ONCE_MS / 1000} s`
    if (this.#spentMs > MOST_MS)
      return `too slow: it took more than ${MOST_MS / 1000} s of ${STRETCH_MS / 1000} s`
    return undefined
  }
}
