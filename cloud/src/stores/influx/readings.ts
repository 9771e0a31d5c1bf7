import type { Log } from '@picket/devices/runtime'
import type {
  AppendOutcome,
  DerivedValue,
  Point,
  RangeQuery,
  StoredReading,
  TimeSeriesStore,
} from '../ports.ts'
import type { JournalTail } from './journal-tail.ts'

/** Readings as the server has them. */
export interface RemoteReadings {
  /** As a store's; rejects where the server does not answer. */
  range(query: RangeQuery): Promise<Point[]>
}

export interface InfluxReadingsParts {
  /** The embedded store: it decides what is new, within the transaction, and has all that is in the tail. */
  local: TimeSeriesStore
  tail: JournalTail
  remote: RemoteReadings
  log: Log
}

/**
 * Readings that are read from InfluxDB. What the journal holds and InfluxDB may not have yet is read from here, so that no
 * picture lacks the last minutes; where InfluxDB does not answer, everything is.
 */
export class InfluxTimeSeriesStore implements TimeSeriesStore {
  readonly #parts: InfluxReadingsParts
  #failed = false

  constructor(parts: InfluxReadingsParts) {
    this.#parts = parts
  }

  append(readings: readonly StoredReading[]): AppendOutcome[] {
    return this.#parts.local.append(readings)
  }

  amend(readings: readonly StoredReading[]): void {
    this.#parts.local.amend(readings)
  }

  record(values: readonly DerivedValue[]): void {
    this.#parts.local.record(values)
  }

  latest(): ReadonlyMap<string, StoredReading> {
    return this.#parts.local.latest()
  }

  async range(query: RangeQuery): Promise<Point[]> {
    const { local, tail, log } = this.#parts
    const unshipped = tail.unshipped(query.device, query.quantity)
    if (unshipped === 'everywhere') return local.range(query)
    try {
      const points = await this.#pieces(query, unshipped)
      if (this.#failed) log.info('readings are read from InfluxDB again')
      this.#failed = false
      return points
    } catch (error) {
      if (!this.#failed)
        log.warn({ reason: (error as Error).message }, 'InfluxDB gives no readings; they are read from here')
      this.#failed = true
      return local.range(query)
    }
  }

  // The tail is cut out in whole buckets: each is made in one place, of everything that belongs into it.
  async #pieces(query: RangeQuery, unshipped: { from: number; to: number } | undefined): Promise<Point[]> {
    const { local, remote } = this.#parts
    const { from, to, resolutionMs, limit } = query
    const step = Math.max(1, resolutionMs)
    const floor = (t: number): number => Math.floor(t / step) * step
    const within = (t: number): number => Math.min(Math.max(t, from), to)
    const begin = unshipped ? within(floor(unshipped.from)) : to
    const end = unshipped ? within(floor(unshipped.to) + step) : to
    const pieces = [
      { store: remote, from, to: begin },
      { store: local, from: begin, to: end },
      { store: remote, from: end, to },
    ]
    const points: Point[] = []
    for (const { store, ...span } of pieces) {
      if (span.from >= span.to || points.length >= limit) continue
      for (const point of await store.range({ ...query, ...span, limit: limit - points.length }))
        points.push(point)
    }
    return points
  }
}
