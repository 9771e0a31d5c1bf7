import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { worse } from '../buckets.ts'
import type { Point, RangeQuery } from '../ports.ts'
import { type AnswerBounds, ask, BOUNDS } from './ask.ts'
import type { InfluxConfig } from './config.ts'
import { type Credentials, readCredentials } from './credentials.ts'
import { MEASUREMENT, nameToTag, TAKEN_BACK } from './line-protocol.ts'
import { NoReadings, pointsOf, type ReadingRow, ROWS_PER_PAGE, timeWithin } from './reading-rows.ts'
import type { RemoteReadings } from './readings.ts'

/** A query, and the values that it binds. */
export interface Statement {
  q: string
  params?: Record<string, string>
}

type Row = (number | null)[]

const Partial = Type.Optional(Type.Boolean())
const Answer = Compile(
  Type.Object({
    results: Type.Array(
      Type.Object({
        error: Type.Optional(Type.String()),
        partial: Partial,
        series: Type.Optional(
          Type.Array(
            Type.Object({
              partial: Partial,
              values: Type.Array(Type.Array(Type.Union([Type.Number(), Type.Null()]))),
            }),
          ),
        ),
      }),
      { minItems: 1 },
    ),
  }),
)

const UNKNOWN_QUALITY = 9

/** Reads by InfluxQL, which versions 1, 2 and 3 answer at /query. */
export class InfluxQlReadings implements RemoteReadings {
  readonly #config: InfluxConfig
  readonly #bounds: AnswerBounds

  constructor(config: InfluxConfig, bounds = BOUNDS) {
    this.#config = config
    this.#bounds = bounds
  }

  async range(query: RangeQuery): Promise<Point[]> {
    const signal = AbortSignal.timeout(this.#bounds.timeoutMs)
    if (query.resolutionMs > 0) {
      const statement = bucketStatement(query, this.#binds)
      const rows = (await this.#ask(statement, { signal, limit: query.limit })).map(bucketIn)
      // The order of the flags is not that of their numbers: with 9 among them the greatest says nothing of the others.
      if (!rows.some(({ most }) => most === UNKNOWN_QUALITY)) return rows.map(pointOf)
    }
    return pointsOf(query, async page =>
      (await this.#ask(readingStatement(page, this.#binds), { signal, limit: ROWS_PER_PAGE })).map(readingIn),
    )
  }

  // Of version 2 and 3 it is not known which of them take parameters here.
  get #binds(): boolean {
    return this.#config.version === 1
  }

  async #ask(
    { q, params }: Statement,
    { signal, limit }: { signal: AbortSignal; limit: number },
  ): Promise<Row[]> {
    const { bucket } = this.#config
    const bound = params && { params: JSON.stringify(params) }
    const body = new URLSearchParams({ db: bucket, epoch: 'ms', q, ...bound })
    const { maxBytes } = this.#bounds
    const text = await ask(this.#config, { path: '/query', body, signal, maxBytes })
    return rowsOf(parsed(text), { limit, credentials: readCredentials(this.#config) })
  }
}

type Bucket = Omit<Point, 'q'> & { least: number; most: number }

// What Picket writes has a quality, and so a bucket of it is whole.
function bucketIn(row: Row): Bucket {
  const [t, v, min, max, count, least, most] = row
  if (row.length !== 7 || row.includes(null)) throw new NoReadings()
  return { t, v, min, max, count, least, most } as Bucket
}

const pointOf = ({ least, most, ...point }: Bucket): Point => ({ ...point, q: worse(least, most) })

function readingIn(row: Row): ReadingRow {
  const [t, v, q] = row
  if (row.length !== 3 || typeof t !== 'number' || typeof q !== 'number') throw new NoReadings()
  return [t, v ?? null, q]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NoReadings()
  }
}

/** The rows of an answer. @throws Error where it is none, or not all of it */
function rowsOf(
  answer: unknown,
  { limit, credentials }: { limit: number; credentials: Credentials | undefined },
): Row[] {
  if (!Answer.Check(answer)) throw new NoReadings()
  const [{ error, partial, series = [] } = {}] = answer.results
  if (error !== undefined) throw new Error(credentials?.outOf(error) ?? error)
  const [{ partial: isPart, values } = { partial, values: [] }] = series
  // By the server's max-row-limit. Version 1 says it of more than 10,000 rows, too, even where they are all.
  if ((partial || isPart) && values.length < limit) throw new Error('answered with a part of the rows')
  return values
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

const time = (t: number): string => whole(timeWithin(t))
