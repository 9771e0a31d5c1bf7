import type { Samples } from './detector.ts'

/** Follows the newest sample of a series at or before an instant that never goes back. */
export class Newest {
  #head = 0

  /** Its ordinal, or undefined where there is none. */
  at(samples: Samples, now: number): number | undefined {
    this.#head = Math.max(this.#head, samples.first)
    while (this.#head < samples.next && samples.time(this.#head) <= now) this.#head++
    return this.#head > samples.first ? this.#head - 1 : undefined
  }
}
