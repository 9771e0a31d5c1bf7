import { type DetectorDefinition, numberOption } from './detector.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'
import { differenceUnit, noUnit } from './units.ts'

const HOUR_MS = 3_600_000
// How finely time is told: five minutes, and once that is little, a 64th of what has passed.
const STEP_MS = 300_000
const STEPS = 64

/** The next instant at which the time since `t` is told anew. */
function nextStep(t: number, now: number): number {
  const passed = Math.max(0, now - t)
  // Steps of a power of two times the shortest, so that the instants do not depend on when they were asked for.
  const step = STEP_MS * 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, passed / (STEP_MS * STEPS)))))
  return t + (Math.floor(passed / step) + 1) * step
}

const silentFor = (windowMs: number): Recursion<number | null> => ({
  begin: null,
  step: (_state, t) => t,
  value: (state, now) => (state === null ? undefined : now - state >= windowMs ? 1 : 0),
  nextChange: (state, now) =>
    state === null || now >= state + windowMs ? Number.POSITIVE_INFINITY : state + windowMs,
})

/**
 * 1 when nothing came for the length of the window, otherwise 0; unknown before the first reading. It stays known when
 * the inputs are missing.
 */
export const silent: DetectorDefinition = {
  name: 'silent',
  meaning: '1 when nothing came for so long, otherwise 0; known while nothing comes',
  inputs: ['quantity'],
  windowed: true,
  knowsSilence: true,
  remembers: true,
  options: {},
  unit: noUnit,
  create: ({ windowMs, lagMs }) => new RecursiveDetector(silentFor(windowMs), lagMs),
}

const sinceReading: Recursion<number | null> = {
  begin: null,
  step: (_state, t) => t,
  value: (state, now) => (state === null ? undefined : (now - state) / HOUR_MS),
  nextChange: (state, now) => (state === null ? Number.POSITIVE_INFINITY : nextStep(state, now)),
}

/** Hours since the last reading, told every five minutes while nothing comes, later in steps of 2 % at most. */
export const since: DetectorDefinition = {
  name: 'since',
  meaning: 'hours since the last reading; known while nothing comes',
  inputs: ['quantity'],
  windowed: false,
  knowsSilence: true,
  remembers: true,
  options: {},
  unit: () => 'h',
  create: () => new RecursiveDetector(sinceReading),
}

interface Unchanged {
  since: number
  /** The value that it has kept to. */
  v: number
}

const sinceChange = (by: number): Recursion<Unchanged | null> => ({
  begin: null,
  step: (state, t, v) => (state === null || Math.abs(v - state.v) > by ? { since: t, v } : state),
  value: (state, now) => (state === null ? undefined : (now - state.since) / HOUR_MS),
  nextChange: (state, now) => (state === null ? Number.POSITIVE_INFINITY : nextStep(state.since, now)),
})

/**
 * Hours since the value was last more than `by` away from where it stood: from the first reading on, where it never
 * was. Slow drift is a change as soon as it has come so far.
 */
export const unchanged: DetectorDefinition = {
  name: 'unchanged',
  meaning: 'hours since the value last moved away from where it stood',
  inputs: ['quantity'],
  windowed: false,
  remembers: true,
  options: {
    by: {
      kind: 'number',
      min: 0,
      max: 1e12,
      unit: differenceUnit,
      meaning: 'a difference up to this is no change; the resolution of the sensor',
    },
  },
  unit: () => 'h',
  create: settings => new RecursiveDetector(sinceChange(numberOption(settings, 'by'))),
}
