import { isName, MAX_NAME_LENGTH, type Reading } from '../reading.ts'
import { ByteReader, ByteWriter, decodeText, MalformedError } from './bytes.ts'
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
// Differences of differences of such times stay below 2^53 as zigzag: whatever was decoded can be encoded again.
const MAX_TIME = 2 ** 50

const NOTE = -1

interface Column {
  device: string
  quantity: string
  readings: Reading[]
}

/**
 * Encodes records in their order. What is alike stands together, so that it compresses: names, then the
 * order of the series, then all qualities, times, codings and values, then the notes. Layout: README.md in
 * this folder.
 */
export function encodeBody(records: readonly CustodyRecord[]): Buffer {
  const columns: Column[] = []
  const notes: Note[] = []
  // Pairs of a column's index, or NOTE, and how many records in a row belong to it.
  const runs: number[] = []
  const index = new Map<string, Map<string, number>>()
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
  encodeSeries(writer, columns)
  encodeOrder(writer, runs, columns.length)
  encodeQualities(writer, columns)
  encodeTimes(writer, columns)
  encodeValues(writer, columns)
  for (const { note } of notes) writer.text(JSON.stringify(note))
  return writer.bytes()
}

function encodeSeries(writer: ByteWriter, columns: readonly Column[]): void {
  const devices = [...new Set(columns.map(({ device }) => device))]
  const quantities = [...new Set(columns.map(({ quantity }) => quantity))]
  const deviceIndex = new Map(devices.map((device, at) => [device, at]))
  const quantityIndex = new Map(quantities.map((quantity, at) => [quantity, at]))
  writer.unsigned(columns.length)
  encodeNames(writer, devices)
  encodeNames(writer, quantities)
  let previous = 0
  for (const { device, quantity } of columns) {
    const number =
      (deviceIndex.get(device) as number) * quantities.length + (quantityIndex.get(quantity) as number)
    writer.signed(number - previous)
    previous = number
  }
}

// Each name as the number of bytes that it shares with the one before, and the rest.
function encodeNames(writer: ByteWriter, names: readonly string[]): void {
  writer.unsigned(names.length)
  let previous: Buffer = Buffer.alloc(0)
  for (const name of names) {
    const bytes = Buffer.from(name)
    let shared = 0
    while (shared < bytes.length && bytes[shared] === previous[shared]) shared++
    writer.unsigned(shared)
    writer.chunk(bytes.subarray(shared))
    previous = bytes
  }
}

// A series is counted from the one after the last: series in turn are zeros.
function encodeOrder(writer: ByteWriter, runs: readonly number[], noteIndex: number): void {
  let previous = -1
  for (let at = 0; at < runs.length; at += 2) {
    const series = runs[at] === NOTE ? noteIndex : (runs[at] as number)
    writer.signed(series - previous - 1)
    writer.unsigned(runs[at + 1] as number)
    previous = series
  }
}

function encodeQualities(writer: ByteWriter, columns: readonly Column[]): void {
  const quality = columns[0]?.readings[0]?.q ?? 0
  const alike = columns.every(({ readings }) => readings.every(({ q }) => q === quality))
  if (alike && quality !== MIXED_QUALITY) writer.byte(quality)
  else {
    writer.byte(MIXED_QUALITY)
    for (const { readings } of columns) for (const { q } of readings) writer.byte(q)
  }
}

function encodeTimes(writer: ByteWriter, columns: readonly Column[]): void {
  let begin = 0
  for (const { readings } of columns) {
    let previous = begin
    let step = 0
    readings.forEach(({ t }, at) => {
      writer.signed(t - previous - step)
      step = at === 0 ? 0 : t - previous
      previous = t
    })
    begin = (readings[0] as Reading).t
  }
}

function encodeValues(writer: ByteWriter, columns: readonly Column[]): void {
  const exponents = columns.map(({ readings }) => exactExponent(readings))
  for (const exponent of exponents) writer.byte(exponent)
  columns.forEach(({ readings }, at) => {
    if (exponents[at] === RAW_DOUBLES) {
      for (const { v } of readings) writer.double(v)
      return
    }
    const power = POWERS[exponents[at] as number] as number
    let scaled = 0
    for (const { v } of readings) {
      const next = Math.round(v * power)
      writer.signed(next - scaled)
      scaled = next
    }
  })
}

// The smallest power of ten that makes every value an integer without changing any, or RAW_DOUBLES.
function exactExponent(readings: readonly Reading[]): number {
  let exponent = 0
  for (const { v } of readings) {
    while (!isExact(v, POWERS[exponent] as number)) {
      if (++exponent > MAX_EXPONENT) return RAW_DOUBLES
    }
  }
  // A later value may have raised the exponent past what an earlier one stands.
  const power = POWERS[exponent] as number
  return readings.every(({ v }) => isExact(v, power)) ? exponent : RAW_DOUBLES
}

const isExact = (v: number, power: number): boolean =>
  Math.abs(v * power) <= MAX_SCALED && Math.round(v * power) / power === v

