import type { Detector, Inputs } from './detector.ts'

/**
 * A series may be this much behind another without being late (`skewMs` of the engine's limits): samples are taken up
 * for good once none before them can come any more.
 */
export const SKEW_MS = 60_000

/** Values of the inputs, each holding until its next sample. */
export interface HeldRecursion<S> {
  /** When all inputs are known: at first, or again after one of them was silent for too long. */
  begin(values: readonly number[], t: number, isFirst: boolean): S
  /** After the values held from one instant to another, ms. States are replaced, never changed. */
  step(state: S, values: readonly number[], fromMs: number, toMs: number): S
  value(state: S, now: number): number | undefined
}

interface Progress<S> {
  /** Event time up to which samples were taken up. */
  through: number
  /** Newest value of each input and its time; NaN and -Infinity before the first. */
  values: readonly number[]
  times: readonly number[]
  /** Null while an input is unknown: it had no sample yet, or none for too long. */
  state: S | null
  /** False before the first state. */
  hasBegun: boolean
}

/** Takes up the samples of several series in the order of time. */
export class HeldDetector<S> implements Detector {
  readonly #recursion: HeldRecursion<S>
  readonly #holdMs: number
  #progress: Progress<S>
  #next: readonly number[]

  /** @param holdMs - a value holds this long at most; after that the model begins anew */
  constructor(recursion: HeldRecursion<S>, inputs: number, holdMs: number) {
    this.#recursion = recursion
    this.#holdMs = holdMs
    this.#next = Array.from({ length: inputs }, () => 0)
    this.#progress = {
      through: Number.NEGATIVE_INFINITY,
      values: this.#next.map(() => Number.NaN),
      times: this.#next.map(() => Number.NEGATIVE_INFINITY),
      state: null,
      hasBegun: false,
    }
  }

  value(inputs: Inputs, now: number): number | undefined {
    const newest = inputs.map(samples =>
      samples.next > samples.first ? samples.time(samples.next - 1) : Number.NEGATIVE_INFINITY,
    )
    const settled = Math.min(now, Math.max(now - SKEW_MS, Math.min(...newest)))
    const done = this.#take(inputs, { progress: this.#progress, next: this.#next }, settled)
    this.#progress = done.progress
    this.#next = done.next
    // What may still be overtaken counts for this answer only.
    const { progress } = this.#take(inputs, done, now)
    const { state } = this.#hold(progress, now)
    const value = state === null ? undefined : this.#recursion.value(state, now)
    return value !== undefined && Number.isFinite(value) ? value : undefined
  }

  memory(): unknown {
    return this.#progress
  }

  recall(inputs: Inputs, memory: unknown): void {
    this.#progress = memory as Progress<S>
    this.#next = inputs.map(samples => samples.after(this.#progress.through))
  }

  #take(
    inputs: Inputs,
    { progress, next }: { progress: Progress<S>; next: readonly number[] },
    until: number,
  ): { progress: Progress<S>; next: readonly number[] } {
    // What comes behind what was taken up for good is late: it is met when the scope begins again.
    const at = inputs.map((samples, input) => {
      let place = Math.max(samples.first, next[input] as number)
      while (place < samples.next && samples.time(place) <= progress.through) place++
      return place
    })
    let now = progress
    for (;;) {
      const times = inputs.map((samples, input) =>
        (at[input] as number) < samples.next ? samples.time(at[input] as number) : Number.POSITIVE_INFINITY,
      )
      const t = Math.min(...times)
      if (t > until) return { progress: now, next: at }
      now = this.#hold(now, t)
      const values = now.values.map((value, input) =>
        times[input] === t ? (inputs[input]?.value(at[input] as number) as number) : value,
      )
      const newest = now.times.map((time, input) => (times[input] === t ? t : time))
      for (const [input, time] of times.entries()) if (time === t) at[input] = (at[input] as number) + 1
      const isKnown = newest.every(time => t - time <= this.#holdMs)
      const state = now.state ?? (isKnown ? this.#recursion.begin(values, t, !now.hasBegun) : null)
      now = { through: t, values, times: newest, state, hasBegun: now.hasBegun || state !== null }
    }
  }

  // Lets the values hold until `t`.
  #hold(progress: Progress<S>, t: number): Progress<S> {
    const { through, values, times, state } = progress
    const isKnown = times.every(time => t - time <= this.#holdMs)
    const next =
      isKnown && state !== null && t > through ? this.#recursion.step(state, values, through, t) : state
    return { ...progress, through: t, state: isKnown ? next : null }
  }
}
