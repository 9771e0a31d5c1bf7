import {
  type Fault,
  type FileFault,
  isName,
  type ModelLibrary,
  Quality,
  type Reading,
  seriesName,
} from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { didYouMean } from '../language/nearest.ts'
import { grossRange } from '../quality/gross-range.ts'
import { QualityJudge } from '../quality/judge.ts'
import { CsvTable } from './csv-table.ts'
import { type History, readInOrder, type SeriesChunk, type SeriesKey } from './history.ts'
import { readTime } from './labels.ts'

/** Most readings in files: they are all held in memory, at 18 bytes each. */
const MOST_READINGS = 20_000_000
/** So many faults tell what is wrong with a file; further ones are left out. */
const MOST_FAULTS = 20

interface Row {
  t: number
  v: number
  q: number
  /** The file gives its quality. */
  given: boolean
}

interface Known {
  devices: readonly EngineDevice[]
  models: ModelLibrary
}

/** A series of the files, its columns growing. */
class Columns {
  readonly key: SeriesKey
  length = 0
  times = new Float64Array(1024)
  values = new Float64Array(1024)
  qualities = new Uint8Array(1024)
  /** 1 where the file gives the quality. */
  given = new Uint8Array(1024)

  constructor(key: SeriesKey) {
    this.key = key
  }

  get last(): number {
    return this.length === 0 ? Number.NEGATIVE_INFINITY : (this.times[this.length - 1] as number)
  }

  push({ t, v, q, given }: Row): void {
    if (this.length === this.times.length) {
      this.times = doubled(this.times)
      this.values = doubled(this.values)
      this.qualities = doubled(this.qualities)
      this.given = doubled(this.given)
    }
    this.times[this.length] = t
    this.values[this.length] = v
    this.qualities[this.length] = q
    this.given[this.length++] = given ? 1 : 0
  }
}

function doubled<T extends Float64Array | Uint8Array>(old: T): T {
  const grown = new (old.constructor as new (length: number) => T)(old.length * 2)
  grown.set(old)
  return grown
}

/** Readings from CSV files, in memory. */
export class CsvHistory implements History {
  readonly #series = new Map<string, Columns>()
  #readings = 0

  series(): (SeriesKey & { first: number })[] {
    return [...this.#series.values()].map(({ key, times }) => ({ ...key, first: times[0] as number }))
  }

  /** From the first reading to just after the last one; undefined where there is none. */
  get span(): { from: number; to: number } | undefined {
    const all = [...this.#series.values()]
    if (all.length === 0) return undefined
    return {
      from: all.reduce((least, { times }) => Math.min(least, times[0] as number), Number.POSITIVE_INFINITY),
      to: all.reduce((most, { last }) => Math.max(most, last), 0) + 1,
    }
  }

  *chunks(
    { device, quantity }: SeriesKey,
    { from, to }: { from: number; to: number },
  ): Generator<SeriesChunk> {
    const columns = this.#series.get(seriesName(device, quantity))
    if (!columns) return
    const { times, length } = columns
    const first = firstAtOrAfter(times, length, from)
    const last = firstAtOrAfter(times, length, to)
    if (first < last)
      yield {
        times: times.subarray(first, last),
        values: columns.values.subarray(first, last),
        qualities: columns.qualities.subarray(first, last),
      }
  }

  /**
   * Reads files with the columns `device,quantity,time,value` and, if they have one, `quality`: a QARTOD flag. Rows without
   * one are judged by the tests of their models, in the order of time, as in the cloud. Rows of a series ascend in time,
   * from file to file too.
   *
   * @returns the readings; or what is wrong with the first file that cannot be used, with its lines
   */
  static read(
    files: Iterable<{ file: string; text: string }>,
    known: Known,
  ): { ok: true; history: CsvHistory } | { ok: false; faults: FileFault[] } {
    const history = new CsvHistory()
    for (const { file, text } of files) {
      const faults = history.#add(text, file, known)
      if (faults.length > 0) return { ok: false, faults }
    }
    history.#judge(known)
    return { ok: true, history }
  }

  #add(text: string, file: string, { devices, models }: Known): FileFault[] {
    const read = CsvTable.read(text, file, {
      needed: ['device', 'quantity', 'time', 'value'],
      optional: ['quality'],
    })
    if (!read.ok) return read.faults
    const known = new Map(
      devices.flatMap(({ id, formerly = [], model }) =>
        [...formerly, id].map(name => [name, { id, model: models.get(model) }] as const),
      ),
    )
    const faults: FileFault[] = []
    for (const row of read.table.rows()) {
      const fault = this.#addRow(row.cell, known)
      if (!fault) continue
      faults.push({ ...fault, file, line: row.line })
      if (faults.length >= MOST_FAULTS) break
    }
    return faults
  }

  #addRow(
    cell: (column: string) => string,
    known: ReadonlyMap<string, { id: string; model: ReturnType<ModelLibrary['get']> }>,
  ): Fault | undefined {
    const name = cell('device')
    const quantity = cell('quantity')
    const { id: device, model } = known.get(name) ?? {}
    if (!isName(name) || !device || !model) {
      const hint = didYouMean(name, [...known.keys()])
      return { code: 'csv-device', message: `the registry has no device "${name}"`, hint }
    }
    const words = Object.hasOwn(model.quantities, quantity) ? model.quantities[quantity] : undefined
    if (!words)
      return {
        code: 'csv-quantity',
        message: `model ${model.model} has no quantity "${quantity}"`,
        hint: didYouMean(quantity, Object.keys(model.quantities)),
      }
    const t = readTime(cell('time'))
    if (t === undefined)
      return {
        code: 'csv-time',
        message: `"${cell('time')}" is no time with a zone`,
        hint: 'write 2026-05-01T08:00:00Z, or ms since 1970',
      }
    const v = cell('value') === '' ? Number.NaN : Number(cell('value'))
    if (!Number.isFinite(v)) return { code: 'csv-value', message: `"${cell('value')}" is no number` }
    const flag = cell('quality')
    const q = flag === '' ? grossRange(v, words) : Number(flag)
    if (!FLAGS.has(q))
      return { code: 'csv-quality', message: `"${flag}" is no quality flag`, hint: 'QARTOD: 1, 2, 3, 4 or 9' }
    return this.#push({ device, quantity }, { t, v, q, given: flag !== '' })
  }

