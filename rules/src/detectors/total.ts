import type { Samples } from './detector.ts'
import { type Bounds, type Change, type Range, rangeNear, rangeOfSum } from './outlook.ts'
import type { Summary } from './sliding-summary.ts'

// Samples that come lie no further away than so many times what is usual, or what is left to the nearer bound.
const FAR = 2 ** 16
// A sum of n numbers, in whatever order, is wrong by less than n times the error of one addition, 2 ** -53 of their amounts
// (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 4.2). A quarter of them may be FAR from what is usual.
const ROUNDING = 2 ** -34
// Sums of larger amounts could overflow, with samples that come so FAR.
const MOST = 1e290
// Quotients of smaller ones lose digits.
const LEAST = 1e-290

/** Sum, count and amount of values; its result is their sum or their mean. */
export class Total implements Summary<Total> {
  readonly width = 3
  readonly #isMean: boolean
  #sum = 0
  #count = 0
  /** Sum of the distances from 0. */
  #amount = 0

  constructor(result: 'sum' | 'mean') {
    this.#isMean = result === 'mean'
  }

  clear(): void {
    this.#sum = 0
    this.#count = 0
    this.#amount = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const v = samples.value(at)
      this.#sum += v
      this.#amount += Math.abs(v)
    }
    this.#count += to - from
  }

  append(later: Total): void {
    this.#sum += later.#sum
    this.#count += later.#count
    this.#amount += later.#amount
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#sum
    numbers[at + 1] = this.#count
    numbers[at + 2] = this.#amount
  }

  load(numbers: Float64Array, at: number): void {
    this.#sum = numbers[at] as number
    this.#count = numbers[at + 1] as number
    this.#amount = numbers[at + 2] as number
  }

  result(): number | undefined {
    if (!this.#isMean) return this.#sum
    return this.#count > 0 ? this.#sum / this.#count : undefined
  }

  // The mean stays while the sum of the distances from it stays small, however few samples are left.
  rangeOf({ low, high }: Bounds, change: Change): Range | undefined {
    const count = this.#count
    const value = this.result() as number
    const [centre, by] = this.#isMean ? [value, count - change.steps] : [0, 1]
    const left = Math.min(high - value, value - low) / (this.#isMean ? 1 : count)
    const scale = Math.max(this.#amount / count, left)
    if (!(count * scale < MOST && scale > LEAST)) return undefined
    const rounding = count * ROUNDING * scale * (this.#isMean ? 1 : count)
    const rise = (high - value - rounding) * by
    const fall = (value - low - rounding) * by
    return rangeNear(rangeOfSum(change, { centre, rise, fall }), centre, FAR * scale)
  }
}
