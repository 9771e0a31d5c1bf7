import { crc16Modbus } from '../check-sums.ts'
import type { CodecFault } from '../codec.ts'
import { hexOf } from '../findings.ts'
import type { Framing } from '../framing.ts'

export const RTU = 'modbus-rtu'
export const TCP = 'modbus-tcp'
/** Addresses of devices; 0 speaks to all. */
const MAX_UNIT = 247
export const EXCEPTION = 0x80
/** Unit, function and two bytes of check sum. */
const RTU_SHELL = 4
/** Transaction, protocol, length and unit. */
export const TCP_HEAD = 7
const MAX_PDU = 253
/** Most that a request may ask for. */
const MAX_BITS = 2000
const MAX_REGISTERS = 125

const READS = 4
const WRITES_ONE = [5, 6]
const WRITES_MANY = [15, 16]
const isKnown = (code: number): boolean =>
  (code >= 1 && code <= READS) || WRITES_ONE.includes(code) || WRITES_MANY.includes(code)

/**
 * The lengths that a protocol data unit (function and data) may have that begins at an offset, the shortest first:
 * nothing in it says whether it asks or answers. Undefined where more bytes are needed to tell, empty where
 * the function is not known.
 */
function pduLengths(bytes: Uint8Array, at: number): number[] | undefined {
  const code = bytes[at]
  if (code === undefined) return
  if (code >= EXCEPTION) return isKnown(code - EXCEPTION) ? [2] : []
  if (!isKnown(code)) return []
  if (WRITES_ONE.includes(code)) return [5]
  if (code <= READS) return readLengths(bytes, at)
  const count = bytes[at + 5]
  return count === undefined ? undefined : 6 + count <= MAX_PDU ? [5, 6 + count] : [5]
}

/** Of a request to read, or of a reply: count of bytes, and the bytes. */
function readLengths(bytes: Uint8Array, at: number): number[] | undefined {
  const [code = 0, count] = bytes.subarray(at, at + 2)
  const [high, low] = bytes.subarray(at + 3, at + 5)
  if (count === undefined || high === undefined || low === undefined) return
  const asked = high * 256 + low
  // Registers have two bytes each.
  const isReply = count > 0 && 2 + count <= MAX_PDU && (code <= 2 || count % 2 === 0)
  const isRequest = asked > 0 && asked <= (code <= 2 ? MAX_BITS : MAX_REGISTERS)
  return [...(isRequest ? [5] : []), ...(isReply ? [2 + count] : [])].sort((a, b) => a - b)
}

const fault = (
  codec: string,
  what: string,
  place: { offset: number; lengthBytes: number },
  message: string,
): CodecFault => ({ code: `${codec}-${what}`, message, ...place })

/** Frames on a serial line: unit, data unit, CRC. A silence ends them, which bytes do not show; the CRC does. */
export const rtuFraming: Framing = {
  maxFrameBytes: 256,
  nextStart(bytes, from) {
    for (let at = from; at < bytes.length; at++) {
      const code = bytes[at + 1]
      if ((bytes[at] as number) <= MAX_UNIT && (code === undefined || isKnown(code & ~EXCEPTION))) return at
    }
    return bytes.length
  },
  frameAt(bytes, at) {
    const lengths = pduLengths(bytes, at + 1)
    if (lengths === undefined) return 0
    if (lengths.length === 0)
      return fault(
        RTU,
        'shape',
        { offset: at, lengthBytes: 2 },
        'neither a request nor a reply of this function',
      )
    let longest = 0
    for (const length of lengths) {
      longest = length + RTU_SHELL - 1
      if (at + longest > bytes.length) return 0
      if (crcAt(bytes, at, longest) === bytes16(bytes, at + longest - 2)) return longest
    }
    const expected = hexOf(Uint8Array.of(crcAt(bytes, at, longest) >> 8, crcAt(bytes, at, longest) & 0xff))
    const found = hexOf(bytes, at + longest - 2, at + longest)
    const message = `the check sum is ${found}, should be ${expected}`
    return { ...fault(RTU, 'check-sum', { offset: at, lengthBytes: longest }, message), expected }
  },
}

const bytes16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

/** The check sum as it stands on the wire: its lower half first. */
function crcAt(bytes: Uint8Array, at: number, length: number): number {
  const crc = crc16Modbus(bytes, at, at + length - 2)
  return ((crc & 0xff) << 8) | (crc >> 8)
}

/** Frames over TCP: transaction, protocol 0, length, unit, data unit. */
export const tcpFraming: Framing = {
  maxFrameBytes: 260,
  nextStart(bytes, from) {
    for (let at = from; at < bytes.length; at++)
      if (!bytes[at + 2] && !bytes[at + 3] && !bytes[at + 4]) return at
    return bytes.length
  },
  frameAt(bytes, at) {
    const length = bytes[at + 5]
    if (length === undefined || at + 6 + length > bytes.length) return 0
    const place = { offset: at, lengthBytes: 6 + length }
    const lengths = pduLengths(bytes.subarray(0, at + 6 + length), at + TCP_HEAD)
    if (!lengths?.includes(length - 1))
      return fault(TCP, 'length', place, `${length} bytes of unit and data do not fit the function`)
    return place.lengthBytes
  },
}
