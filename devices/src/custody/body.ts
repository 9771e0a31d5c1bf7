import { isName, MAX_NAME_LENGTH, type Reading } from '../reading.ts'
import { ByteReader, ByteWriter, MalformedError } from './bytes.ts'
import type { CustodyRecord, Note } from './record.ts'

/** Most records in one body. */
export const MAX_RECORDS = 65_536
/** Longest note, in bytes of its JSON. */
const MAX_NOTE_BYTES = 8192
const MAX_NAME_BYTES = MAX_NAME_LENGTH * 4

const RAW_DOUBLES = 255
const MAX_EXPONENT = 9
const POWERS = Array.from({ length: MAX_EXPONENT + 1 }, (_, exponent) => 10 ** exponent)
// Scaled values stay far enough below 2^53 for the difference of two of them to be exact.
const MAX_SCALED = 2 ** 50
const MIXED_QUALITY = 0xff

interface Column {
  device: string
  quantity: string
  readings: Reading[]
}

/**
 * Encodes records in their order. Layout (README.md in this folder): series dictionary, order as runs of
 * (series, length), one column per series with times, quality and values, then the notes.
 */
export function encodeBody(records: readonly CustodyRecord[]): Buffer {
  const columns: Column[] = []
  const notes: Note[] = []
  const runs: number[] = []
  const index = new Map<string, Map<string, number>>()
  const NOTE = -1
  for (const record of records) {
    let at = NOTE
    if ('note' in record) notes.push(record)
    else {
      const quantities = index.get(record.device) ?? new Map<string, number>()
      if (quantities.size === 0) index.set(record.device, quantities)
      at = quantities.get(record.quantity) ?? columns.length
      if (at === columns.length) {
        quantities.set(record.quantity, at)
        columns.push({ device: record.device, quantity: record.quantity, readings: [] })
      }
      ;(columns[at] as Column).readings.push(record)
    }
    if (runs.length > 0 && runs.at(-2) === at) runs[runs.length - 1]!++
    else runs.push(at, 1)
  }
  const writer = new ByteWriter(256 + records.length * 8)
  writer.unsigned(columns.length)
  for (const { device, quantity } of columns) {
    writer.text(device)
    writer.text(quantity)
  }
  for (let at = 0; at < runs.length; at += 2) {
    writer.unsigned(runs[at] === NOTE ? columns.length : (runs[at] as number))
    writer.unsigned(runs[at + 1] as number)
  }
  for (const column of columns) encodeColumn(writer, column.readings)
  for (const { note } of notes) writer.text(JSON.stringify(note))
  return writer.bytes()
}

function encodeColumn(writer: ByteWriter, readings: readonly Reading[]): void {
  let previous = 0
  let step = 0
  for (const { t } of readings) {
    writer.signed(t - previous - step)
    step = previous === 0 ? 0 : t - previous
    previous = t
  }
  const quality = (readings[0] as Reading).q
  if (quality !== MIXED_QUALITY && readings.every(({ q }) => q === quality)) writer.byte(quality)
  else {
    writer.byte(MIXED_QUALITY)
    for (const { q } of readings) writer.byte(q)
  }
  const exponent = exactExponent(readings)
  writer.byte(exponent)
  if (exponent === RAW_DOUBLES) {
    for (const { v } of readings) writer.double(v)
    return
  }
  const power = POWERS[exponent] as number
  let scaled = 0
  for (const { v } of readings) {
    const next = Math.round(v * power)
    writer.signed(next - scaled)
    scaled = next
  }
}

// The smallest power of ten that makes every value an integer without changing any, or RAW_DOUBLES.
function exactExponent(readings: readonly Reading[]): number {
  let exponent = 0
  for (const { v } of readings) {
    while (Math.round(v * (POWERS[exponent] as number)) / (POWERS[exponent] as number) !== v) {
      if (++exponent > MAX_EXPONENT) return RAW_DOUBLES
    }
    if (Math.abs(v * (POWERS[exponent] as number)) > MAX_SCALED) return RAW_DOUBLES
  }
  // A later value may have raised the exponent past what an earlier one stands.
  const power = POWERS[exponent] as number
  const exact = readings.every(
    ({ v }) => Math.abs(v * power) <= MAX_SCALED && Math.round(v * power) / power === v,
  )
  return exact ? exponent : RAW_DOUBLES
}

