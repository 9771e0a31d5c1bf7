import { type Reading, seriesName } from '../reading.ts'
import type { InputHistory, SeriesKey } from './converter.ts'

// Series that nobody has heard of for longer than others go first.
const MOST_SERIES = 1000
const MOST_READINGS = 256

/** The newest readings of each series in memory: the history of a converter where no store is at hand. */
export class RecentInputs implements InputHistory {
  readonly #series = new Map<string, Reading[]>()

  /** Takes a reading; of too many in a series the oldest goes, and of too many series the longest silent one. */
  put(reading: Reading): void {
    const name = seriesName(reading.device, reading.quantity)
    const readings = this.#series.get(name) ?? []
    this.#series.delete(name)
    this.#series.set(name, readings)
    const at = readings.findLastIndex(({ t }) => t <= reading.t)
    if (readings[at]?.t === reading.t) return
    readings.splice(at + 1, 0, reading)
    if (readings.length > MOST_READINGS) readings.shift()
    if (this.#series.size > MOST_SERIES) this.#series.delete(this.#series.keys().next().value as string)
  }

  upTo(series: SeriesKey, until: number): Reading | undefined {
    return this.#of(series).findLast(({ t }) => t <= until)
  }

  from(series: SeriesKey, since: number): Reading | undefined {
    return this.#of(series).find(({ t }) => t >= since)
  }

  between(series: SeriesKey, from: number, to: number): Reading[] {
    return this.#of(series).filter(({ t }) => t >= from && t <= to)
  }

  #of({ device, quantity }: SeriesKey): readonly Reading[] {
    return this.#series.get(seriesName(device, quantity)) ?? []
  }
}
