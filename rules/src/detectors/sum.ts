import type { DetectorFactory } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'

class Sum implements Summary<Sum> {
  #sum = 0

  clear(): void {
    this.#sum = 0
  }

  add(_t: number, v: number): void {
    this.#sum += v
  }

  append(later: Sum): void {
    this.#sum += later.#sum
  }

  result(): number {
    return this.#sum
  }
}

/** Sum of the values in the window; 0 for an empty one where gaps count as zero. */
export const sum: DetectorFactory = feature => new SlidingSummary(feature, () => new Sum())
