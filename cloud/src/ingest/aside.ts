import type { Reading } from '@picket/devices'

/** A reading with its number in its epoch. */
export interface Numbered {
  seq: number
  reading: Reading
}

/** Consecutive readings of one device set aside for one reason. */
export interface Run {
  reason: string
  first: number
  last: number
  readings: Reading[]
}

/** Readings of one batch that are set aside, by reason and device. */
export class Aside {
  readonly #runs = new Map<string, Run[]>()

  /** Puts one; each reason's are put in ascending order of their numbers. */
  put(reason: string, { seq, reading }: Numbered): void {
    const key = `${reason}\n${reading.device}`
    const runs = this.#runs.get(key) ?? []
    if (runs.length === 0) this.#runs.set(key, runs)
    const run = runs.at(-1)
    if (run && seq === run.last + 1) {
      run.last = seq
      run.readings.push(reading)
    } else runs.push({ reason, first: seq, last: seq, readings: [reading] })
  }

  /** What was put, for each reason and device, cut where the numbers are not consecutive. */
  runs(): Iterable<readonly Run[]> {
    return this.#runs.values()
  }
}
