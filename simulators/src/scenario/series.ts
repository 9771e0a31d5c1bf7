import type { Sample, Transform } from '../faults/fault.ts'
import type { Signal } from '../signals/signal.ts'
import type { Grid } from './grid.ts'

export interface SeriesOptions {
  device: string
  quantity: string
  grid: Grid
  signal: Signal
  transform: Transform
}

/** What goes out in one message, and the measurement before its earliest. */
export interface Parcel {
  topic: string
  samples: Sample[]
  previousMs: number
}

/** Most readings in one message. */
export const PARCEL_LENGTH = 200
// What a logger holds back during an outage; beyond it the oldest is overwritten, as in a ring memory.
const MAX_HELD = 10_000

/** One series of a scenario: measures on its grid, passes the faults, and knows what is acknowledged. */
export class Series {
  readonly name: string
  readonly #options: SeriesOptions
  #measuredMs: number
  // Measured and not yet due, by due time.
  #held: Sample[] = []
  #overwritten = 0
  readonly #underWay = new Set<Parcel>()

  /** @param measuredMs - the last measurement that is done with */
  constructor(options: SeriesOptions, measuredMs: number) {
    this.name = `${options.device}/${options.quantity}`
    this.#options = options
    this.#measuredMs = measuredMs
  }

  /** The last measurement taken, ms UTC. */
  get measuredMs(): number {
    return this.#measuredMs
  }

  /** Readings that were lost because too many were held back. */
  get overwritten(): number {
    return this.#overwritten
  }

  /** When this series next has something to do. */
  nextMs(nowMs: number): number {
    const next = this.#options.grid.after(this.#measuredMs, nowMs)
    return Math.min(next, this.#held[0]?.dueMs ?? next)
  }

  /** Measures up to `untilMs` and returns what is due by then, in parcels. */
  take(untilMs: number, nowMs: number): Parcel[] {
    const { grid, signal, transform } = this.#options
    for (let t = grid.after(this.#measuredMs, nowMs); t <= untilMs; t = grid.after(t, nowMs)) {
      const previousMs = this.#measuredMs
      this.#measuredMs = t
      const v = signal(t, previousMs)
      if (v !== undefined) this.#hold(transform({ measuredMs: t, previousMs, t, v, dueMs: t }))
    }
    const due = this.#held.findIndex(({ dueMs }) => dueMs > untilMs)
    return this.#parcels(this.#held.splice(0, due < 0 ? this.#held.length : due))
  }

  acknowledge(parcel: Parcel): void {
    this.#underWay.delete(parcel)
  }

  /** The last measurement up to which nothing is under way or held back. */
  doneMs(): number {
    let done = this.#measuredMs
    for (const { previousMs } of this.#held) done = Math.min(done, previousMs)
    for (const { previousMs } of this.#underWay) done = Math.min(done, previousMs)
    return done
  }

  #hold(samples: readonly Sample[]): void {
    for (const sample of samples) {
      let at = this.#held.length
      while (at > 0 && (this.#held[at - 1] as Sample).dueMs > sample.dueMs) at--
      this.#held.splice(at, 0, sample)
    }
    if (this.#held.length > MAX_HELD) {
      this.#overwritten += this.#held.length - MAX_HELD
      this.#held.splice(0, this.#held.length - MAX_HELD)
    }
  }

  #parcels(samples: Sample[]): Parcel[] {
    const { device, quantity } = this.#options
    const parcels: Parcel[] = []
    for (let from = 0; from < samples.length; from += PARCEL_LENGTH) {
      const part = samples.slice(from, from + PARCEL_LENGTH)
      const previousMs = part.reduce((least, sample) => Math.min(least, sample.previousMs), Infinity)
      const parcel = { topic: `sensors/${device}/${quantity}`, samples: part, previousMs }
      this.#underWay.add(parcel)
      parcels.push(parcel)
    }
    return parcels
  }
}
