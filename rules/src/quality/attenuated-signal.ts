import { Quality } from '@picket/devices'
import { Extremes, type ExtremesState } from './extremes.ts'

/** Limits of the attenuated signal test, in the quantity's unit. */
export interface AttenuatedTest {
  windowMs: number
  suspect: number
  fail: number | undefined
}

/** Plain data. Places on the test's own clock, as for the flat line. */
export interface AttenuatedState {
  at: number
  /** Where the readings begin that are looked at. */
  since: number
  extremes: ExtremesState
}

export const newAttenuated = (): AttenuatedState => ({ at: 0, since: 0, extremes: { highs: [], lows: [] } })

/** QARTOD attenuated signal test: the readings of a window spread over less than they should, from dirt or ice. */
export class AttenuatedSignal {
  readonly #test: AttenuatedTest
  readonly #extremes: Extremes
  #at: number
  #since: number

  constructor(test: AttenuatedTest, state: AttenuatedState) {
    this.#test = test
    this.#extremes = new Extremes(state.extremes)
    this.#at = state.at
    this.#since = state.since
  }

  /**
   * @param coveredMs - time since the reading before, a gap shortened; 0 for the first
   * @returns not evaluated until readings cover the window
   */
  take(coveredMs: number, v: number): Quality {
    const { windowMs, suspect, fail } = this.#test
    this.#at += coveredMs
    this.#since = this.#extremes.push(this.#at, v) ?? this.#since
    this.#extremes.keepFrom(this.#at - windowMs)
    if (this.#at - this.#since < windowMs) return Quality.NOT_EVALUATED
    const { spread } = this.#extremes
    if (fail !== undefined && spread < fail) return Quality.FAIL
    return spread < suspect ? Quality.SUSPECT : Quality.PASS
  }

  state(): AttenuatedState {
    return { at: this.#at, since: this.#since, extremes: this.#extremes.state() }
  }
}
