import { uniform } from '../signals/noise.ts'

/** One measurement on its way from the sensor to the wire. */
export interface Sample {
  /** When it was truly measured, ms UTC, and when the same series was measured before. */
  measuredMs: number
  previousMs: number
  /** The time that the message will state. */
  t: number
  v: number
  /** When it is sent: later than measured where something holds it back. */
  dueMs: number
}

/** When a fault is present: always where `fromMs` is undefined. */
export interface FaultWindow {
  fromMs?: number
  /** For ever where undefined. */
  lastsMs?: number
  /** Comes again after this time. */
  everyMs?: number
}

/** What can go wrong between a sensor and its gateway. Shares are probabilities per reading, 0 to 1. */
type FaultKind =
  | { kind: 'dropout'; share: number }
  | { kind: 'stuck' }
  | { kind: 'spike'; share: number; size: number }
  | { kind: 'duplicate'; share: number }
  | { kind: 'out-of-order'; share: number; delayMs: number }
  | { kind: 'clock-offset'; offsetMs: number }
  | { kind: 'outage' }

export type Fault = FaultKind & FaultWindow

export interface FaultContext {
  seed: number
  /** Where time starts for the seeded choices, ms UTC: the same scenario fails alike whenever it is started. */
  anchorMs: number
  /** The signal without faults. */
  valueAt(t: number): number | undefined
}

/** Turns one sample into none, one or several: a pure function of the seed and the sample's time. */
export type Transform = (sample: Sample) => readonly Sample[]

/** The faults of a series, one after the other. */
export function chain(faults: readonly Fault[], context: FaultContext): Transform {
  const transforms = faults.map((fault, index) =>
    transformOf(fault, { ...context, seed: context.seed + index }),
  )
  return sample =>
    transforms.reduce<readonly Sample[]>((samples, transform) => samples.flatMap(transform), [sample])
}

/** The start of the window that holds a time, or undefined outside of all. */
export function windowStart({ fromMs, lastsMs, everyMs }: FaultWindow, t: number): number | undefined {
  if (fromMs === undefined) return Number.NEGATIVE_INFINITY
  if (t < fromMs) return undefined
  const start = everyMs === undefined ? fromMs : t - ((t - fromMs) % everyMs)
  return t - start < (lastsMs ?? Number.POSITIVE_INFINITY) ? start : undefined
}

function transformOf(fault: Fault, { seed, anchorMs, valueAt }: FaultContext): Transform {
  const apply = faulty(fault, {
    chance: measuredMs => uniform(seed, measuredMs - anchorMs),
    valueAt,
  })
  return sample => {
    const start = windowStart(fault, sample.measuredMs)
    return start === undefined ? [sample] : apply(sample, start)
  }
}

interface Choices {
  chance(measuredMs: number): number
  valueAt(t: number): number | undefined
}

function faulty(fault: Fault, { chance, valueAt }: Choices): (sample: Sample, start: number) => Sample[] {
  switch (fault.kind) {
    case 'dropout':
      return sample => (chance(sample.measuredMs) < fault.share ? [] : [sample])
    case 'stuck':
      return (sample, start) => [
        { ...sample, v: (Number.isFinite(start) ? valueAt(start) : undefined) ?? sample.v },
      ]
    case 'spike':
      return sample => {
        const hit = chance(sample.measuredMs)
        if (hit >= fault.share) return [sample]
        // The lower half of the hits goes down.
        return [{ ...sample, v: sample.v + (hit < fault.share / 2 ? -fault.size : fault.size) }]
      }
    case 'duplicate':
      return sample => (chance(sample.measuredMs) < fault.share ? [sample, sample] : [sample])
    case 'out-of-order':
      return sample =>
        chance(sample.measuredMs) < fault.share
          ? [{ ...sample, dueMs: sample.dueMs + fault.delayMs }]
          : [sample]
    case 'clock-offset':
      return sample => [{ ...sample, t: sample.t + fault.offsetMs }]
    case 'outage':
      return (sample, start) => [
        { ...sample, dueMs: Math.max(sample.dueMs, start + (fault.lastsMs ?? Number.POSITIVE_INFINITY)) },
      ]
  }
}
