import { type DetectorDefinition, type DetectorSettings, numberOption } from './detector.ts'
import { longestGapMs, MEMORY_OPTIONS, startOption } from './rain-memory.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'
import { sameUnit } from './units.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
// What was before weighs at most this much when the index becomes known.
const FORGOTTEN = 0.05
// Below this there is nothing left that could matter.
const NOTHING = 0.001

interface Antecedent {
  t: number
  index: number
  /** The index is complete from here on; -Infinity where it began with a known value. */
  since: number
}

/**
 * API_t = k API_{t-1} + P_t with a day as the step (Kohler and Linsley 1951, U.S. Weather Bureau Research Paper 34), between
 * the days as k^(part of a day).
 */
function recursionOf(settings: DetectorSettings): Recursion<Antecedent | null> {
  const k = numberOption(settings, 'k')
  const start = startOption(settings)
  const gapMs = longestGapMs(settings)
  const after = ({ t, index }: Antecedent, now: number): number => index * k ** ((now - t) / DAY_MS)
  return {
    begin: null,
    step(state, t, v) {
      if (state === null)
        return { t, index: v + (start ?? 0), since: start === undefined ? t : Number.NEGATIVE_INFINITY }
      if (t - state.t > gapMs) return { t, index: v, since: t }
      return { t, index: after(state, t) + v, since: state.since }
    },
    value(state, now) {
      if (state === null || k ** ((now - state.since) / DAY_MS) > FORGOTTEN) return undefined
      return after(state, now)
    },
    nextChange(state, now) {
      const isDrying = state !== null && gapMs === Number.POSITIVE_INFINITY && after(state, now) > NOTHING
      return isDrying
        ? state.t + (Math.floor(Math.max(0, now - state.t) / HOUR_MS) + 1) * HOUR_MS
        : Number.POSITIVE_INFINITY
    },
  }
}

export const antecedentRain: DetectorDefinition = {
  name: 'antecedent-rain',
  meaning: 'antecedent precipitation index: the rain of before, each day weighing less than the next',
  inputs: ['rain'],
  windowed: false,
  remembers: true,
  options: {
    k: {
      kind: 'number',
      min: 0.1,
      max: 0.99,
      unit: () => '1',
      meaning: 'what is left after a day; about 0.84 in China',
    },
    start: {
      kind: 'number',
      min: 0,
      max: 10_000,
      optional: true,
      unit: sameUnit,
      meaning:
        'the index when the record begins; without it the value is unknown until what was before weighs 5 %',
    },
    ...MEMORY_OPTIONS,
  },
  unit: sameUnit,
  create: settings => new RecursiveDetector(recursionOf(settings)),
}
