import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type Static, Type } from 'typebox'
import type { Encoded } from '../codec.ts'
import { checkMessage } from '../message-schema.ts'
import { DATA_TYPES, type DataType } from './payload.ts'

export const NAME = 'sparkplug-b'

const strict = { additionalProperties: false }
const Time = Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1, description: 'ms since 1970 UTC' })
const MetricMessage = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    alias: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 })),
    timestamp: Type.Optional(Time),
    type: Type.Enum(Object.keys(DATA_TYPES).filter(name => name !== 'Bytes' && name !== 'File')),
    historical: Type.Optional(Type.Boolean()),
    value: Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 10_000 }), Type.Null()]),
  },
  strict,
)

/** What `encode` takes: the payload of any message, or of the command that asks a node to be born again. */
const Message = Type.Union([
  Type.Object(
    {
      timestamp: Type.Optional(Time),
      seq: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
      metrics: Type.Array(MetricMessage, { maxItems: 1000 }),
    },
    strict,
  ),
  Type.Object({ rebirth: Type.Literal(true), timestamp: Time }, strict),
])

export function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const { value } = checked
  const metrics: Static<typeof MetricMessage>[] =
    'metrics' in value ? value.metrics : [{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }]
  const writer = new BinaryWriter()
  if (value.timestamp !== undefined) writer.tag(1, WireType.Varint).uint64(value.timestamp)
  for (const [index, metric] of metrics.entries()) {
    writer.tag(2, WireType.LengthDelimited).fork()
    const what = writeMetric(writer, metric)
    if (what !== undefined)
      return { ok: false, faults: [{ code: `${NAME}-message`, message: `metrics.${index}.value ${what}` }] }
    writer.join()
  }
  if ('seq' in value && value.seq !== undefined) writer.tag(3, WireType.Varint).uint64(value.seq)
  return { ok: true, bytes: writer.finish() }
}

/** Writes a metric; what is wrong with its value where it does not fit its type. */
function writeMetric(
  writer: BinaryWriter,
  { name, alias, timestamp, type, historical, value }: Static<typeof MetricMessage>,
): string | undefined {
  if (name !== undefined) writer.tag(1, WireType.LengthDelimited).string(name)
  if (alias !== undefined) writer.tag(2, WireType.Varint).uint64(alias)
  if (timestamp !== undefined) writer.tag(3, WireType.Varint).uint64(timestamp)
  writer.tag(4, WireType.Varint).uint32(DATA_TYPES[type as DataType])
  if (historical) writer.tag(5, WireType.Varint).bool(true)
  if (value === null) {
    writer.tag(7, WireType.Varint).bool(true)
    return
  }
  if (type === 'Boolean') {
    if (typeof value !== 'boolean') return 'must be true or false'
    writer.tag(14, WireType.Varint).bool(value)
  } else if (type === 'String' || type === 'Text' || type === 'UUID') {
    if (typeof value !== 'string') return 'must be a text'
    writer.tag(15, WireType.LengthDelimited).string(value)
  } else {
    if (typeof value !== 'number') return 'must be a number'
    if (type === 'Float') writer.tag(12, WireType.Bit32).float(value)
    else if (type === 'Double') writer.tag(13, WireType.Bit64).double(value)
    else return writeInteger(writer, type, value)
  }
}

function writeInteger(writer: BinaryWriter, type: string, value: number): string | undefined {
  const bits = type === 'DateTime' ? 64 : Number(/\d+$/.exec(type)?.[0])
  const isSigned = type.startsWith('I')
  const [low, high] = isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
  if (!Number.isSafeInteger(value) || value < low || value > high) return `does not fit ${type}`
  const raw = BigInt.asUintN(bits === 64 ? 64 : 32, BigInt(value))
  writer.tag(bits === 64 ? 11 : 10, WireType.Varint).uint64(raw)
}
