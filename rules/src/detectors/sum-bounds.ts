import type { Inputs, Samples } from './detector.ts'
import { Window } from './window.ts'

// A hundred times the error of one addition, relative to its result. A sum of n numbers, in whatever order, is wrong by
// less than n times one such error of the sum of their amounts (Higham 2002, Accuracy and Stability of Numerical Algorithms,
// section 4.2), which is at most n times the largest.
const ROUNDING = 2 ** -46
// Sums of larger values could overflow.
const MOST = 1e290

/**
 * Between which numbers the sum or the mean of a moving window lies for certain, rounding included: followed from a
 * value that was computed by adding what comes and taking away what leaves.
 */
export class SumBounds {
  readonly #window: Window
  readonly #isMean: boolean
  /** NaN where nothing is known. */
  #sum = Number.NaN
  #now = Number.NaN
  /** Samples in the sum as it was computed, and how many have come and left since. */
  #summed = 0
  #changes = 0
  /** No sample's amount from this ordinal on, up to the window's head, is larger. */
  #most = 0
  #mostFrom = Number.POSITIVE_INFINITY
  #mostTo = 0

  constructor(settings: { windowMs: number; lagMs: number }, of: 'sum' | 'mean') {
    this.#window = new Window(settings)
    this.#isMean = of === 'mean'
  }

  /** Begins at a value that was computed, undefined where it is unknown. */
  begin([samples]: Inputs, now: number, value: number | undefined): void {
    const window = this.#window
    window.advance(samples, now)
    const { tail, head } = window
    this.#now = now
    this.#summed = head - tail
    this.#changes = 0
    this.#sum = value === undefined ? Number.NaN : this.#isMean ? value * this.#summed : value
    const isOld = this.#mostTo - this.#mostFrom > 2 * this.#summed
    if (isOld || tail < this.#mostFrom || head < this.#mostTo) {
      this.#most = 0
      this.#mostFrom = tail
      this.#mostTo = tail
    }
    this.#meet(samples)
  }

  /** True where it is certain that the value at `now` lies between these bounds, bounds excluded. */
  areWithin([samples]: Inputs, now: number, low: number, high: number): boolean {
    if (Number.isNaN(this.#sum)) return false
    if (!(now >= this.#now) || !this.#follow(samples, now)) {
      this.#sum = Number.NaN
      return false
    }
    const count = this.#window.head - this.#window.tail
    const error = (this.#summed + this.#changes + 8) ** 2 * ROUNDING * this.#most
    const by = this.#isMean ? count : 1
    return (this.#sum - error) / by > low && (this.#sum + error) / by < high
  }

  // False where it has gone on for so long, or so much has changed, that it has to begin anew.
  #follow(samples: Samples, now: number): boolean {
    const window = this.#window
    const { tail, head } = window
    if (samples.first > tail) return false
    window.advance(samples, now)
    this.#now = now
    const left = Math.min(window.tail, head)
    const came = Math.max(window.tail, head)
    for (let at = tail; at < left; at++) this.#sum -= samples.value(at)
    for (let at = came; at < window.head; at++) this.#sum += samples.value(at)
    this.#meet(samples)
    this.#changes += left - tail + (window.head - came)
    const isNear = this.#changes <= 2 * this.#summed && 2 * (window.head - window.tail) >= this.#summed
    return isNear && this.#most < MOST && window.isSpanned(samples)
  }

  #meet(samples: Samples): void {
    const { head, tail } = this.#window
    if (tail > this.#mostTo) {
      this.#most = 0
      this.#mostFrom = tail
    }
    for (let at = Math.max(this.#mostTo, tail); at < head; at++)
      this.#most = Math.max(this.#most, Math.abs(samples.value(at)))
    this.#mostTo = head
  }
}
