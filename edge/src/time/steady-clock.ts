import { Mark } from '@picket/devices'
import type { CancelTimer, Clock } from '@picket/devices/runtime'

/**
 * How far a clock can be trusted: `known` by the cloud's word since the machine was started, `plausible` where nothing speaks
 * against it, `suspect` where it cannot be right or was set.
 */
export type ClockTrust = 'known' | 'plausible' | 'suspect'

/** No gateway with this software has run before 2026. */
export const SOFTWARE_DATE = Date.UTC(2026, 0, 1)

/**
 * The gateway's time: goes on evenly with the time since the start of the machine, and is set by the clock's keeper alone.
 * So nothing that counts time sees what is done to the machine's clock.
 */
export class SteadyClock implements Clock {
  readonly #host: Clock
  #baseMs: number
  #trust: ClockTrust = 'plausible'

  constructor(host: Clock) {
    this.#host = host
    this.#baseMs = host.now() - host.running()
  }

  now(): number {
    return Math.floor(this.#host.running() + this.#baseMs)
  }

  running(): number {
    return this.#host.running()
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    return this.#host.after(delayMs, callback)
  }

  /** What its time is ahead of the time since the start of the machine. */
  get baseMs(): number {
    return this.#baseMs
  }

  get trust(): ClockTrust {
    return this.#trust
  }

  /** False while nobody can say that something is old. */
  get isKnown(): boolean {
    return this.#trust === 'known'
  }

  /** What readings are marked with. */
  get marks(): number {
    return this.#trust === 'suspect' ? Mark.CLOCK_SUSPECT : 0
  }

  set(baseMs: number, trust: ClockTrust): void {
    this.#baseMs = baseMs
    this.#trust = trust
  }
}
