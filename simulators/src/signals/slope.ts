import { DAY_MS } from './signal.ts'

export interface SlopeOptions {
  /** Rate of the steady creep, mm a day. */
  creepPerDay: number
  /** The meter was installed here, and stood at zero. */
  installedMs: number
  /** The creep begins to accelerate here, ms UTC, after the installation. */
  onsetMs: number
  /** The slope fails here, ms UTC, after `onsetMs`. */
  failureMs: number
  /** After a failure it takes this long until a new meter stands. */
  reinstallMs: number
}

/**
 * A slope that creeps steadily, accelerates and fails; afterwards a re-installed meter starts from zero and the
 * same begins again.
 *
 * The acceleration is Fukuzono's (1985) with exponent 2, the usual one of slopes: the inverse velocity falls
 * linearly and reaches zero at the failure, 1/v = (failure - t) / (v0 T) with T = failure - onset. Integrated:
 * S = S(onset) + v0 T ln(T / (failure - t)).
 */
export class Slope {
  readonly #options: SlopeOptions

  constructor(options: SlopeOptions) {
    this.#options = options
  }

  /** Displacement since the meter was installed, mm; undefined while there is none. */
  displacementMm(t: number): number | undefined {
    const { installedMs, onsetMs, failureMs, reinstallMs, creepPerDay } = this.#options
    // Cycles follow each other, and before the first there was another.
    const standsMs = failureMs - installedMs
    const period = standsMs + reinstallMs
    const ageMs = t - installedMs - Math.floor((t - installedMs) / period) * period
    if (ageMs >= standsMs) return undefined
    const steadyMs = Math.min(ageMs, onsetMs - installedMs)
    const steady = (creepPerDay * steadyMs) / DAY_MS
    if (ageMs === steadyMs) return steady
    const accelerating = failureMs - onsetMs
    return steady + ((creepPerDay * accelerating) / DAY_MS) * Math.log(accelerating / (standsMs - ageMs))
  }
}
