import type { DetectorDefinition, Samples } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { sameUnit } from './units.ts'

class Smallest implements Summary<Smallest> {
  readonly width = 1
  #smallest = Number.POSITIVE_INFINITY

  clear(): void {
    this.#smallest = Number.POSITIVE_INFINITY
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#smallest = Math.min(this.#smallest, samples.value(at))
  }

  append(later: Smallest): void {
    this.#smallest = Math.min(this.#smallest, later.#smallest)
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#smallest
  }

  load(numbers: Float64Array, at: number): void {
    this.#smallest = numbers[at] as number
  }

  result(): number {
    return this.#smallest
  }
}

class Largest implements Summary<Largest> {
  readonly width = 1
  #largest = Number.NEGATIVE_INFINITY

  clear(): void {
    this.#largest = Number.NEGATIVE_INFINITY
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#largest = Math.max(this.#largest, samples.value(at))
  }

  append(later: Largest): void {
    this.#largest = Math.max(this.#largest, later.#largest)
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#largest
  }

  load(numbers: Float64Array, at: number): void {
    this.#largest = numbers[at] as number
  }

  result(): number {
    return this.#largest
  }
}

/** The smallest value in the window. */
export const min: DetectorDefinition = {
  name: 'min',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Smallest()),
}

/** The largest value in the window. */
export const max: DetectorDefinition = {
  name: 'max',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Largest()),
}
