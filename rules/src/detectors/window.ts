import type { Samples } from './detector.ts'

/**
 * The ordinals [tail, head) of the samples within a moving window `(now - lagMs - windowMs, now - lagMs]`.
 *
 * Samples that the ring has let go of are simply no longer in it, whether they had left the window or the
 * ring was full: no ordinal below `samples.first` is ever read.
 */
export class Window {
  readonly #windowMs: number
  readonly lagMs: number
  /** Event time of the window's end; NaN before the first. */
  end = Number.NaN
  tail = 0
  head = 0

  constructor({ windowMs, lagMs }: { windowMs: number; lagMs: number }) {
    this.#windowMs = windowMs
    this.lagMs = lagMs
  }

  /** Moves the window's end to `now - lagMs`: forward in amortised one step per sample, back by a search. */
  advance(samples: Samples, now: number): void {
    const end = now - this.lagMs
    const begin = end - this.#windowMs
    const { first, next } = samples
    const isForward = end >= this.end
    this.end = end
    if (!isForward) {
      this.tail = samples.after(begin)
      this.head = samples.after(end)
      return
    }
    let tail = Math.max(this.tail, first)
    let head = Math.max(this.head, tail)
    while (head < next && samples.time(head) <= end) head++
    while (tail < head && samples.time(tail) <= begin) tail++
    this.tail = tail
    this.head = head
  }

  /** True when the samples span at least half of the window: what they say is said of the whole. */
  isSpanned(samples: Samples): boolean {
    return this.head - this.tail >= 2 && this.isSpannedFrom(samples, this.tail)
  }

  /** True when it is spanned by its newest sample and this one, and so as long as this one is in it. */
  isSpannedFrom(samples: Samples, ordinal: number): boolean {
    return samples.time(this.head - 1) - samples.time(ordinal) >= this.#windowMs / 2
  }

  /** Event time before which a window that is spanned stays so, whatever comes. */
  spannedUntil(samples: Samples): number {
    const middle = samples.time(this.head - 1) - this.#windowMs / 2
    return this.leavesAt(samples, samples.after(middle) - 1)
  }

  /** Event time from which on a sample of the window is no longer in it. */
  leavesAt(samples: Samples, ordinal: number): number {
    return samples.time(ordinal) + this.#windowMs + this.lagMs
  }
}
