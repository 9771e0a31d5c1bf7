import { crc16Modbus, crcHj212 } from '../check-sums.ts'
import type { CodecFault } from '../codec.ts'
import type { Framing } from '../framing.ts'

/** Names of the two codecs: as the standard says, and as stations send. */
export type Name = 'hj212' | 'hj212-strict'

const HASH = 0x23
const CR = 0x0d
const LF = 0x0a
const LENGTH_DIGITS = 4
/** `##` and the length. */
export const HEAD_BYTES = 6
export const CRC_DIGITS = 4
const MAX_DATA_BYTES = 9999
/** Clause 6.3.1; stations are met that send more. */
const MAX_STRICT_DATA_BYTES = 1024

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** The text of some bytes as a fault may show it. */
const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to)).replace(/[^ -~]/g, '.')

/** A check sum as it should stand on the wire. */
export const crcText = (crc: number): string => crc.toString(16).toUpperCase().padStart(CRC_DIGITS, '0')

/**
 * Frames of HJ 212 (6.3): `##`, length, data, CRC, CR LF. Strict frames end with CR LF, have upper-case CRC digits
 * and at most 1024 bytes of data; lenient ones may lack the line end, have small digits, or the CRC of Modbus, in either
 * order of its bytes.
 */
export function createFraming(codec: Name): Framing {
  const isStrict = codec === 'hj212-strict'
  const fault = (what: string, offset: number, lengthBytes: number, message: string): CodecFault => ({
    code: `${codec}-${what}`,
    message,
    offset,
    lengthBytes,
  })
  const maxDataBytes = isStrict ? MAX_STRICT_DATA_BYTES : MAX_DATA_BYTES

  function isRight(found: string, bytes: Uint8Array, from: number, to: number): boolean {
    const right = crcText(crcHj212(bytes, from, to))
    if (found === right || isStrict) return found === right
    const modbus = crcText(crc16Modbus(bytes, from, to))
    return [right, modbus, modbus.slice(2) + modbus.slice(0, 2)].includes(found.toUpperCase())
  }

  /** Where a further `##` and length begin: no data hold them, and the check sum of each start would take long. */
  function nextHead(bytes: Uint8Array, from: number, to: number): number | undefined {
    for (
      let at = bytes.indexOf(HASH, from);
      at >= 0 && at + HEAD_BYTES <= to;
      at = bytes.indexOf(HASH, at + 1)
    )
      if (bytes[at + 1] === HASH && bytes.subarray(at + 2, at + HEAD_BYTES).every(isDigit)) return at
  }

  return {
    maxFrameBytes: HEAD_BYTES + maxDataBytes + CRC_DIGITS + 2,
    // In lenient form a line end is not waited for: it is filler.
    isFiller: byte => byte === CR || byte === LF,
    nextStart(bytes, from) {
      for (let at = bytes.indexOf(HASH, from); at >= 0; at = bytes.indexOf(HASH, at + 1))
        if (at + 1 === bytes.length || bytes[at + 1] === HASH) return at
      return bytes.length
    },
    frameAt(bytes, at) {
      for (let offset = at + 2; offset < at + HEAD_BYTES && offset < bytes.length; offset++)
        if (!isDigit(bytes[offset] as number))
          return fault(
            'length',
            offset,
            1,
            `four digits of length follow ##, not "${textOf(bytes, offset, offset + 1)}"`,
          )
      if (bytes.length - at < HEAD_BYTES) return 0
      const dataBytes = Number(textOf(bytes, at + 2, at + 2 + LENGTH_DIGITS))
      if (dataBytes > maxDataBytes)
        return fault(
          'length',
          at + 2,
          LENGTH_DIGITS,
          `${dataBytes} bytes of data; ${maxDataBytes} are allowed`,
        )
      const crcAt = at + HEAD_BYTES + dataBytes
      const next = nextHead(bytes, at + HEAD_BYTES, Math.min(crcAt, bytes.length))
      if (next !== undefined)
        return fault('cut-off', at, next - at, `another frame begins after ${next - at} bytes`)
      const end = crcAt + CRC_DIGITS + (isStrict ? 2 : 0)
      if (bytes.length < end) return 0
      const found = textOf(bytes, crcAt, crcAt + CRC_DIGITS)
      if (isStrict && (bytes[end - 2] !== CR || bytes[end - 1] !== LF))
        return fault('end', end - 2, 2, 'no CR LF after the check sum')
      if (isRight(found, bytes, at + HEAD_BYTES, crcAt)) return end - at
      const expected = crcText(crcHj212(bytes, at + HEAD_BYTES, crcAt))
      return {
        ...fault('check-sum', at, end - at, `the check sum is ${found}, should be ${expected}`),
        expected,
      }
    },
  }
}
