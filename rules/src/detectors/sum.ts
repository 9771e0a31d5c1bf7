import type { Detector, DetectorDefinition, DetectorSettings, Samples } from './detector.ts'
import { GAPS, SlidingSummary, type Summary } from './sliding-summary.ts'
import { SumBounds } from './sum-bounds.ts'
import { sameUnit } from './units.ts'

class Sum implements Summary<Sum> {
  readonly width = 1
  #sum = 0

  clear(): void {
    this.#sum = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#sum += samples.value(at)
  }

  append(later: Sum): void {
    this.#sum += later.#sum
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#sum
  }

  load(numbers: Float64Array, at: number): void {
    this.#sum = numbers[at] as number
  }

  result(): number {
    return this.#sum
  }
}

/** A sum over a window whose gaps the settings' option `gaps` judges. */
export const sumOver = (settings: DetectorSettings): Detector =>
  new SlidingSummary(settings, () => new Sum(), new SumBounds(settings, 'sum'))

/** Sum of the values in the window; 0 for an empty one where gaps count as zero. */
export const sum: DetectorDefinition = {
  name: 'sum',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: { gaps: GAPS },
  unit: sameUnit,
  create: sumOver,
}
