import { type DetectorDefinition, numberOption, type Samples } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { perOption, rateUnit } from './units.ts'

/** Lowest and newest value of a run. */
class Rise implements Summary<Rise> {
  readonly width = 2
  readonly #factor: number
  #lowest = Number.POSITIVE_INFINITY
  #newest = Number.NaN

  constructor(factor: number) {
    this.#factor = factor
  }

  clear(): void {
    this.#lowest = Number.POSITIVE_INFINITY
    this.#newest = Number.NaN
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      this.#newest = samples.value(at)
      this.#lowest = Math.min(this.#lowest, this.#newest)
    }
  }

  append(later: Rise): void {
    if (later.#lowest === Number.POSITIVE_INFINITY) return
    this.#lowest = Math.min(this.#lowest, later.#lowest)
    this.#newest = later.#newest
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#lowest
    numbers[at + 1] = this.#newest
  }

  load(numbers: Float64Array, at: number): void {
    this.#lowest = numbers[at] as number
    this.#newest = numbers[at + 1] as number
  }

  result(): number | undefined {
    return Number.isNaN(this.#newest) ? undefined : (this.#newest - this.#lowest) * this.#factor
  }
}

/**
 * Rate of rise: how far the newest reading is above the lowest of the window, over the window's length. It never is
 * negative, and a fall earlier in the window does not hide a rise, as it does from `rate` and `delta`.
 */
export const rise: DetectorDefinition = {
  name: 'rise',
  meaning:
    'how far the newest reading is above the lowest, over the length of the window: never negative, and not hidden by a fall before',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: { per: perOption(3_600_000) },
  unit: rateUnit,
  create: settings => {
    const factor = numberOption(settings, 'per') / settings.windowMs
    return new SlidingSummary(settings, () => new Rise(factor))
  },
}