/**
 * Decodes a body of `count` records.
 *
 * @throws MalformedError where the bytes are not what `encodeBody` writes
 */
export function decodeBody(bytes: Uint8Array, count: number): CustodyRecord[] {
  if (count < 1 || count > MAX_RECORDS) throw new MalformedError(`a count of ${count} records`)
  const reader = new ByteReader(bytes)
  const columns = decodeDictionary(reader, count)
  const order = decodeOrder(reader, columns.length, count)
  const lengths = new Uint32Array(columns.length + 1)
  for (let at = 0; at < order.length; at += 2) lengths[order[at] as number]! += order[at + 1] as number
  columns.forEach((column, at) => {
    decodeColumn(reader, column, lengths[at] as number)
  })
  const notes: Note[] = []
  for (let left = lengths[columns.length] as number; left > 0; left--) notes.push(decodeNote(reader))
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes after the last record`)

  const records: CustodyRecord[] = new Array(count)
  const next = new Uint32Array(columns.length + 1)
  let filled = 0
  for (let at = 0; at < order.length; at += 2) {
    const series = order[at] as number
    const source: CustodyRecord[] = series === columns.length ? notes : (columns[series] as Column).readings
    for (let left = order[at + 1] as number; left > 0; left--) {
      records[filled++] = source[next[series]!++] as CustodyRecord
    }
  }
  return records
}

function decodeDictionary(reader: ByteReader, count: number): Column[] {
  const size = reader.unsigned()
  if (size > count) throw new MalformedError('more series than records')
  const columns: Column[] = []
  for (let left = size; left > 0; left--) {
    const device = reader.text(MAX_NAME_BYTES)
    const quantity = reader.text(MAX_NAME_BYTES)
    if (!isName(device) || !isName(quantity)) throw new MalformedError('a name that is not allowed')
    columns.push({ device, quantity, readings: [] })
  }
  return columns
}

function decodeOrder(reader: ByteReader, noteIndex: number, count: number): number[] {
  const runs: number[] = []
  let total = 0
  while (total < count) {
    const series = reader.unsigned()
    const length = reader.unsigned()
    total += length
    if (series > noteIndex || length < 1 || total > count) throw new MalformedError('an impossible order')
    runs.push(series, length)
  }
  return runs
}

function decodeColumn(reader: ByteReader, column: Column, length: number): void {
  if (length === 0) throw new MalformedError('a series without records')
  // A record takes at least one byte here: a short body cannot make us allocate for a long one.
  if (length > reader.remaining) throw new MalformedError('ends early')
  const { device, quantity, readings } = column
  let t = 0
  let step = 0
  for (let at = 0; at < length; at++) {
    const previous = t
    t = previous + step + reader.signed()
    if (!Number.isSafeInteger(t)) throw new MalformedError('an impossible time')
    step = previous === 0 ? 0 : t - previous
    readings.push({ device, quantity, t, v: 0, q: 0 })
  }
  const quality = reader.byte()
  for (const reading of readings) reading.q = quality === MIXED_QUALITY ? reader.byte() : quality
  const exponent = reader.byte()
  if (exponent !== RAW_DOUBLES && exponent > MAX_EXPONENT) throw new MalformedError('an unknown value coding')
  const power = POWERS[exponent] ?? 1
  let scaled = 0
  for (const reading of readings) {
    if (exponent === RAW_DOUBLES) reading.v = reader.double()
    else {
      scaled += reader.signed()
      reading.v = scaled / power
    }
    if (!Number.isFinite(reading.v)) throw new MalformedError('a value that is not finite')
  }
}

function decodeNote(reader: ByteReader): Note {
  try {
    return { note: JSON.parse(reader.text(MAX_NOTE_BYTES)) }
  } catch (error) {
    throw new MalformedError(`a note that is not JSON: ${(error as Error).message}`)
  }
}
