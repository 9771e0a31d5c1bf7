import type { DetectorDefinition, Samples } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { SumBounds } from './sum-bounds.ts'
import { sameUnit } from './units.ts'

class Mean implements Summary<Mean> {
  readonly width = 2
  #sum = 0
  #count = 0

  clear(): void {
    this.#sum = 0
    this.#count = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#sum += samples.value(at)
    this.#count += to - from
  }

  append(later: Mean): void {
    this.#sum += later.#sum
    this.#count += later.#count
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#sum
    numbers[at + 1] = this.#count
  }

  load(numbers: Float64Array, at: number): void {
    this.#sum = numbers[at] as number
    this.#count = numbers[at + 1] as number
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
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Mean(), new SumBounds(settings, 'mean')),
}
