import { EARLIEST_TIME, LATEST_TIME } from '@picket/devices'
import { worse } from '../buckets.ts'
import type { Point, RangeQuery } from '../ports.ts'
import { type InfluxConfig, readToken } from './config.ts'
import { MEASUREMENT, nameToTag, TAKEN_BACK } from './line-protocol.ts'
import { pointsOf, type ReadingRow, ROWS_PER_PAGE } from './reading-rows.ts'
import type { RemoteReadings } from './readings.ts'

/** A query, and the values that it binds. */
export interface Statement {
  q: string
  params?: Record<string, string>
}

type Row = (number | null)[]

const TIMEOUT_MS = 15_000
const UNKNOWN_QUALITY = 9

/** Reads by InfluxQL, which versions 1, 2 and 3 answer at /query. */
export class InfluxQlReadings implements RemoteReadings {
  readonly #config: InfluxConfig

  constructor(config: InfluxConfig) {
    this.#config = config
  }

  async range(query: RangeQuery): Promise<Point[]> {
    if (query.resolutionMs === 0) return this.#fromReadings(query)
    const rows = await this.#ask(bucketStatement(query, this.#binds))
    // The order of the flags is not that of their numbers: with 9 among them the greatest says nothing of the others.
    if (rows.some(row => row[6] === UNKNOWN_QUALITY)) return this.#fromReadings(query)
    return rows.map(row => {
      const [t, v, min, max, count, least, most] = row as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      return { t, v, min, max, count, q: worse(least, most) }
    })
  }

  // Of version 2 and 3 it is not known which of them take parameters here.
  get #binds(): boolean {
    return this.#config.version === 1
  }

  #fromReadings(query: RangeQuery): Promise<Point[]> {
    return pointsOf(query, page => this.#ask(readingStatement(page, this.#binds)) as Promise<ReadingRow[]>)
  }

  async #ask({ q, params }: Statement): Promise<Row[]> {
    const { url, bucket } = this.#config
    const token = readToken(this.#config)
    const response = await fetch(`${url.replace(/\/$/, '')}/query`, {
      method: 'POST',
      redirect: 'manual',
      headers: token === undefined ? {} : { authorization: `Token ${token}` },
      body: new URLSearchParams({
        db: bucket,
        epoch: 'ms',
        q,
        ...(params ? { params: JSON.stringify(params) } : {}),
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`answered with status ${response.status}`)
    }
    const { results } = (await response.json()) as {
      results: { error?: string; series?: { values: Row[] }[] }[]
    }
    const [result] = results
    if (result?.error !== undefined) throw new Error(result.error)
    return result?.series?.[0]?.values ?? []
  }
}

/** Every reading of a series, a page of them. */
export function readingStatement(query: RangeQuery, binds: boolean): Statement {
  const { where, params } = condition(query, binds)
  return {
    q: `SELECT value, quality FROM ${MEASUREMENT} WHERE ${where} ORDER BY time LIMIT ${ROWS_PER_PAGE}`,
    ...params,
  }
}

/** Mean, extremes, count and flags of each bucket. */
export function bucketStatement(query: RangeQuery, binds: boolean): Statement {
  const { where, params } = condition(query, binds)
  return {
    q:
      'SELECT mean(value), min(value), max(value), count(value), min(quality), max(quality) ' +
      `FROM ${MEASUREMENT} WHERE ${where} AND quality > ${TAKEN_BACK} ` +
      `GROUP BY time(${whole(query.resolutionMs)}ms) fill(none) ORDER BY time LIMIT ${whole(query.limit)}`,
    ...params,
  }
}

function condition({ device, quantity, from, to }: RangeQuery, binds: boolean) {
  const names = { device: nameToTag(device), quantity: nameToTag(quantity) }
  const [deviceText, quantityText] = binds
    ? ['$device', '$quantity']
    : [literal(names.device), literal(names.quantity)]
  return {
    where: `device = ${deviceText} AND quantity = ${quantityText} AND time >= ${time(from)}ms AND time < ${time(to)}ms`,
    params: binds ? { params: names } : {},
  }
}

// https://docs.influxdata.com/influxdb/v1/query_language/spec/#strings
const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

// Scientific notation is no number there.
const whole = (value: number): string => BigInt(Math.trunc(value)).toString()

// Times that no reading has could be more nanoseconds than the server can count.
const time = (t: number): string => whole(Math.min(Math.max(t, EARLIEST_TIME), LATEST_TIME + 1))
