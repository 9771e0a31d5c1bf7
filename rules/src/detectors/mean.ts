import type { DetectorDefinition } from './detector.ts'
import { SlidingSummary } from './sliding-summary.ts'
import { Total } from './total.ts'
import { sameUnit } from './units.ts'

export const mean: DetectorDefinition = {
  name: 'mean',
  meaning: 'mean of the readings, each of equal weight',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new SlidingSummary(settings, () => new Total('mean')),
}
