import type { DetectorDefinition } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { sameUnit } from './units.ts'

class Mean implements Summary<Mean> {
  #sum = 0
  #count = 0

  clear(): void {
    this.#sum = 0
    this.#count = 0
  }

  add(_t: number, v: number): void {
    this.#sum += v
    this.#count++
  }

  append(later: Mean): void {
    this.#sum += later.#sum
    this.#count += later.#count
  }

  result(): number | undefined {
    return this.#count > 0 ? this.#sum / this.#count : undefined
  }
}

/** Mean of the values in the window, each reading with equal weight. */
export const mean: DetectorDefinition = {
  name: 'mean',
  inputs: ['quantity'],
  windowed: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Mean()),
}
