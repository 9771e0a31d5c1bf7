import type { Detector, DetectorDefinition, DetectorSettings } from './detector.ts'
import { GAPS, SlidingSummary } from './sliding-summary.ts'
import { Total } from './total.ts'
import { sameUnit } from './units.ts'

/** A sum over a window whose gaps the settings' option `gaps` judges. */
export const sumOver = (settings: DetectorSettings): Detector =>
  new SlidingSummary(settings, () => new Total('sum'))

/** Sum of the values in the window; 0 for an empty one where gaps count as zero. */
export const sum: DetectorDefinition = {
  name: 'sum',
  meaning: 'sum of the readings',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: { gaps: GAPS },
  unit: sameUnit,
  create: sumOver,
}
