import { DAY_MS } from './signal.ts'

export interface SlopeOptions {
  /** Rate of the steady creep, mm a day. */
  creepPerDay: number
  /** The creep begins to accelerate here, ms UTC. */
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
    const { onsetMs, failureMs, creepPerDay } = this.#options
    const cycleStart = this.#cycleStart(t)
    if (cycleStart === undefined) return undefined
    const shift = cycleStart - this.#firstStart()
    const accelerating = failureMs - onsetMs
    const steadyMs = Math.min(t - shift, onsetMs) - this.#firstStart()
    const steady = (creepPerDay * steadyMs) / DAY_MS
    if (t - shift <= onsetMs) return steady
    const left = failureMs - (t - shift)
    return steady + ((creepPerDay * accelerating) / DAY_MS) * Math.log(accelerating / left)
  }

  // The meter of the first cycle was installed as long before the onset as the acceleration lasts.
  #firstStart(): number {
    return this.#options.onsetMs - (this.#options.failureMs - this.#options.onsetMs)
  }

  // Cycles follow each other: creep, acceleration, failure, re-installation. Before the first there was another.
  #cycleStart(t: number): number | undefined {
    const first = this.#firstStart()
    const period = this.#options.failureMs - first + this.#options.reinstallMs
    const start = first + Math.floor((t - first) / period) * period
    return t - start < this.#options.failureMs - first ? start : undefined
  }
}
