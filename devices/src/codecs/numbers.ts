import { type Static, Type } from 'typebox'

/** How a number stands in bytes: unsigned, signed (two's complement) or IEEE 754, with its bits. */
export const NumberType = Type.Enum([
  'u8',
  'i8',
  'u16',
  'i16',
  'u24',
  'i24',
  'u32',
  'i32',
  'u64',
  'i64',
  'f32',
  'f64',
])
export type NumberType = Static<typeof NumberType>

/** Most significant byte first, or last. */
export const ByteOrder = Type.Enum(['big', 'little'])
export type ByteOrder = Static<typeof ByteOrder>

/** How many bytes a type has. */
export const sizeOf = (type: NumberType): number => Number(type.slice(1)) / 8

/** The number of a type at an offset, which has to lie in the bytes; beyond 2^53 the nearest double. */
export function readNumber(bytes: Uint8Array, offset: number, type: NumberType, order: ByteOrder): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const little = order === 'little'
  if (type === 'f32') return view.getFloat32(offset, little)
  if (type === 'f64') return view.getFloat64(offset, little)
  if (type === 'u64') return Number(view.getBigUint64(offset, little))
  if (type === 'i64') return Number(view.getBigInt64(offset, little))
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = sizeOf(type)
  if (type.startsWith('u')) return little ? buffer.readUIntLE(offset, size) : buffer.readUIntBE(offset, size)
  return little ? buffer.readIntLE(offset, size) : buffer.readIntBE(offset, size)
}

/** How a raw number becomes a quantity: `raw * scale + add`; decimal scales give the decimal number. */
export const Scaling = {
  scale: Type.Optional(Type.Number({ description: 'units for one count of the wire; 1 without it' })),
  add: Type.Optional(Type.Number({ description: 'added after the scale' })),
  missing: Type.Optional(Type.Number({ description: 'the raw number that means: not measured' })),
}

/** The value of a raw number. */
export function scaledBy(raw: number, { scale = 1, add = 0 }: { scale?: number; add?: number }): number {
  // 0.1 is no double, 10 is one: 215 / 10 is 21.5, and 273 * 0.1 is not quite 27.3.
  const divisor = Math.round(1 / scale)
  return (scale !== 0 && Math.abs(scale) < 1 && 1 / divisor === scale ? raw / divisor : raw * scale) + add
}
