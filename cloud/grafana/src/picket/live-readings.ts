import type { LiveReading } from '../../../console/src/api/shapes.ts'
import { appendReading } from '../../../console/src/chart/points.ts'
import type { ReadAnswer, ReadSeries } from './readings.ts'

// The clock of whoever looks may be behind the cloud's.
const AHEAD_MS = 300_000

/**
 * Series that grow by what happens. Each keeps its span and at most 5,000 points (`appendReading`); the oldest go first.
 * Readings of a series that was not asked for are passed over.
 */
export class LiveReadings {
  readonly #answer: ReadAnswer
  readonly #spanMs: number
  readonly #byName: ReadonlyMap<string, ReadSeries>

  constructor(answer: ReadAnswer, spanMs: number) {
    const series = answer.series.map(one => ({ ...one, points: [...one.points] }))
    this.#answer = { ...answer, series }
    this.#spanMs = spanMs
    this.#byName = new Map(series.map(one => [nameOf(one), one]))
  }

  get answer(): ReadAnswer {
    return this.#answer
  }

  /** True where something was taken. */
  take(readings: readonly LiveReading[], now: number): boolean {
    let isTaken = false
    for (const reading of readings) {
      const series = this.#byName.get(nameOf(reading))
      const isWithin = reading.t >= now - this.#spanMs && reading.t <= now + AHEAD_MS
      if (!series || !isWithin || !Number.isFinite(reading.v)) continue
      appendReading(series.points, reading, series.resolutionMs)
      isTaken = true
    }
    if (isTaken) this.#forget(now - this.#spanMs)
    return isTaken
  }

  #forget(before: number): void {
    for (const { points, resolutionMs } of this.#answer.series) {
      const kept = points.findIndex(({ t }) => t + resolutionMs >= before)
      if (kept > 0) points.splice(0, kept)
    }
  }
}

// Ids hold no line breaks.
const nameOf = ({ device, quantity }: { device: string; quantity: string }): string =>
  `${device}\n${quantity}`
