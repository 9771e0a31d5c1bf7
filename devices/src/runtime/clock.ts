/** Ends a timer; harmless when it has fired. */
export type CancelTimer = () => void

/** Where a program gets its time from: the system, or a test that advances it. */
export interface Clock {
  /** ms since 1970 UTC. */
  now(): number
  /**
   * ms since the start of the machine, the same for all who run on it: goes on evenly where `now()` is set, and stands while
   * the machine is suspended.
   */
  running(): number
  /** Calls back once, when the clock has reached `now() + delayMs`. */
  after(delayMs: number, callback: () => void): CancelTimer
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1

// performance.now() counts from the start of the process, by the same clock.
const PROCESS_BEGAN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const systemClock: Clock = {
  now: Date.now,
  running: () => PROCESS_BEGAN_MS + performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMEOUT_MS))
    return () => clearTimeout(timer)
  },
}

/** Calls back again and again, `intervalMs` after each return. */
export function every(clock: Clock, intervalMs: number, callback: () => void): CancelTimer {
  let cancel = clock.after(intervalMs, tick)
  let stopped = false
  function tick(): void {
    callback()
    if (!stopped) cancel = clock.after(intervalMs, tick)
  }
  return () => {
    stopped = true
    cancel()
  }
}

interface Timer {
  at: number
  callback: () => void
}

/** A clock that stands still until it is advanced. */
export class SteppedClock implements Clock {
  #now: number
  #jumpedMs: number
  #timers: Timer[] = []

  /** @param runningMs - how long the machine has been running, where that matters */
  constructor(now: number, runningMs = now) {
    this.#now = now
    this.#jumpedMs = now - runningMs
  }

  now(): number {
    return this.#now
  }

  running(): number {
    return this.#now - this.#jumpedMs
  }

  /**
   * Moves on without running, as a machine that was suspended: what fell due meanwhile fires with the next advance. Back it
   * moves as one whose clock is set: timers go on by the time that passes.
   */
  jump(byMs: number): void {
    this.#jumpedMs += byMs
    this.#now += byMs
    if (byMs < 0) for (const timer of this.#timers) timer.at += byMs
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { at: this.#now + Math.max(delayMs, 0), callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** Moves to `time`, firing every timer at its due instant, in order. */
  advanceTo(time: number): void {
    for (;;) {
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) => (timer.at <= time && (!first || timer.at < first.at) ? timer : first),
        undefined,
      )
      if (!next) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = Math.max(this.#now, time)
  }
}

/** What a test sends a program that it forked with `PICKET_CLOCK` set to a start time in ms. */
export interface AdvanceMessage {
  advanceTo: number
}
/** The program's answer once its timers have fired and its own work is done. */
export interface IdleMessage {
  idleAt: number
}

/**
 * The clock of a program. Without `PICKET_CLOCK` it is the system's. With it, the clock starts at that time
 * and stands; the parent process, which must have forked this one, advances it with an AdvanceMessage and is
 * answered with an IdleMessage.
 *
 * @param start - value of `PICKET_CLOCK`: ms since 1970 UTC, or undefined
 * @param idle - resolves when the program has nothing left to do at this instant
 */
export function openClock(start: string | undefined, idle: () => Promise<void>): Clock {
  if (start === undefined) return systemClock
  const clock = new SteppedClock(Number(start))
  process.on('message', (message: AdvanceMessage) => {
    clock.advanceTo(message.advanceTo)
    idle().then(() => process.send?.({ idleAt: clock.now() } satisfies IdleMessage))
  })
  return clock
}
