import type { Detector, Inputs } from './detector.ts'

/**
 * A value that each sample changes and that no window gives back: its state is never changed, only replaced, so that
 * remembering it costs nothing.
 */
export interface Recursion<S> {
  /** Before the first sample. */
  readonly begin: S
  /** After one more sample, the newest so far. */
  step(state: S, t: number, v: number): S
  /** The value at `now`, at or after the newest sample. */
  value(state: S, now: number): number | undefined
  /** When the value is to be looked at again though nothing comes: see `Detector.nextChange`. */
  nextChange?(state: S, now: number): number
}

interface Memory<S> {
  /** Event time of the newest sample taken up. */
  through: number
  state: S
}

/** Takes up each sample of one series once, in the order of time, and remembers what they have come to. */
export class RecursiveDetector<S> implements Detector {
  readonly #recursion: Recursion<S>
  readonly #lagMs: number
  #memory: Memory<S>
  #next = 0

  constructor(recursion: Recursion<S>, lagMs = 0) {
    this.#recursion = recursion
    this.#lagMs = lagMs
    this.#memory = { through: Number.NEGATIVE_INFINITY, state: recursion.begin }
  }

  value([samples]: Inputs, now: number): number | undefined {
    const end = now - this.#lagMs
    this.#next = Math.max(this.#next, samples.first)
    let { through, state } = this.#memory
    for (; this.#next < samples.next && samples.time(this.#next) <= end; this.#next++) {
      through = samples.time(this.#next)
      state = this.#recursion.step(state, through, samples.value(this.#next))
    }
    if (through !== this.#memory.through) this.#memory = { through, state }
    const value = this.#recursion.value(state, end)
    return value !== undefined && Number.isFinite(value) ? value : undefined
  }

  nextChange(_inputs: Inputs, now: number): number {
    const { nextChange } = this.#recursion
    if (!nextChange) return Number.POSITIVE_INFINITY
    return nextChange(this.#memory.state, now - this.#lagMs) + this.#lagMs
  }

  memory(): unknown {
    return this.#memory
  }

  recall([samples]: Inputs, memory: unknown): void {
    this.#memory = memory as Memory<S>
    this.#next = samples.after(this.#memory.through)
  }
}
