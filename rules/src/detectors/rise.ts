import { type DetectorDefinition, numberOption } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { perOption, rateUnit } from './units.ts'

/** Lowest and newest value of a run. */
class Rise implements Summary<Rise> {
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

  add(_t: number, v: number): void {
    this.#lowest = Math.min(this.#lowest, v)
    this.#newest = v
  }

  append(later: Rise): void {
    if (later.#lowest === Number.POSITIVE_INFINITY) return
    this.#lowest = Math.min(this.#lowest, later.#lowest)
    this.#newest = later.#newest
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
  inputs: ['quantity'],
  windowed: true,
  options: { per: perOption(3_600_000) },
  unit: rateUnit,
  create: settings => {
    const factor = numberOption(settings, 'per') / settings.windowMs
    return new SlidingSummary(settings, () => new Rise(factor))
  },
}
