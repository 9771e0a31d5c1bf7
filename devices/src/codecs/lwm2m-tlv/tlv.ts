/** What a TLV holds (OMA TS LightweightM2M 1.0, 6.4.3): the upper two bits of its first byte. */
export type TlvKind = 'object instance' | 'resource instance' | 'resource' | 'multiple resource'
const KINDS: readonly TlvKind[] = ['object instance', 'resource instance', 'multiple resource', 'resource']

/** One entry; places count from the start of the message. */
export interface Tlv {
  kind: TlvKind
  id: number
  offset: number
  valueOffset: number
  end: number
}

/** Bytes that are no entry: where, how many, and why. */
export interface BrokenTlv {
  offset: number
  lengthBytes: number
  message: string
}

/** The entry that begins at an offset and has to end at `end` at the latest. */
export function tlvAt(bytes: Uint8Array, offset: number, end: number): Tlv | BrokenTlv {
  const type = bytes[offset] ?? 0
  const idBytes = type & 0x20 ? 2 : 1
  const lengthBytes = (type >> 3) & 3
  const valueOffset = offset + 1 + idBytes + lengthBytes
  if (valueOffset > end)
    return { offset, lengthBytes: end - offset, message: 'an entry ends within its head' }
  const length = lengthBytes === 0 ? type & 7 : numberAt(bytes, offset + 1 + idBytes, lengthBytes)
  const kind = KINDS[type >> 6] as TlvKind
  const id = numberAt(bytes, offset + 1, idBytes)
  if (valueOffset + length <= end) return { kind, id, offset, valueOffset, end: valueOffset + length }
  const missing = valueOffset + length - end
  return {
    offset,
    lengthBytes: end - offset,
    message: `${kind} ${id} claims ${length} bytes, ${missing} more than there are`,
  }
}

function numberAt(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0
  for (let at = offset; at < offset + length; at++) value = value * 256 + (bytes[at] as number)
  return value
}

/** The bytes of an entry. */
export function tlvOf(kind: TlvKind, id: number, value: Uint8Array): Uint8Array {
  const lengthBytes = value.length < 8 ? 0 : value.length < 0x100 ? 1 : value.length < 0x10000 ? 2 : 3
  const type = (KINDS.indexOf(kind) << 6) | (id > 0xff ? 0x20 : 0) | (lengthBytes << 3)
  const head = [lengthBytes === 0 ? type | value.length : type, ...(id > 0xff ? [id >> 8] : []), id & 0xff]
  for (let at = lengthBytes - 1; at >= 0; at--) head.push((value.length >> (8 * at)) & 0xff)
  return Buffer.concat([Uint8Array.from(head), value])
}
