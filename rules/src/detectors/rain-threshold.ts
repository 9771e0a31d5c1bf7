import type { Fault } from '@picket/devices'
import { type DetectorDefinition, type DetectorSettings, numberOption } from './detector.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'

const HOUR_MS = 3_600_000

/** I = a D^-b, I in mm/h and D in h. */
interface Curve {
  a: number
  b: number
}

const CURVES: Readonly<Record<string, Curve>> = {
  // Caine 1980, doi 10.1080/04353676.1980.11879996.
  caine: { a: 14.82, b: 0.39 },
  // Guzzetti et al. 2008, doi 10.1007/s10346-007-0112-1.
  guzzetti: { a: 2.2, b: 0.44 },
  // Godt, Baum and Chleborad 2006, doi 10.1002/esp.1237: I = 3.257 D^-1.13 inches an hour.
  seattle: { a: 3.257 * 25.4, b: 1.13 },
}

interface Rain {
  /** The newest reading. */
  t: number
  /** The storm that lasts; null in dry weather. */
  storm: { start: number; total: number; lastWet: number } | null
}

function exceedance(settings: DetectorSettings): Recursion<Rain | null> {
  const { a, b } = CURVES[settings.options.curve as string] ?? {
    a: numberOption(settings, 'a'),
    b: numberOption(settings, 'b'),
  }
  const dryMs = numberOption(settings, 'dry')
  const shortestMs = numberOption(settings, 'shortest')
  return {
    begin: null,
    step(state, t, v) {
      // A reading is the rain since the one before. What fell in a longer silence belongs to no storm that is known.
      const since = state && t - state.t <= dryMs ? state.t : t
      const storm = state?.storm && t - state.t <= dryMs ? state.storm : null
      if (v > 0)
        return { t, storm: { start: storm?.start ?? since, total: (storm?.total ?? 0) + v, lastWet: t } }
      return { t, storm: storm && t - storm.lastWet < dryMs ? storm : null }
    },
    value(state) {
      if (state === null) return undefined
      if (state.storm === null) return 0
      const hours = Math.max(shortestMs, state.t - state.storm.start) / HOUR_MS
      return state.storm.total / hours / (a * hours ** -b)
    },
  }
}

function checkCurve({ options }: DetectorSettings): Fault | undefined {
  const given = ['a', 'b'].filter(name => options[name] !== undefined)
  if (options.curve === 'own' ? given.length === 2 : given.length === 0) return undefined
  return options.curve === 'own'
    ? {
        code: 'feature-option',
        message: 'curve own needs a and b',
        hint: 'I = a D^-b, mm/h and h: curve own, a 14.82, b 0.39',
      }
    : {
        code: 'feature-option',
        message: `curve ${options.curve} has its own a and b`,
        hint: 'leave them out, or write curve own',
      }
}

/**
 * The running storm's mean intensity over the threshold intensity of its duration: 1 is the threshold, 0 dry weather. A
 * storm ends after `dry` without rain (3 h: USGS, Seattle). The duration counts as `shortest` at least, so that a single
 * tip of the bucket is no storm.
 */
export const rainThreshold: DetectorDefinition = {
  name: 'rain-threshold',
  meaning:
    'intensity of the running storm over the threshold for its duration: 1 is the threshold, 0 dry weather',
  inputs: ['rain'],
  windowed: false,
  remembers: true,
  options: {
    curve: {
      kind: 'word',
      words: [...Object.keys(CURVES), 'own'],
      meaning: 'the threshold of intensity over duration; own: I = a D^-b',
    },
    a: {
      kind: 'number',
      min: 0.001,
      max: 10_000,
      optional: true,
      unit: () => 'mm/h',
      meaning: 'threshold at one hour, mm/h',
    },
    b: {
      kind: 'number',
      min: 0,
      max: 5,
      optional: true,
      unit: () => '1',
      meaning: 'how fast it falls with duration',
    },
    dry: {
      kind: 'duration',
      default: 3 * HOUR_MS,
      meaning: 'a storm ends after this long without rain',
    },
    shortest: {
      kind: 'duration',
      default: HOUR_MS,
      meaning: 'a storm counts as this long at least',
    },
  },
  unit: ([unit]) => (unit === 'mm' ? '1' : undefined),
  check: checkCurve,
  create: settings => new RecursiveDetector(exceedance(settings)),
}
