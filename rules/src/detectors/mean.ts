import type { DetectorDefinition } from './detector.ts'
import { SlidingSummary } from './sliding-summary.ts'
import { Total } from './total.ts'
import { sameUnit } from './units.ts'

/** Mean of the values in the window, each reading with equal weight. */
export const mean: DetectorDefinition = {
  name: 'mean',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Total('mean')),
}
