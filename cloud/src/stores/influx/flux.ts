import {
  type FluxTableMetaData,
  flux,
  fluxDateTime,
  fluxInteger,
  fluxString,
  linesToTables,
  stringToLines,
} from '@influxdata/influxdb-client'
import type { Point, RangeQuery } from '../ports.ts'
import { type AnswerBounds, ask, BOUNDS } from './ask.ts'
import type { InfluxConfig } from './config.ts'
import { type Credentials, readCredentials } from './credentials.ts'
import { MEASUREMENT, nameToTag } from './line-protocol.ts'
import { NoReadings, pointsOf, type ReadingRow, ROWS_PER_PAGE, timeWithin } from './reading-rows.ts'
import type { RemoteReadings } from './readings.ts'

// https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
const ANNOTATED_CSV = { header: true, annotations: ['datatype', 'group', 'default'] }

/**
 * Reads by Flux, which version 2 has. It fetches every reading and makes the buckets here: Flux would need a stream for each
 * of mean, extremes, count and flags, and joins.
 */
export class FluxReadings implements RemoteReadings {
  readonly #config: InfluxConfig
  readonly #bounds: AnswerBounds

  constructor(config: InfluxConfig, bounds = BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  range(query: RangeQuery): Promise<Point[]> {
    const { bucket, org } = this.#config
    const { timeoutMs, maxBytes } = this.#bounds
    const signal = AbortSignal.timeout(timeoutMs)
    return pointsOf(query, async page => {
      const csv = await ask(this.#config, {
        path: `/api/v2/query?org=${encodeURIComponent(org)}`,
        headers: { 'content-type': 'application/json', accept: 'application/csv' },
        body: JSON.stringify({ query: readingsInFlux(bucket, page), type: 'flux', dialect: ANNOTATED_CSV }),
        signal,
        maxBytes,
      })
      return rowsOf(csv, readCredentials(this.#config))
    })
  }
}

/** The rows of an answer. @throws Error where it is none: Flux may begin one and fail later */
function rowsOf(csv: string, credentials: Credentials | undefined): ReadingRow[] {
  // A page of a proxy's would be taken for a table without rows.
  if (csv.trim() !== '' && !csv.startsWith('#')) throw new NoReadings()
  const rows: ReadingRow[] = []
  let failure: Error | undefined
  const fail = (error: Error): void => {
    failure ??= error
  }
  const take = (cells: string[], table: FluxTableMetaData): void => {
    const { _time, value, quality, error } = table.toObject(cells)
    const t = Date.parse(_time)
    if (typeof error === 'string') fail(new Error(credentials?.outOf(error) ?? error))
    else if (Number.isNaN(t) || !isCell(value) || typeof quality !== 'number') fail(new NoReadings())
    else rows.push([t, value ?? null, quality])
  }
  stringToLines(csv, linesToTables({ next: take, error: fail, complete() {} }))
  if (failure) throw failure
  return rows
}

const isCell = (value: unknown): boolean => value == null || Number.isFinite(value)

/** A page of the readings of a series; its literals are escaped by the client. */
export function readingsInFlux(bucket: string, { device, quantity, from, to }: RangeQuery): string {
  return flux`from(bucket: ${fluxString(bucket)})
  |> range(start: ${time(from)}, stop: ${time(to)})
  |> filter(fn: (r) => r._measurement == ${fluxString(MEASUREMENT)} and r.device == ${fluxString(nameToTag(device))} and r.quantity == ${fluxString(nameToTag(quantity))})
  |> filter(fn: (r) => r._field == "value" or r._field == "quality")
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> keep(columns: ["_time", "value", "quality"])
  |> group()
  |> sort(columns: ["_time"])
  |> limit(n: ${fluxInteger(ROWS_PER_PAGE)})`.toString()
}

const time = (t: number) => fluxDateTime(new Date(timeWithin(t)).toISOString())
