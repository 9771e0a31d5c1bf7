import type { Reading } from '@picket/devices'

/** A reading with its number in its epoch. */
export interface Numbered {
  seq: number
  reading: Reading
}

/** Consecutive readings set aside for one reason. */
export interface Run {
  reason: string
  first: number
  last: number
  readings: Reading[]
}

/** Readings of one batch that are set aside, by reason. */
export class Aside {
  readonly #byReason = new Map<string, Numbered[]>()

  put(reason: string, one: Numbered): void {
    const list = this.#byReason.get(reason)
    if (list) list.push(one)
    else this.#byReason.set(reason, [one])
  }

  /** What was put, cut where the numbers or the device change. */
  runs(): Run[] {
    const runs: Run[] = []
    for (const [reason, list] of this.#byReason) {
      let run: Run | undefined
      for (const { seq, reading } of list.sort((a, b) => a.seq - b.seq)) {
        if (run && seq === run.last + 1 && reading.device === run.readings[0]?.device) {
          run.last = seq
          run.readings.push(reading)
        } else {
          run = { reason, first: seq, last: seq, readings: [reading] }
          runs.push(run)
        }
      }
    }
    return runs
  }
}
