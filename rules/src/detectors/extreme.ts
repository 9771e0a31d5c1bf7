import type { DetectorDefinition } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { sameUnit } from './units.ts'

class Extreme implements Summary<Extreme> {
  readonly #worse: (a: number, b: number) => number
  #extreme: number | undefined

  constructor(worse: (a: number, b: number) => number) {
    this.#worse = worse
  }

  clear(): void {
    this.#extreme = undefined
  }

  add(_t: number, v: number): void {
    this.#extreme = this.#extreme === undefined ? v : this.#worse(this.#extreme, v)
  }

  append(later: Extreme): void {
    if (later.#extreme !== undefined) this.add(0, later.#extreme)
  }

  result(): number | undefined {
    return this.#extreme
  }
}

/** The smallest value in the window. */
export const min: DetectorDefinition = {
  name: 'min',
  inputs: ['quantity'],
  windowed: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Extreme(Math.min)),
}

/** The largest value in the window. */
export const max: DetectorDefinition = {
  name: 'max',
  inputs: ['quantity'],
  windowed: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Extreme(Math.max)),
}
