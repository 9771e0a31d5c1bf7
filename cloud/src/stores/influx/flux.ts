import { flux, fluxDateTime, fluxInteger, fluxString, InfluxDB } from '@influxdata/influxdb-client'
import { EARLIEST_TIME, LATEST_TIME } from '@picket/devices'
import type { Point, RangeQuery } from '../ports.ts'
import { type InfluxConfig, readToken } from './config.ts'
import { MEASUREMENT, nameToTag } from './line-protocol.ts'
import { pointsOf, ROWS_PER_PAGE } from './reading-rows.ts'
import type { RemoteReadings } from './readings.ts'

const TIMEOUT_MS = 15_000

/**
 * Reads by Flux, which version 2 has. It fetches every reading and makes the buckets here: Flux would need a stream for each
 * of mean, extremes, count and flags, and joins.
 */
export class FluxReadings implements RemoteReadings {
  readonly #config: InfluxConfig

  constructor(config: InfluxConfig) {
    this.#config = config
  }

  range(query: RangeQuery): Promise<Point[]> {
    const { url, org, bucket } = this.#config
    const token = readToken(this.#config)
    const client = new InfluxDB({ url, timeout: TIMEOUT_MS, ...(token === undefined ? {} : { token }) })
    const api = client.getQueryApi(org)
    return pointsOf(query, async page => {
      const rows = await api.collectRows<{ _time: string; value?: number | null; quality: number }>(
        readingsInFlux(bucket, page),
      )
      return rows.map(({ _time, value, quality }) => [Date.parse(_time), value ?? null, quality])
    })
  }
}

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

const time = (t: number) =>
  fluxDateTime(new Date(Math.min(Math.max(t, EARLIEST_TIME), LATEST_TIME + 1)).toISOString())
