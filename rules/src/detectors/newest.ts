import type { Samples } from './detector.ts'

/** Follows the newest sample of a series at or before an instant. */
export class Newest {
  #head = 0
  #now = Number.NEGATIVE_INFINITY

  /** Its ordinal, or undefined where there is none. */
  at(samples: Samples, now: number): number | undefined {
    if (now < this.#now) this.#head = samples.after(now)
    this.#now = now
    this.#head = Math.max(this.#head, samples.first)
    while (this.#head < samples.next && samples.time(this.#head) <= now) this.#head++
    return this.#head > samples.first ? this.#head - 1 : undefined
  }
}
