import { type DetectorDefinition, numberOption } from './detector.ts'
import type { SortedValues } from './sorted-values.ts'
import { MOST_SORTED, SortedWindow } from './sorted-window.ts'
import { differenceUnit, noUnit } from './units.ts'

/** The median absolute deviation of normally distributed values, times this, is their standard deviation. */
const NORMAL = 1.4826

/** Median of the distances from `centre`. */
function medianDistance(sorted: SortedValues, centre: number): number {
  const { size } = sorted
  const upper = nearest(sorted, centre, Math.floor(size / 2) + 1)
  return size % 2 === 1 ? upper : (nearest(sorted, centre, size / 2) + upper) / 2
}

/** The `count`-th smallest distance: the nearest values are neighbours, and where they begin is found by halving. */
function nearest(sorted: SortedValues, centre: number, count: number): number {
  let low = 0
  let high = sorted.size - count
  while (low < high) {
    const middle = (low + high) >> 1
    if (centre - sorted.at(middle) > sorted.at(middle + count) - centre) low = middle + 1
    else high = middle
  }
  return Math.max(centre - sorted.at(low), sorted.at(low + count - 1) - centre)
}

/**
 * Hampel identifier (Hampel 1974, doi 10.1080/01621459.1974.10482962; Davies and Gather 1993): how many robust standard
 * deviations, 1.4826 times the median absolute deviation, the newest reading is from the median of the window. 3 is the
 * usual limit of an outlier. Unknown where half of the readings are the same and `least` gives no scale.
 */
export const hampel: DetectorDefinition = {
  name: 'hampel',
  meaning:
    'how many robust standard deviations the newest reading is from the median: more than 3 is an outlier',
  inputs: ['quantity'],
  windowed: true,
  mostSamples: MOST_SORTED,
  options: {
    least: {
      kind: 'number',
      min: 0,
      max: 1e12,
      default: 0,
      unit: differenceUnit,
      meaning: 'least standard deviation to reckon with, such as the resolution of the sensor',
    },
  },
  unit: noUnit,
  create: settings => {
    const least = numberOption(settings, 'least')
    return new SortedWindow(settings, (sorted, newest) => {
      const centre = sorted.quantile(0.5)
      const scale = Math.max(least, NORMAL * medianDistance(sorted, centre))
      return newest === centre ? 0 : Math.abs(newest - centre) / scale
    })
  },
}
