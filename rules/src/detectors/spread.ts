import type { DetectorDefinition } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { differenceUnit } from './units.ts'

/** Smallest and largest value. */
export class Spread implements Summary<Spread> {
  #low = Number.POSITIVE_INFINITY
  #high = Number.NEGATIVE_INFINITY

  clear(): void {
    this.#low = Number.POSITIVE_INFINITY
    this.#high = Number.NEGATIVE_INFINITY
  }

  add(_t: number, v: number): void {
    this.#low = Math.min(this.#low, v)
    this.#high = Math.max(this.#high, v)
  }

  append(later: Spread): void {
    this.#low = Math.min(this.#low, later.#low)
    this.#high = Math.max(this.#high, later.#high)
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
  options: {},
  unit: differenceUnit,
  create: settings => new SlidingSummary(settings, () => new Spread()),
}