  #push(key: SeriesKey, row: Row): Fault | undefined {
    const { t } = row
    const name = seriesName(key.device, key.quantity)
    const columns = this.#series.get(name) ?? new Columns(key)
    this.#series.set(name, columns)
    if (t <= columns.last)
      return {
        code: 'csv-order',
        message:
          t === columns.last
            ? `${name} has two values at the same time`
            : `${name} goes back in time: the row before is later`,
        hint: 'sort the rows by time',
      }
    if (++this.#readings > MOST_READINGS)
      return { code: 'csv-size', message: `more than ${MOST_READINGS} readings`, hint: 'take a shorter time' }
    columns.push(row)
    return undefined
  }

  // A test may look at other quantities and devices: all that is tested is judged together.
  #judge({ devices, models }: Known): void {
    const { span } = this
    const tested = new Set(devices.filter(({ model }) => isTested(models.get(model))).map(({ id }) => id))
    const series = [...this.#series.values()].filter(({ key }) => tested.has(key.device))
    if (!span || series.length === 0) return
    const judge = new QualityJudge()
    judge.configure(devices, models)
    const keys = series.map(({ key }) => key)
    const seen = series.map(() => 0)
    for (const { seriesOf, times, values } of readInOrder(this, keys, span)) {
      const readings: Reading[] = []
      const rows: { columns: Columns; row: number }[] = []
      seriesOf.forEach((index, at) => {
        const columns = series[index] as Columns
        const row = seen[index] as number
        seen[index] = row + 1
        if (columns.given[row] === 1) return
        rows.push({ columns, row })
        readings.push({
          ...columns.key,
          t: times[at] as number,
          v: values[at] as number,
          q: columns.qualities[row] as number,
        })
      })
      const judgement = judge.judge(readings)
      judgement.readings.forEach(({ q }, at) => {
        const { columns, row } = rows[at]!
        columns.qualities[row] = q
      })
      for (const { device, quantity, t, q } of judgement.amended) {
        const columns = this.#series.get(seriesName(device, quantity)) as Columns
        columns.qualities[firstAtOrAfter(columns.times, columns.length, t)] = q
      }
    }
  }
}

const isTested = (model: ReturnType<ModelLibrary['get']>): boolean =>
  Object.values(model?.quantities ?? {}).some(({ tests }) => tests !== undefined)

const FLAGS: ReadonlySet<number> = new Set(Object.values(Quality))

function firstAtOrAfter(times: Float64Array, length: number, t: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < t) low = middle + 1
    else high = middle
  }
  return low
}
