import { Quality } from '@picket/devices'
import { Extremes, type ExtremesState } from './extremes.ts'

/** Limits of the flat line test. */
export interface FlatLineTest {
  /** In the quantity's unit. */
  tolerance: number
  /** So long; in the reference so many intervals of the model, rounded down. */
  suspectMs: number
  failMs: number | undefined
  intervalMs: number
  reference: boolean
}

/** Plain data. Places on the test's own clock: see `FlatLine`. */
export interface FlatLineState {
  at: number
  /** Where the run began that is flat until now. */
  since: number
  extremes: ExtremesState
}

export const newFlatLine = (): FlatLineState => ({ at: 0, since: 0, extremes: { highs: [], lows: [] } })

/**
 * QARTOD flat line test: readings that have differed by no more than the tolerance for too long.
 *
 * Its clock counts time that readings cover: a gap counts as the longest time that is none. So neither uneven sampling
 * nor an outage makes or hides a flat line. The reference counts readings, and wants them to differ by less than the
 * tolerance, so that 0 never fires.
 */
export class FlatLine {
  readonly #test: FlatLineTest
  readonly #extremes: Extremes
  #at: number
  #since: number

  constructor(test: FlatLineTest, state: FlatLineState) {
    this.#test = test
    this.#extremes = new Extremes(state.extremes)
    this.#at = state.at
    this.#since = state.since
  }

  /** @param coveredMs - time since the reading before, a gap shortened; 0 for the first */
  take(coveredMs: number, v: number): Quality {
    const { tolerance, reference, suspectMs, failMs } = this.#test
    this.#at += reference ? 1 : coveredMs
    if (this.#extremes.isEmpty) this.#since = this.#at
    this.#since = this.#extremes.push(this.#at, v) ?? this.#since
    while (!this.#extremes.isEmpty && !this.#isFlat(tolerance)) this.#since = this.#extremes.dropOldest()
    this.#extremes.keepFrom(this.#at - this.#length(Math.max(suspectMs, failMs ?? 0)))
    if (this.#extremes.isEmpty) return Quality.PASS
    const flatFor = this.#at - this.#since
    if (failMs !== undefined && flatFor >= this.#length(failMs)) return Quality.FAIL
    return flatFor >= this.#length(suspectMs) ? Quality.SUSPECT : Quality.PASS
  }

  state(): FlatLineState {
    return { at: this.#at, since: this.#since, extremes: this.#extremes.state() }
  }

  #isFlat(tolerance: number): boolean {
    return this.#test.reference ? this.#extremes.spread < tolerance : this.#extremes.spread <= tolerance
  }

  #length(ms: number): number {
    return this.#test.reference ? Math.floor(ms / this.#test.intervalMs) : ms
  }
}
