import { type DetectorDefinition, numberOption } from './detector.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'
import { sameUnit } from './units.ts'

interface Average {
  since: number
  t: number
  mean: number
}

/**
 * Exponentially weighted moving average over uneven times: a reading dt after the one before weighs
 * 1 - e^(-dt / tau) (Roberts 1959, doi 10.1080/00401706.1959.10489860, where dt is constant). Unknown for the first tau,
 * while the first reading still weighs most.
 */
const averageOver = (tauMs: number): Recursion<Average | null> => ({
  begin: null,
  step(state, t, v) {
    if (state === null) return { since: t, t, mean: v }
    const weight = -Math.expm1((state.t - t) / tauMs)
    return { since: state.since, t, mean: state.mean + (v - state.mean) * weight }
  },
  value: state => (state !== null && state.t - state.since >= tauMs ? state.mean : undefined),
})

/** A moving average that forgets by e within `tau`; it keeps no readings. */
export const ewma: DetectorDefinition = {
  name: 'ewma',
  meaning: 'moving average in which older readings weigh ever less',
  inputs: ['quantity'],
  windowed: false,
  remembers: true,
  options: {
    tau: { kind: 'duration', meaning: 'time after which a reading weighs 1/e of what it did' },
  },
  unit: sameUnit,
  create: settings => new RecursiveDetector(averageOver(numberOption(settings, 'tau'))),
}
