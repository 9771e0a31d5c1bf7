import { Mark, type Reading, seriesName } from '@picket/devices'

const MAX_SERIES = 4096
/** Times further ahead than this come from a clock that was set back since: they count no more. */
const MAX_LEAD_MS = 1000

/**
 * Keeps apart readings that bear the time of their arrival: a series has one value at a time, and a sensor without
 * a clock can send two within one millisecond, or several in one message.
 */
export class ArrivalTimes {
  readonly #last = new Map<string, number>()

  /** Moves a reading without a time of its own to the next millisecond that is free in its series. */
  keepApart(reading: Reading): void {
    if ((reading.q & Mark.ARRIVAL_TIME) === 0) return
    const name = seriesName(reading.device, reading.quantity)
    const last = this.#last.get(name)
    if (last !== undefined && last >= reading.t && last - reading.t < MAX_LEAD_MS) reading.t = last + 1
    if (last === undefined && this.#last.size >= MAX_SERIES) this.#forget(reading.t)
    this.#last.set(name, reading.t)
  }

  // What lies in the past cannot be met again; should all be of this millisecond, the first ones go.
  #forget(now: number): void {
    for (const [name, last] of this.#last) if (last < now) this.#last.delete(name)
    for (const name of this.#last.keys()) {
      if (this.#last.size < MAX_SERIES) break
      this.#last.delete(name)
    }
  }
}
