import type { Detector, DetectorDefinition, DetectorSettings } from './detector.ts'
import { GAPS, SlidingSummary, type Summary } from './sliding-summary.ts'
import { sameUnit } from './units.ts'

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

/** A sum over a window whose gaps the settings' option `gaps` judges. */
export const sumOver = (settings: DetectorSettings): Detector => new SlidingSummary(settings, () => new Sum())

/** Sum of the values in the window; 0 for an empty one where gaps count as zero. */
export const sum: DetectorDefinition = {
  name: 'sum',
  inputs: ['quantity'],
  windowed: true,
  options: { gaps: GAPS },
  unit: sameUnit,
  create: sumOver,
}
