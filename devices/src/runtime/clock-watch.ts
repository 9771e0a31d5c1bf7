import type { Clock } from './clock.ts'

/** What a clock did that clocks do not. */
type ClockLeap = { kind: 'was set back' | 'jumped forward'; byMs: number }

/** A clock that was set back by less is waited out. */
export const SET_BACK_MS = 5000
// A clock that is corrected by less does no harm: every silence that is an alarm is longer.
const FORWARD_MS = 30_000

/**
 * Notices a clock that was set back, and one that jumped forward: it was set, or the machine was suspended. Nothing came
 * in meanwhile, and that says nothing about the sensors. A forward jump is what the clock has gained on the time for
 * which the program could run.
 */
export class ClockWatch {
  readonly #clock: Clock
  #ahead: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#ahead = clock.now() - clock.running()
  }

  /** @param engineNow - the latest time that the engine was given */
  look(engineNow: number): ClockLeap | undefined {
    const now = this.#clock.now()
    const ahead = now - this.#clock.running()
    const gainedMs = ahead - this.#ahead
    this.#ahead = ahead
    if (engineNow - now >= SET_BACK_MS) return { kind: 'was set back', byMs: engineNow - now }
    return gainedMs >= FORWARD_MS ? { kind: 'jumped forward', byMs: gainedMs } : undefined
  }
}
