import type { DetectorDefinition, Samples } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { differenceUnit } from './units.ts'

/**
 * Count, mean and sum of squares about the mean, merged as by Chan, Golub and LeVeque 1983 (Algorithms for
 * computing the sample variance, doi 10.1080/00031305.1983.10483115). Values count from the first sample.
 */
class Deviation implements Summary<Deviation> {
  readonly width = 4
  #count = 0
  #origin = 0
  #mean = 0
  #squares = 0

  clear(): void {
    this.#count = 0
    this.#mean = 0
    this.#squares = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const v = samples.value(at)
      if (this.#count === 0) this.#origin = v
      this.#count++
      const distance = v - this.#origin - this.#mean
      this.#mean += distance / this.#count
      this.#squares += distance * (v - this.#origin - this.#mean)
    }
  }

  append(later: Deviation): void {
    if (later.#count === 0) return
    if (this.#count === 0) this.#origin = later.#origin
    const count = this.#count + later.#count
    const distance = later.#origin - this.#origin + later.#mean - this.#mean
    this.#squares += later.#squares + distance * distance * this.#count * (later.#count / count)
    this.#mean += distance * (later.#count / count)
    this.#count = count
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#count
    numbers[at + 1] = this.#origin
    numbers[at + 2] = this.#mean
    numbers[at + 3] = this.#squares
  }

  load(numbers: Float64Array, at: number): void {
    this.#count = numbers[at] as number
    this.#origin = numbers[at + 1] as number
    this.#mean = numbers[at + 2] as number
    this.#squares = numbers[at + 3] as number
  }

  result(): number | undefined {
    return this.#count > 1 ? Math.sqrt(this.#squares / (this.#count - 1)) : undefined
  }
}

/** Sample standard deviation of the values in the window. */
export const std: DetectorDefinition = {
  name: 'std',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new SlidingSummary(settings, () => new Deviation()),
}
