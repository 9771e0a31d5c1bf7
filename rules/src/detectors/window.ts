import type { Samples } from './detector.ts'

/**
 * The ordinals [tail, head) of the samples within a moving window `(now - lagMs - windowMs, now - lagMs]`.
 *
 * Samples that the ring has let go of are simply no longer in it, whether they had left the window or the
 * ring was full: no ordinal below `samples.first` is ever read.
 */
export class Window {
  readonly #windowMs: number
  readonly #lagMs: number
  tail = 0
  head = 0

  constructor({ windowMs, lagMs }: { windowMs: number; lagMs: number }) {
    this.#windowMs = windowMs
    this.#lagMs = lagMs
  }

  /** Moves the window's end to `now - lagMs`; amortised one step per sample. */
  advance(samples: Samples, now: number): void {
    const end = now - this.#lagMs
    const begin = end - this.#windowMs
    this.tail = Math.max(this.tail, samples.first)
    this.head = Math.max(this.head, this.tail)
    while (this.head < samples.next && samples.time(this.head) <= end) this.head++
    while (this.tail < this.head && samples.time(this.tail) <= begin) this.tail++
  }

  /** True when the samples span at least half of the window: what they say is said of the whole. */
  isSpanned(samples: Samples): boolean {
    if (this.head - this.tail < 2) return false
    return samples.time(this.head - 1) - samples.time(this.tail) >= this.#windowMs / 2
  }
}
