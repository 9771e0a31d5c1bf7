import { type InputHistory, seriesName } from '@picket/devices'
import type { Statement } from 'better-sqlite3'
import type {
  AppendOutcome,
  DerivedValue,
  Point,
  RangeQuery,
  StoredReading,
  TimeSeriesStore,
} from '../ports.ts'
import type { Db } from './database.ts'
import type { QueryWorker } from './query-worker.ts'

interface SeriesEntry {
  id: number
  newest: StoredReading | undefined
}

type SeriesKey = Pick<StoredReading, 'device' | 'quantity'>

interface Row {
  series: SeriesEntry
  reading: StoredReading
}

const ROWS_PER_INSERT = 50
// More readings than this wait for one input: the later ones stay without a result.
const MOST_BETWEEN = 1000

/** Readings in SQLite, one row each, clustered by series and time. */
export class SqliteTimeSeriesStore implements TimeSeriesStore, InputHistory {
  readonly #queries: Pick<QueryWorker, 'range'>
  readonly #series = new Map<string, SeriesEntry>()
  readonly #latest = new Map<string, StoredReading>()
  readonly #statements

  constructor(db: Db, queries: Pick<QueryWorker, 'range'>) {
    this.#queries = queries
    this.#statements = prepare(db)
    const { newest } = this.#statements
    for (const { id, device, quantity } of db
      .prepare('SELECT id, device, quantity FROM series')
      .iterate() as Iterable<{
      id: number
      device: string
      quantity: string
    }>) {
      const row = newest.get(id) as { t: number; v: number; q: number } | undefined
      const reading = row && { device, quantity, ...row }
      this.#series.set(seriesName(device, quantity), { id, newest: reading })
      if (reading) this.#latest.set(seriesName(device, quantity), reading)
    }
  }

  append(readings: readonly StoredReading[]): AppendOutcome[] {
    const outcomes: AppendOutcome[] = new Array(readings.length)
    const fresh: Row[] = []
    const behind: number[] = []
    readings.forEach((reading, at) => {
      const series = this.#open(reading)
      // Later than everything the series holds: nothing can be there already.
      if (!series.newest || reading.t > series.newest.t) {
        series.newest = reading
        fresh.push({ series, reading })
        outcomes[at] = 'stored'
      } else behind.push(at)
    })
    this.#insert(fresh)
    for (const at of behind) outcomes[at] = this.#insertBehind(readings[at] as StoredReading)
    for (const { series } of fresh) {
      const { newest } = series
      if (newest) this.#latest.set(seriesName(newest.device, newest.quantity), newest)
    }
    return outcomes
  }

  amend(readings: readonly StoredReading[]): void {
    for (const reading of readings) {
      const { device, quantity, t, v, q } = reading
      const series = this.#open(reading)
      this.#statements.amend.run(q, series.id, t)
      if (series.newest?.t !== t) continue
      series.newest = { device, quantity, t, v, q }
      this.#latest.set(seriesName(device, quantity), series.newest)
    }
  }

  record(values: readonly DerivedValue[]): void {
    const { markDerived, put, take, newest } = this.#statements
    for (const { device, quantity, t, v, q } of values) {
      const isNew = !this.#series.has(seriesName(device, quantity))
      const series = this.#open({ device, quantity })
      if (isNew) markDerived.run(series.id)
      if (v === null) take.run(series.id, t)
      else put.run(series.id, t, v, q)
      if (v !== null && t >= (series.newest?.t ?? t)) series.newest = { device, quantity, t, v, q }
      else if (t === series.newest?.t) {
        const row = newest.get(series.id) as { t: number; v: number; q: number } | undefined
        series.newest = row && { device, quantity, ...row }
      }
      if (series.newest) this.#latest.set(seriesName(device, quantity), series.newest)
      else this.#latest.delete(seriesName(device, quantity))
    }
  }

  range(query: RangeQuery): Promise<Point[]> {
    const series = this.#series.get(seriesName(query.device, query.quantity))
    if (!series) return Promise.resolve([])
    return this.#queries.range({ ...query, series: series.id })
  }

  latest(): ReadonlyMap<string, StoredReading> {
    return this.#latest
  }

  upTo({ device, quantity }: SeriesKey, t: number): StoredReading | undefined {
    const series = this.#series.get(seriesName(device, quantity))
    if (series?.newest && series.newest.t <= t) return series.newest
    return series && this.#one(this.#statements.upTo, series, t)
  }

