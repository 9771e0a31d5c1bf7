import type { Samples } from '../detectors/detector.ts'

const INITIAL_CAPACITY = 64
const NONE = new Float64Array(0)

/** The samples as plain data, oldest first. */
export interface SampleRingState {
  /** Ordinal of the first of them. */
  first: number
  times: Float64Array
  values: Float64Array
}

/**
 * Samples of one series in strictly ascending time, in a ring that grows to a bound. When it is full the
 * oldest sample goes, whatever window wanted it.
 */
export class SampleRing implements Samples {
  readonly #maxSamples: number
  #times = NONE
  #values = NONE
  #first = 0
  #next = 0

  constructor(maxSamples: number, state?: SampleRingState) {
    this.#maxSamples = maxSamples
    this.#first = state?.first ?? 0
    this.#next = this.#first
    state?.times.forEach((t, at) => {
      this.push(t, state.values[at] as number)
    })
  }

  get first(): number {
    return this.#first
  }

  get next(): number {
    return this.#next
  }

  /** Time of the newest sample, -Infinity when there is none. */
  get lastTime(): number {
    return this.#next > this.#first ? this.time(this.#next - 1) : Number.NEGATIVE_INFINITY
  }

  time(ordinal: number): number {
    return this.#times[ordinal & (this.#times.length - 1)] as number
  }

  value(ordinal: number): number {
    return this.#values[ordinal & (this.#values.length - 1)] as number
  }

  /** Appends a sample; `t` must be later than every other. */
  push(t: number, v: number): void {
    if (this.#next - this.#first === this.#times.length) {
      if (this.#times.length < this.#maxSamples) this.#grow()
      else this.#first++
    }
    const at = this.#next++ & (this.#times.length - 1)
    this.#times[at] = t
    this.#values[at] = v
  }

  /** Time of the newest sample at or before `t`, -Infinity when there is none. */
  lastTimeUntil(t: number): number {
    if (this.lastTime <= t) return this.lastTime
    const at = this.after(t) - 1
    return at >= this.#first ? this.time(at) : Number.NEGATIVE_INFINITY
  }

  /** Lets go of samples before `t`, save the newest of them: it is the last value at `t`. */
  trimBefore(t: number): void {
    while (this.#first + 1 < this.#next && this.time(this.#first + 1) < t) this.#first++
  }

  /** Ordinal of the first sample after `t`; `next` when there is none. */
  after(t: number): number {
    let low = this.#first
    let high = this.#next
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.time(middle) <= t) low = middle + 1
      else high = middle
    }
    return low
  }

  /** True when there is a sample of exactly this time. */
  has(t: number): boolean {
    const at = this.after(t) - 1
    return at >= this.#first && this.time(at) === t
  }

  /** The sample of exactly this time, if there is one. */
  valueAt(t: number): number | undefined {
    const at = this.after(t) - 1
    return at >= this.#first && this.time(at) === t ? this.value(at) : undefined
  }

  /** Puts other values at these times, undefined for none. Ordinals change, as with `merge`. */
  correct(changes: ReadonlyMap<number, number | undefined>): void {
    const { times, values } = this.state()
    this.#first = 0
    this.#next = 0
    times.forEach((t, at) => {
      if (!changes.has(t)) this.push(t, values[at] as number)
    })
    this.merge([...changes].flatMap(([t, v]) => (v === undefined ? [] : [{ t, v }])))
  }

  /** Takes a sample out. Ordinals after it change: detectors must find their places again. @returns false where there is none */
  remove(t: number): boolean {
    if (!this.has(t)) return false
    const mask = this.#times.length - 1
    for (let at = this.after(t); at < this.#next; at++) {
      this.#times[(at - 1) & mask] = this.time(at)
      this.#values[(at - 1) & mask] = this.value(at)
    }
    this.#next--
    return true
  }

  /** Puts late samples into their places. Ordinals change: detectors must find their places again. */
  merge(late: readonly { t: number; v: number }[]): void {
    const merged = [...late]
      .sort((a, b) => a.t - b.t)
      .filter(({ t }, at, all) => t !== all[at - 1]?.t && !this.has(t))
    if (merged.length === 0) return
    const { times, values } = this.state()
    this.#first = 0
    this.#next = 0
    let at = 0
    for (let old = 0; old < times.length; old++) {
      for (; at < merged.length && merged[at]!.t < (times[old] as number); at++)
        this.push(merged[at]!.t, merged[at]!.v)
      this.push(times[old] as number, values[old] as number)
    }
    for (; at < merged.length; at++) this.push(merged[at]!.t, merged[at]!.v)
  }

  state(): SampleRingState {
    const length = this.#next - this.#first
    const times = new Float64Array(length)
    const values = new Float64Array(length)
    for (let at = 0; at < length; at++) {
      times[at] = this.time(this.#first + at)
      values[at] = this.value(this.#first + at)
    }
    return { first: this.#first, times, values }
  }

  #grow(): void {
    const { times, values } = this.state()
    const capacity = Math.max(INITIAL_CAPACITY, this.#times.length * 2)
    this.#times = new Float64Array(capacity)
    this.#values = new Float64Array(capacity)
    for (let at = 0; at < times.length; at++) {
      this.#times[(this.#first + at) & (capacity - 1)] = times[at] as number
      this.#values[(this.#first + at) & (capacity - 1)] = values[at] as number
    }
  }
}
