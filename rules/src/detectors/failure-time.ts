import type { Fault } from '@picket/devices'
import { type DetectorDefinition, type DetectorSettings, numberOption } from './detector.ts'
import { type FailureTime, failureOf, type Point } from './inverse-velocity.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'

const HOUR_MS = 3_600_000
/** Velocities in the two moving averages whose crossing is the onset of acceleration (Carla et al. 2017). */
const SHORT = 3
const LONG = 7
/** Most points of a fit. */
const MOST_POINTS = 512

/** Mean of the readings of one stretch of time. */
interface Stretch {
  index: number
  count: number
  /** From the begin of the stretch, ms. */
  t: number
  v: number
}

interface Creep {
  current: Stretch | null
  before: Stretch | null
  /** The newest velocities, the oldest first: as many as the long average takes. */
  velocities: readonly number[]
  /** Inverse velocities since the onset. */
  points: readonly Point[]
  failure: FailureTime | undefined
}

const AT_REST: Creep = { current: null, before: null, velocities: [], points: [], failure: undefined }

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

interface Shape {
  windowMs: number
  smoothMs: number
  leastPoints: number
  leastR2: number
}

/** What a finished stretch adds: a velocity, and while the ground accelerates a point of the fit. */
function finish(state: Creep, { windowMs, smoothMs, leastPoints, leastR2 }: Shape): Creep {
  const { current, before } = state
  const rested = { ...AT_REST, before: current }
  if (!current || !before || current.index !== before.index + 1) return rested
  const time = (stretch: Stretch): number => stretch.index * smoothMs + stretch.t
  const hours = (time(current) - time(before)) / HOUR_MS
  const velocity = (current.v - before.v) / hours
  const velocities = [...state.velocities, velocity].slice(-LONG)
  const isAccelerating =
    velocities.length === LONG && velocity > 0 && mean(velocities.slice(-SHORT)) > mean(velocities)
  if (!isAccelerating) return { ...rested, velocities }
  const t = (time(current) + time(before)) / 2
  const points = [...state.points, { t, inverse: 1 / velocity }].filter(point => point.t > t - windowMs)
  return {
    current: null,
    before: current,
    velocities,
    points,
    failure: failureOf(points, { leastPoints, leastR2 }),
  }
}

function timeToFailure(shape: Shape, bound: 'likely' | 'low' | 'high'): Recursion<Creep> {
  const { smoothMs, windowMs } = shape
  return {
    begin: AT_REST,
    step(state, t, v) {
      const index = Math.floor(t / smoothMs)
      const { current, ...rest } =
        state.current && state.current.index !== index ? finish(state, shape) : state
      const place = t - index * smoothMs
      if (!current) return { ...rest, current: { index, count: 1, t: place, v } }
      const count = current.count + 1
      const next = {
        index,
        count,
        t: current.t + (place - current.t) / count,
        v: current.v + (v - current.v) / count,
      }
      return { ...rest, current: next }
    },
    value({ failure, points }, now) {
      const newest = points.at(-1)
      if (!failure || !newest || now - newest.t > windowMs) return undefined
      return Math.max(0, (failure[bound] - now) / HOUR_MS)
    },
  }
}

function checkShape({ windowMs, options }: DetectorSettings): Fault | undefined {
  const stretches = windowMs / (options.smooth as number)
  if (stretches > MOST_POINTS)
    return {
      code: 'feature-option',
      message: `the window holds ${Math.floor(stretches)} times smooth; ${MOST_POINTS} at most`,
      hint: 'smooth longer, or look back less far',
    }
  if (typeof options.points === 'number' && stretches < options.points)
    return {
      code: 'feature-option',
      message: `the window holds fewer than ${options.points} times smooth: there would never be enough points`,
      hint: 'look back farther, or smooth less',
    }
  return undefined
}

/**
 * Hours until the ground fails, by the inverse velocity method: 1/v falls along a straight line that reaches 0 at the
 * failure (Fukuzono 1985; Voight 1988, doi 10.1038/332125a0). Readings are first averaged over stretches of `smooth`; the fit begins where
 * the mean of the last three velocities rises above that of the last seven and is given up where it falls below (Carla et
 * al. 2017, doi 10.1007/s10346-016-0731-5). Unknown unless 1/v falls, with enough points and a good fit. `bound low` and
 * `bound high` are the ends of the 95 % interval.
 */
export const failureTime: DetectorDefinition = {
  name: 'failure-time',
  meaning:
    'hours until the ground fails, by the inverse velocity method; unknown unless it accelerates and the fit is good',
  inputs: ['displacement'],
  windowed: true,
  remembers: true,
  options: {
    smooth: { kind: 'duration', meaning: 'readings are averaged over this long before a velocity is taken' },
    bound: {
      kind: 'word',
      words: ['likely', 'low', 'high'],
      default: 'likely',
      meaning: 'the best estimate, or an end of its 95 % interval',
    },
    points: {
      kind: 'number',
      min: 4,
      max: MOST_POINTS,
      default: 5,
      meaning: 'least number of velocities in the fit',
    },
    r2: {
      kind: 'number',
      min: 0,
      max: 1,
      default: 0.8,
      meaning: 'least share of the variance that the line explains',
    },
  },
  unit: () => 'h',
  check: checkShape,
  create: settings =>
    new RecursiveDetector(
      timeToFailure(
        {
          windowMs: settings.windowMs,
          smoothMs: numberOption(settings, 'smooth'),
          leastPoints: numberOption(settings, 'points'),
          leastR2: numberOption(settings, 'r2'),
        },
        settings.options.bound as 'likely' | 'low' | 'high',
      ),
      settings.lagMs,
    ),
}