  from({ device, quantity }: SeriesKey, t: number): StoredReading | undefined {
    const series = this.#series.get(seriesName(device, quantity))
    if (!series?.newest || series.newest.t < t) return undefined
    return this.#one(this.#statements.from, series, t)
  }

  between({ device, quantity }: SeriesKey, from: number, to: number): StoredReading[] {
    const series = this.#series.get(seriesName(device, quantity))
    if (!series?.newest || series.newest.t < from) return []
    const rows = this.#statements.between.all(series.id, from, to, MOST_BETWEEN) as Omit<
      StoredReading,
      'device' | 'quantity'
    >[]
    return rows.map(row => ({ device, quantity, ...row }))
  }

  #one(statement: Statement, { id, newest }: SeriesEntry, t: number): StoredReading | undefined {
    const row = statement.get(id, t) as Pick<StoredReading, 't' | 'v' | 'q'> | undefined
    return row && newest && { device: newest.device, quantity: newest.quantity, ...row }
  }

  #open({ device, quantity }: Pick<StoredReading, 'device' | 'quantity'>): SeriesEntry {
    const name = seriesName(device, quantity)
    const known = this.#series.get(name)
    if (known) return known
    const id = Number(this.#statements.addSeries.run(device, quantity).lastInsertRowid)
    const entry: SeriesEntry = { id, newest: undefined }
    this.#series.set(name, entry)
    return entry
  }

  // Rows in the order of the primary key are cheaper than rows in the order of their arrival.
  #insert(rows: Row[]): void {
    rows.sort((a, b) => a.series.id - b.series.id || a.reading.t - b.reading.t)
    let at = 0
    const parameters: number[] = new Array(ROWS_PER_INSERT * 4)
    for (; at + ROWS_PER_INSERT <= rows.length; at += ROWS_PER_INSERT) {
      for (let row = 0; row < ROWS_PER_INSERT; row++) {
        const { series, reading } = rows[at + row] as Row
        parameters[4 * row] = series.id
        parameters[4 * row + 1] = reading.t
        parameters[4 * row + 2] = reading.v
        parameters[4 * row + 3] = reading.q
      }
      this.#statements.insertMany.run(parameters)
    }
    for (; at < rows.length; at++) {
      const { series, reading } = rows[at] as Row
      this.#statements.insertOne.run(series.id, reading.t, reading.v, reading.q)
    }
  }

  #insertBehind(reading: StoredReading): AppendOutcome {
    const { id } = this.#open(reading)
    const there = this.#statements.valueAt.get(id, reading.t) as number | undefined
    if (there !== undefined) return there === reading.v ? 'duplicate' : 'conflict'
    this.#statements.insertOne.run(id, reading.t, reading.v, reading.q)
    return 'stored'
  }
}

function prepare(db: Db) {
  const insert = 'INSERT INTO reading (series, t, v, q) VALUES'
  return {
    addSeries: db.prepare('INSERT INTO series (device, quantity) VALUES (?, ?)'),
    insertOne: db.prepare(`${insert} (?, ?, ?, ?)`),
    insertMany: db.prepare(`${insert} ${Array(ROWS_PER_INSERT).fill('(?, ?, ?, ?)').join(', ')}`),
    newest: db.prepare('SELECT t, v, q FROM reading WHERE series = ? ORDER BY t DESC LIMIT 1'),
    markDerived: db.prepare('INSERT OR IGNORE INTO derived_series (series) VALUES (?)'),
    put: db.prepare('INSERT OR REPLACE INTO reading (series, t, v, q) VALUES (?, ?, ?, ?)'),
    take: db.prepare('DELETE FROM reading WHERE series = ? AND t = ?'),
    amend: db.prepare('UPDATE reading SET q = ? WHERE series = ? AND t = ?'),
    upTo: db.prepare('SELECT t, v, q FROM reading WHERE series = ? AND t <= ? ORDER BY t DESC LIMIT 1'),
    from: db.prepare('SELECT t, v, q FROM reading WHERE series = ? AND t >= ? ORDER BY t LIMIT 1'),
    between: db.prepare(
      'SELECT t, v, q FROM reading WHERE series = ? AND t BETWEEN ? AND ? ORDER BY t LIMIT ?',
    ),
    valueAt: db.prepare('SELECT v FROM reading WHERE series = ? AND t = ?').pluck(),
  }
}
