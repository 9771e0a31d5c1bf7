const FIRST_MS = 500
const LONGEST_MS = 30_000

/** Delays between attempts: 0.5 s, doubling to 30 s, each spread over its upper half so that gateways do not return in step. */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  /** @param random - uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random
  }

  /** How long to wait before the next attempt, in ms. */
  next(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 16))
    return ceiling * (0.5 + this.#random() / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
