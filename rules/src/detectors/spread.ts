import type { DetectorDefinition, Samples } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { differenceUnit } from './units.ts'

/** Smallest and largest value. */
export class Spread implements Summary<Spread> {
  readonly width = 2
  #low = Number.POSITIVE_INFINITY
  #high = Number.NEGATIVE_INFINITY

  clear(): void {
    this.#low = Number.POSITIVE_INFINITY
    this.#high = Number.NEGATIVE_INFINITY
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const v = samples.value(at)
      this.#low = Math.min(this.#low, v)
      this.#high = Math.max(this.#high, v)
    }
  }

  append(later: Spread): void {
    this.#low = Math.min(this.#low, later.#low)
    this.#high = Math.max(this.#high, later.#high)
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#low
    numbers[at + 1] = this.#high
  }

  load(numbers: Float64Array, at: number): void {
    this.#low = numbers[at] as number
    this.#high = numbers[at + 1] as number
  }

  result(): number | undefined {
    return this.#high >= this.#low ? this.#high - this.#low : undefined
  }
}

/** Largest value minus smallest: what stays near 0 when a sensor is stuck. */
export const spread: DetectorDefinition = {
  name: 'spread',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new SlidingSummary(settings, () => new Spread()),
}
