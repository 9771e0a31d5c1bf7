import {
  type Detector,
  type DetectorDefinition,
  type DetectorSettings,
  numberOption,
  type OptionDefinition,
  type UnitOf,
} from './detector.ts'
import { HeldDetector, type HeldRecursion, SKEW_MS } from './held-recursion.ts'

const MINUTE_MS = 60_000
// Oil that began at an assumed temperature has come within 5 % of its own after three time constants.
const TIMES_TO_SETTLE = 3

interface Temperatures {
  /** Known from here on. */
  since: number
  /** Top oil, degrees Celsius. */
  oil: number
  /** The two parts of the hot spot's rise above it, K. */
  rise: number
  lag: number
}

interface Nameplate {
  oilRise: number
  losses: number
  gradient: number
  x: number
  y: number
  k11: number
  k21: number
  k22: number
  tauOilMs: number
  tauWindingMs: number
  start: number | undefined
}

function nameplateOf(settings: DetectorSettings): Nameplate {
  const number = (name: string): number => numberOption(settings, name)
  return {
    oilRise: number('oil-rise'),
    losses: number('losses'),
    gradient: number('gradient') * number('hot-spot-factor'),
    x: number('x'),
    y: number('y'),
    k11: number('k11'),
    k21: number('k21'),
    k22: number('k22'),
    tauOilMs: number('tau-oil'),
    tauWindingMs: number('tau-winding'),
    start: settings.options.start === undefined ? undefined : number('start'),
  }
}

/**
 * The exponential model of IEC 60076-7:2018, 8.2.2 (GB/T 1094.7): load factor and ambient temperature hold between readings,
 * over which its equations are solved exactly. Without `start` it begins in the steady state of the first readings and is
 * unknown for three time constants of the oil.
 */
function thermalModel(plate: Nameplate, answer: (now: Temperatures) => number): HeldRecursion<Temperatures> {
  const { oilRise, losses, gradient, x, y, k11, k21, k22, tauOilMs, tauWindingMs, start } = plate
  const oilAt = (load: number, ambient: number): number =>
    ambient + oilRise * ((1 + losses * load * load) / (1 + losses)) ** x
  const riseAt = (load: number): number => gradient * load ** y
  return {
    begin([load = 0, ambient = 0], t, isFirst) {
      if (start !== undefined && isFirst)
        return { since: Number.NEGATIVE_INFINITY, oil: start, rise: 0, lag: 0 }
      const rise = riseAt(load)
      return { since: t, oil: oilAt(load, ambient), rise: k21 * rise, lag: (k21 - 1) * rise }
    },
    step({ since, oil, rise, lag }, [load = 0, ambient = 0], fromMs, toMs) {
      const share = (tauMs: number): number => -Math.expm1((fromMs - toMs) / tauMs)
      const finalRise = riseAt(load)
      return {
        since,
        oil: oil + (oilAt(load, ambient) - oil) * share(tauOilMs * k11),
        rise: rise + (k21 * finalRise - rise) * share(tauWindingMs * k22),
        lag: lag + ((k21 - 1) * finalRise - lag) * share(tauOilMs / k22),
      }
    },
    value: (state, now) =>
      now - state.since >= TIMES_TO_SETTLE * tauOilMs * k11 ? answer(state) : undefined,
  }
}

const factor = (value: number, meaning: string): OptionDefinition => ({
  kind: 'number',
  min: 0,
  max: 100,
  default: value,
  unit: () => '1',
  meaning,
})

/** What is left out is that of a distribution transformer with natural cooling (ONAN; table 4 of the standard). */
const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  'oil-rise': {
    kind: 'number',
    min: 1,
    max: 100,
    unit: () => 'K',
    meaning: 'top oil above ambient at rated load, K',
  },
  gradient: {
    kind: 'number',
    min: 0,
    max: 100,
    unit: () => 'K',
    meaning: 'winding above oil at rated load, K',
  },
  losses: {
    kind: 'number',
    min: 0.1,
    max: 10_000,
    unit: () => '1',
    meaning: 'load losses over no-load losses (R)',
  },
  'hot-spot-factor': factor(1.1, 'hot spot over mean gradient (H)'),
  x: factor(0.8, 'oil exponent'),
  y: factor(1.6, 'winding exponent'),
  k11: factor(1, 'constant k11'),
  k21: factor(1, 'constant k21'),
  k22: { ...factor(2, 'constant k22'), min: 0.01 } as OptionDefinition,
  'tau-oil': {
    kind: 'duration',
    default: 180 * MINUTE_MS,
    meaning: 'time constant of the oil',
  },
  'tau-winding': {
    kind: 'duration',
    default: 4 * MINUTE_MS,
    meaning: 'time constant of the winding',
  },
  start: {
    kind: 'number',
    min: -60,
    max: 200,
    optional: true,
    unit: () => 'Cel',
    meaning: 'top oil when the record begins, the winding as cold as it',
  },
  hold: {
    kind: 'duration',
    default: 60 * MINUTE_MS,
    meaning: 'a reading holds this long at most',
  },
}

/** Load factor and ambient temperature in degrees Celsius, or there is no unit. */
const ifTransformer =
  (unit: string): UnitOf =>
  ([load, ambient]) =>
    load === '1' && ambient === 'Cel' ? unit : undefined

interface Answer {
  name: string
  meaning: string
  unit: string
  answer(now: Temperatures): number
}

const hotSpotOf = ({ oil, rise, lag }: Temperatures): number => oil + rise - lag

function define({ name, meaning, unit, answer }: Answer): DetectorDefinition {
  return {
    name,
    meaning,
    inputs: ['load factor', 'ambient temperature'],
    windowed: false,
    remembers: true,
    reachMs: SKEW_MS,
    options: OPTIONS,
    unit: ifTransformer(unit),
    create: (settings): Detector =>
      new HeldDetector(thermalModel(nameplateOf(settings), answer), 2, numberOption(settings, 'hold')),
  }
}

export const topOil = define({
  name: 'top-oil',
  meaning: "temperature of a transformer's top oil (IEC 60076-7)",
  unit: 'Cel',
  answer: ({ oil }) => oil,
})

export const hotSpot = define({
  name: 'hot-spot',
  meaning: "temperature of the hottest place of a transformer's winding (IEC 60076-7)",
  unit: 'Cel',
  answer: hotSpotOf,
})

export const hotSpotRise = define({
  name: 'hot-spot-rise',
  meaning:
    "how far a transformer's hot spot is above its top oil, K: to be added to a measured oil temperature",
  unit: 'K',
  answer: ({ rise, lag }) => rise - lag,
})

export const ageing = define({
  name: 'ageing',
  meaning: 'how fast paper that is not thermally upgraded ages: 2^((hot spot - 98) / 6), 1 at 98 degrees',
  unit: '1',
  answer: state => 2 ** ((hotSpotOf(state) - 98) / 6),
})