/**
 * Decodes a body of `count` records.
 *
 * @throws MalformedError where the bytes are not what `encodeBody` writes
 */
export function decodeBody(bytes: Uint8Array, count: number): CustodyRecord[] {
  if (count < 1 || count > MAX_RECORDS) throw new MalformedError(`a count of ${count} records`)
  const reader = new ByteReader(bytes)
  const columns = decodeSeries(reader, count)
  const order = decodeOrder(reader, columns.length, count)
  const lengths = new Uint32Array(columns.length + 1)
  for (let at = 0; at < order.length; at += 2) lengths[order[at] as number]! += order[at + 1] as number
  const noteCount = lengths[columns.length] as number
  // A record takes at least one byte from here on: a short body cannot make us allocate for a long one.
  if (count - noteCount > reader.remaining) throw new MalformedError('ends early')
  columns.forEach(({ device, quantity, readings }, at) => {
    if (lengths[at] === 0) throw new MalformedError('a series without records')
    for (let left = lengths[at] as number; left > 0; left--)
      readings.push({ device, quantity, t: 0, v: 0, q: 0 })
  })
  decodeQualities(reader, columns)
  decodeTimes(reader, columns)
  decodeValues(reader, columns)
  const notes: Note[] = []
  for (let left = noteCount; left > 0; left--) notes.push(decodeNote(reader))
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes after the last record`)
  return inOrder(order, [...columns.map(({ readings }) => readings), notes], count)
}

function inOrder(
  order: readonly number[],
  sources: readonly CustodyRecord[][],
  count: number,
): CustodyRecord[] {
  const records: CustodyRecord[] = new Array(count)
  const next = new Uint32Array(sources.length)
  let filled = 0
  for (let at = 0; at < order.length; at += 2) {
    const series = order[at] as number
    for (let left = order[at + 1] as number; left > 0; left--) {
      records[filled++] = (sources[series] as CustodyRecord[])[next[series]!++] as CustodyRecord
    }
  }
  return records
}

function decodeSeries(reader: ByteReader, count: number): Column[] {
  const size = reader.unsigned()
  if (size > count) throw new MalformedError('more series than records')
  const devices = decodeNames(reader, size)
  const quantities = decodeNames(reader, size)
  const columns: Column[] = []
  let number = 0
  for (let left = size; left > 0; left--) {
    number += reader.signed()
    const device = devices[Math.floor(number / quantities.length)]
    const quantity = quantities[number % quantities.length]
    if (device === undefined || quantity === undefined) throw new MalformedError('a series without a name')
    columns.push({ device, quantity, readings: [] })
  }
  return columns
}

function decodeNames(reader: ByteReader, atMost: number): string[] {
  const size = reader.unsigned()
  if (size > atMost) throw new MalformedError('more names than series')
  const names: string[] = []
  let previous: Buffer = Buffer.alloc(0)
  for (let left = size; left > 0; left--) {
    const shared = reader.unsigned()
    if (shared > previous.length) throw new MalformedError('a name that shares more than there is')
    previous = Buffer.concat([previous.subarray(0, shared), reader.chunk(MAX_NAME_BYTES - shared)])
    const name = decodeText(previous)
    if (!isName(name)) throw new MalformedError('a name that is not allowed')
    names.push(name)
  }
  return names
}

function decodeOrder(reader: ByteReader, noteIndex: number, count: number): number[] {
  const runs: number[] = []
  let total = 0
  let series = -1
  while (total < count) {
    series += 1 + reader.signed()
    const length = reader.unsigned()
    total += length
    if (series < 0 || series > noteIndex || length < 1 || total > count)
      throw new MalformedError('an impossible order')
    runs.push(series, length)
  }
  return runs
}

function decodeQualities(reader: ByteReader, columns: readonly Column[]): void {
  const quality = reader.byte()
  for (const { readings } of columns) {
    for (const reading of readings) reading.q = quality === MIXED_QUALITY ? reader.byte() : quality
  }
}

function decodeTimes(reader: ByteReader, columns: readonly Column[]): void {
  let begin = 0
  for (const { readings } of columns) {
    let t = begin
    let step = 0
    readings.forEach((reading, at) => {
      const previous = t
      t = previous + step + reader.signed()
      if (Math.abs(t) > MAX_TIME) throw new MalformedError('an impossible time')
      step = at === 0 ? 0 : t - previous
      reading.t = t
    })
    begin = (readings[0] as Reading).t
  }
}

function decodeValues(reader: ByteReader, columns: readonly Column[]): void {
  const exponents = columns.map(() => reader.byte())
  columns.forEach(({ readings }, at) => {
    const exponent = exponents[at] as number
    if (exponent !== RAW_DOUBLES && exponent > MAX_EXPONENT)
      throw new MalformedError('an unknown value coding')
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
  })
}

function decodeNote(reader: ByteReader): Note {
  try {
    return { note: JSON.parse(reader.text(MAX_NOTE_BYTES)) }
  } catch (error) {
    throw new MalformedError(`a note that is not JSON: ${(error as Error).message}`)
  }
}
