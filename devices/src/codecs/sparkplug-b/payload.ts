import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { Place } from '../findings.ts'

/** Data types that are read, by their number (Sparkplug 3.0, 6.4.16). */
export const DATA_TYPES = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  Bytes: 17,
  File: 18,
} as const
export type DataType = keyof typeof DATA_TYPES
const TYPE_NAMES = new Map<number, DataType>(
  Object.entries(DATA_TYPES).map(([name, number]) => [number, name as DataType]),
)
export const typeOfNumber = (number: number): DataType | undefined => TYPE_NAMES.get(number)

/** How a value stands in the payload; integers as they came, without their sign. */
export type WireValue =
  | { as: 'integer'; value: bigint }
  | { as: 'number'; value: number }
  | { as: 'boolean'; value: boolean }
  | { as: 'text'; value: string }
  | { as: 'bytes'; value: Uint8Array }
  /** A data set, a template or an extension. */
  | { as: 'structure'; value: Uint8Array }

/** One metric of a payload. */
export interface Metric {
  name?: string
  alias?: bigint
  timestamp?: number
  /** Number of its data type. */
  type?: number
  isHistorical: boolean
  isNull: boolean
  /** The property `Quality`: 0 bad, 192 good, 500 stale. */
  quality?: number
  value?: WireValue
  place: Place
}

/** A payload without what nothing here reads (its UUID, its body). */
export interface Payload {
  timestamp?: number
  seq?: number
  metrics: Metric[]
}

/** Bytes that are no payload, and where that was seen. */
export class PayloadError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Fields of a message in Protocol Buffers, each as it is asked for; counts places from the start of the payload. */
class Fields {
  readonly #reader: BinaryReader
  readonly #base: number

  constructor(bytes: Uint8Array, base: number) {
    this.#reader = new BinaryReader(bytes)
    this.#base = base
  }

  get at(): number {
    return this.#base + this.#reader.pos
  }

  /** Calls `visit` with each field; one that it does not take is skipped. */
  read(visit: (field: number, wire: WireType) => boolean): void {
    const reader = this.#reader
    while (reader.pos < reader.len) {
      const begin = this.at
      try {
        const [field, wire] = reader.tag()
        // Sparkplug has no groups, and skipping nested ones costs stack.
        if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new Error('a group')
        if (!visit(field, wire)) reader.skip(wire, field)
      } catch (error) {
        if (error instanceof PayloadError) throw error
        throw new PayloadError(`no Sparkplug payload here: ${(error as Error).message}`, begin)
      }
    }
  }

  integer(): bigint {
    return BigInt(this.#reader.uint64())
  }

  number(): number {
    return Number(this.integer())
  }

  float(): number {
    return this.#reader.float()
  }

  double(): number {
    return this.#reader.double()
  }

  text(): string {
    return this.#reader.string(true)
  }

  bytes(): Uint8Array {
    return this.#reader.bytes()
  }

  /** A message within this one. */
  inner(): Fields {
    const bytes = this.bytes()
    return new Fields(bytes, this.at - bytes.length)
  }
}

/**
 * Reads a payload (Sparkplug 3.0, 6.4.4).
 *
 * @param limit - most metrics; with more it is refused
 * @throws PayloadError
 */
export function readPayload(bytes: Uint8Array, limit: number): Payload {
  const payload: Payload = { metrics: [] }
  const fields = new Fields(bytes, 0)
  fields.read((field, wire) => {
    if (field === 1 && wire === WireType.Varint) payload.timestamp = fields.number()
    else if (field === 3 && wire === WireType.Varint) payload.seq = fields.number()
    else if (field === 2 && wire === WireType.LengthDelimited) {
      if (payload.metrics.length >= limit) throw new PayloadError(`more than ${limit} metrics`, fields.at)
      payload.metrics.push(readMetric(fields.inner()))
    } else return false
    return true
  })
  return payload
}

const VARINTS: Record<number, (metric: Metric, fields: Fields) => void> = {
  2: (metric, fields) => {
    metric.alias = fields.integer()
  },
  3: (metric, fields) => {
    metric.timestamp = fields.number()
  },
  4: (metric, fields) => {
    metric.type = fields.number()
  },
  5: (metric, fields) => {
    metric.isHistorical = fields.integer() !== 0n
  },
  7: (metric, fields) => {
    metric.isNull = fields.integer() !== 0n
  },
  10: (metric, fields) => {
    metric.value = { as: 'integer', value: fields.integer() }
  },
  11: (metric, fields) => {
    metric.value = { as: 'integer', value: fields.integer() }
  },
  14: (metric, fields) => {
    metric.value = { as: 'boolean', value: fields.integer() !== 0n }
  },
}

const DELIMITED: Record<number, (metric: Metric, fields: Fields) => void> = {
  1: (metric, fields) => {
    metric.name = fields.text()
  },
  9: (metric, fields) => {
    const quality = readQuality(fields.inner())
    if (quality !== undefined) metric.quality = quality
  },
  15: (metric, fields) => {
    metric.value = { as: 'text', value: fields.text() }
  },
  16: (metric, fields) => {
    metric.value = { as: 'bytes', value: fields.bytes() }
  },
  17: readStructure,
  18: readStructure,
  19: readStructure,
}

function readStructure(metric: Metric, fields: Fields): void {
  metric.value = { as: 'structure', value: fields.bytes() }
}

function readMetric(fields: Fields): Metric {
  const metric: Metric = { isHistorical: false, isNull: false, place: { offset: fields.at, lengthBytes: 0 } }
  fields.read((field, wire) => {
    if (field === 12 && wire === WireType.Bit32) metric.value = { as: 'number', value: fields.float() }
    else if (field === 13 && wire === WireType.Bit64) metric.value = { as: 'number', value: fields.double() }
    else {
      const read = (wire === WireType.Varint ? VARINTS : wire === WireType.LengthDelimited ? DELIMITED : {})[
        field
      ]
      if (!read) return false
      read(metric, fields)
    }
    return true
  })
  metric.place.lengthBytes = fields.at - metric.place.offset
  return metric
}

/** The property `Quality` of a set of properties: keys and values stand in the same order. */
function readQuality(fields: Fields): number | undefined {
  const keys: string[] = []
  const values: (number | undefined)[] = []
  fields.read((field, wire) => {
    if (wire !== WireType.LengthDelimited) return false
    if (field === 1) keys.push(fields.text())
    else if (field === 2) values.push(readProperty(fields.inner()))
    else return false
    return true
  })
  return values[keys.indexOf('Quality')]
}

function readProperty(fields: Fields): number | undefined {
  let value: number | undefined
  fields.read((field, wire) => {
    if ((field !== 3 && field !== 4) || wire !== WireType.Varint) return false
    value = fields.number()
    return true
  })
  return value
}
