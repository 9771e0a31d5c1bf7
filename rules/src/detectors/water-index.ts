import { type DetectorDefinition, type DetectorSettings, numberOption } from './detector.ts'
import { longestGapMs, MEMORY_OPTIONS } from './rain-memory.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'
import { sameUnit } from './units.ts'

const HOUR_MS = 3_600_000
// The ground has drained after so many times 1 / k: what a gap hid is forgotten.
const TIMES_TO_DRAIN = 3

interface Water {
  t: number
  index: number
  /** Nothing is missing from here on. */
  since: number
}

/**
 * Antecedent water index (Godt, Baum and Chleborad 2006, doi 10.1002/esp.1237): water in the ground above field capacity.
 * Below 0 rain fills it up and evaporation takes from it; above 0 it drains as well:
 * AWI_t = AWI_{t-1} e^(-k dt) + (P - E) (1 - e^(-k dt)) / k, with P and E per hour.
 */
function recursionOf(settings: DetectorSettings): Recursion<Water | null> {
  const k = numberOption(settings, 'k')
  const evaporation = numberOption(settings, 'evaporation')
  const floor = numberOption(settings, 'floor')
  const start = numberOption(settings, 'start')
  const gapMs = longestGapMs(settings)
  const after = (index: number, rain: number, hours: number): number => {
    if (index < 0) return index + rain - evaporation * hours
    const kept = Math.exp(-k * hours)
    return index * kept + ((rain / hours - evaporation) * (1 - kept)) / k
  }
  return {
    begin: null,
    step(state, t, v) {
      if (state === null) return { t, index: Math.max(floor, start + v), since: Number.NEGATIVE_INFINITY }
      const index = Math.max(floor, after(state.index, v, (t - state.t) / HOUR_MS))
      return { t, index, since: t - state.t > gapMs ? t : state.since }
    },
    value: state =>
      state !== null && state.t - state.since >= (TIMES_TO_DRAIN / k) * HOUR_MS ? state.index : undefined,
  }
}

/** Antecedent water index, in the unit of the rain: wet ground from about 20 mm on (USGS, Seattle). */
export const waterIndex: DetectorDefinition = {
  name: 'water-index',
  meaning: 'antecedent water index: wet ground from about 20 mm on',
  inputs: ['rain'],
  windowed: false,
  remembers: true,
  options: {
    evaporation: {
      kind: 'number',
      min: 0,
      max: 100,
      unit: ([unit]) => unit && `${unit}/h`,
      meaning: 'evaporation per hour, of the season',
    },
    start: {
      kind: 'number',
      min: -10_000,
      max: 10_000,
      unit: sameUnit,
      meaning: 'the index when the record begins; -180 mm after a dry summer',
    },
    k: {
      kind: 'number',
      min: 0.0001,
      max: 1,
      default: 0.01,
      unit: () => '/h',
      meaning: 'drainage per hour',
    },
    floor: {
      kind: 'number',
      min: -10_000,
      max: 0,
      default: -180,
      unit: sameUnit,
      meaning: 'the ground does not dry below this, mm',
    },
    ...MEMORY_OPTIONS,
  },
  unit: sameUnit,
  create: settings => new RecursiveDetector(recursionOf(settings)),
}
