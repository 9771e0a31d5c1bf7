import { hexOf } from '../findings.ts'
import type { ResourceType } from './objects.ts'

/** The value of a resource as annex C writes it; undefined where the bytes are none of its type. */
export function readValue(bytes: Uint8Array, type: ResourceType): number | string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === 'data') return hexOf(bytes)
  if (type === 'text') return textOf(bytes)
  if (type === 'boolean') return bytes.length === 1 && (bytes[0] as number) <= 1 ? bytes[0] : undefined
  if (type === 'float') {
    if (bytes.length === 4) return view.getFloat32(0)
    return bytes.length === 8 ? view.getFloat64(0) : undefined
  }
  switch (bytes.length) {
    case 1:
      return view.getInt8(0)
    case 2:
      return view.getInt16(0)
    case 4:
      return view.getInt32(0)
    case 8:
      return Number(view.getBigInt64(0))
    default:
      return undefined
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The shortest bytes of an integer. */
export function integerBytes(value: number): Uint8Array {
  const size = [1, 2, 4].find(bytes => Math.abs(value + 0.5) < 2 ** (8 * bytes - 1)) ?? 8
  const bytes = Buffer.alloc(size)
  if (size === 8) bytes.writeBigInt64BE(BigInt(value))
  else bytes.writeIntBE(value, 0, size)
  return bytes
}

/** A number as a float of four bytes where nothing is lost, of eight else. */
export function floatBytes(value: number): Uint8Array {
  const isShort = Object.is(Math.fround(value), value)
  const bytes = Buffer.alloc(isShort ? 4 : 8)
  if (isShort) bytes.writeFloatBE(value)
  else bytes.writeDoubleBE(value)
  return bytes
}
