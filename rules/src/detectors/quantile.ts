import { type DetectorDefinition, numberOption } from './detector.ts'
import { MOST_SORTED, SortedWindow } from './sorted-window.ts'
import { sameUnit } from './units.ts'

export const quantile: DetectorDefinition = {
  name: 'quantile',
  meaning: 'the value below which a share of the readings lies',
  inputs: ['quantity'],
  windowed: true,
  mostSamples: MOST_SORTED,
  options: { q: { kind: 'number', min: 0, max: 1, meaning: 'share of the readings, 0 to 1: 0.95' } },
  unit: sameUnit,
  create: settings => {
    const share = numberOption(settings, 'q')
    return new SortedWindow(settings, sorted => sorted.quantile(share))
  },
}
