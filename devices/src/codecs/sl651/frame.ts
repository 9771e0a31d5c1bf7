import { crc16Modbus } from '../check-sums.ts'
import type { CodecFault } from '../codec.ts'
import { hexOf } from '../findings.ts'
import type { Framing } from '../framing.ts'
import { END_MARKS } from './words.ts'

export const NAME = 'sl651'
const HEX_START = 0x7e
const ASCII_START = 0x01
export const SINGLE = 0x02
const PACKET = 0x16
export const ETX = 0x03
export const ETB = 0x17
const LENGTH_MASK = 0x0fff
const DOWN = 0x8

/** Where things stand in a frame (6.4, 6.5): in binary, and in ASCII with a character for each half byte. */
interface Layout {
  centreUp: number
  stationUp: number
  stationDown: number
  centreDown: number
  password: number
  functionCode: number
  length: number
  mark: number
  body: number
  /** Bytes of the count and number of a packet. */
  packetBytes: number
  crcBytes: number
  /** Bytes that one byte of the binary form takes. */
  perByte: 1 | 2
}

const HEX_LAYOUT: Layout = {
  centreUp: 2,
  stationUp: 3,
  stationDown: 2,
  centreDown: 7,
  password: 8,
  functionCode: 10,
  length: 11,
  mark: 13,
  body: 14,
  packetBytes: 3,
  crcBytes: 2,
  perByte: 1,
}
const ASCII_LAYOUT: Layout = {
  centreUp: 1,
  stationUp: 3,
  stationDown: 1,
  centreDown: 11,
  password: 13,
  functionCode: 17,
  length: 19,
  mark: 23,
  body: 24,
  packetBytes: 6,
  crcBytes: 4,
  perByte: 2,
}

/** The head of a frame, and where its parts are. */
export interface Head {
  layout: Layout
  isAscii: boolean
  /** From the centre to the station. */
  isDown: boolean
  /** Ten digits. */
  station: string
  centre: number
  functionCode: number
  /** One of a series of packets. */
  isPacket: boolean
  /** First byte of the body, after a packet's count and number. */
  bodyStart: number
  /** The end mark's offset: the body ends before it. */
  bodyEnd: number
}

/** The number in `count` bytes of the binary form; NaN where ASCII digits are none. */
function numberAt(bytes: Uint8Array, { perByte }: Layout, offset: number, count: number): number {
  let value = 0
  for (let at = offset; at < offset + count * perByte; at++) {
    const byte = bytes[at] as number
    value = perByte === 1 ? value * 256 + byte : value * 16 + digitOf(byte)
  }
  return value
}

const digitOf = (char: number): number =>
  char >= 0x30 && char <= 0x39
    ? char - 0x30
    : char >= 0x41 && char <= 0x46
      ? char - 55
      : char >= 0x61 && char <= 0x66
        ? char - 87
        : Number.NaN

/** Bytes of the binary form as hex digits. */
const digitsAt = (bytes: Uint8Array, { perByte }: Layout, offset: number, count: number): string =>
  perByte === 1
    ? hexOf(bytes, offset, offset + count)
    : String.fromCharCode(...bytes.subarray(offset, offset + 2 * count)).toUpperCase()

/** Reads a head; of a broken frame the offsets may lie behind its end. */
export function headOf(frame: Uint8Array): Head {
  const isAscii = frame[0] === ASCII_START
  const layout = isAscii ? ASCII_LAYOUT : HEX_LAYOUT
  const lengthField = numberAt(frame, layout, layout.length, 2)
  const isDown = lengthField >> 12 === DOWN
  const isPacket = frame[layout.mark] === PACKET
  const shell = layout.body + 1 + layout.crcBytes
  const bodyBytes = lengthField & LENGTH_MASK
  const isUncounted = isPacket && frame.length === shell + bodyBytes + layout.packetBytes
  return {
    layout,
    isAscii,
    isDown,
    station: digitsAt(frame, layout, isDown ? layout.stationDown : layout.stationUp, 5),
    centre: numberAt(frame, layout, isDown ? layout.centreDown : layout.centreUp, 1),
    functionCode: numberAt(frame, layout, layout.functionCode, 1),
    isPacket,
    bodyStart: layout.body + (isPacket ? layout.packetBytes : 0),
    bodyEnd: layout.body + bodyBytes + (isUncounted ? layout.packetBytes : 0),
  }
}

/** How many packets a series has, and which this is, from 1. */
export function packetOf(frame: Uint8Array, { layout, isAscii }: Head): { count: number; number: number } {
  if (isAscii) {
    const digits = String.fromCharCode(...frame.subarray(layout.body, layout.body + 6))
    return { count: Number(digits.slice(0, 3)), number: Number(digits.slice(3)) }
  }
  const both = numberAt(frame, layout, layout.body, 3)
  return { count: both >> 12, number: both & LENGTH_MASK }
}

/** The check sum that a frame should have, as it stands on the wire: over everything before it. */
export function checkSumOf(frame: Uint8Array, end: number, isAscii: boolean): Uint8Array {
  const crc = crc16Modbus(frame, 0, end)
  return isAscii
    ? Buffer.from(crc.toString(16).toUpperCase().padStart(4, '0'))
    : Uint8Array.of(crc >> 8, crc & 0xff)
}

export const framing: Framing = {
  maxFrameBytes: ASCII_LAYOUT.body + LENGTH_MASK + ASCII_LAYOUT.packetBytes + 1 + ASCII_LAYOUT.crcBytes,

  nextStart(bytes, from) {
    for (let at = from; at < bytes.length; at++) {
      const next = bytes[at + 1]
      if (bytes[at] === HEX_START && (next === HEX_START || next === undefined)) return at
      if (bytes[at] === ASCII_START && (next === undefined || !Number.isNaN(digitOf(next)))) return at
    }
    return bytes.length
  },

  frameAt(bytes, at) {
    const layout = bytes[at] === ASCII_START ? ASCII_LAYOUT : HEX_LAYOUT
    const available = bytes.length - at
    if (layout === ASCII_LAYOUT)
      for (let offset = at + 1; offset < at + layout.mark && offset < bytes.length; offset++)
        if (Number.isNaN(digitOf(bytes[offset] as number)))
          return fault('head', offset, 1, 'the head of an ASCII frame is no hex digit here')
    if (available <= layout.mark) return 0
    const mark = bytes[at + layout.mark]
    // Several makers send one 7E more than the two that begin a frame.
    if (mark !== SINGLE && mark !== PACKET && bytes[at] === HEX_START && bytes[at + 2] === HEX_START)
      return fault('stray', at, 1, 'a 7E before the two that begin the next frame')
    if (mark !== SINGLE && mark !== PACKET)
      return fault(
        'mark',
        at + layout.mark,
        1,
        `${hexOf(bytes, at + layout.mark, at + layout.mark + 1)} stands where the body begins with 02 or 16`,
      )
    const lengthField = numberAt(bytes, layout, at + layout.length, 2)
    if ((lengthField >> 12) % DOWN !== 0)
      return fault(
        'direction',
        at + layout.length,
        layout.perByte,
        'the direction is neither 0 (up) nor 8 (down)',
      )
    const found = endsAfter(bytes, at, layout, lengthField & LENGTH_MASK)
    // Some stations do not count the three bytes of a packet's number.
    if (typeof found === 'number' || mark === SINGLE) return found
    const longer = endsAfter(bytes, at, layout, (lengthField & LENGTH_MASK) + layout.packetBytes)
    return typeof longer === 'number' && longer > 0 ? longer : found
  },
}

function endsAfter(bytes: Uint8Array, at: number, layout: Layout, bodyBytes: number): number | CodecFault {
  const end = at + layout.body + bodyBytes
  const length = end + 1 + layout.crcBytes - at
  if (bytes.length - at < length) return 0
  if (!END_MARKS.has(bytes[end] as number))
    return fault(
      'end',
      end,
      1,
      `${hexOf(bytes, end, end + 1)} is no end mark; the length says that the body ends here`,
    )
  const isAscii = layout === ASCII_LAYOUT
  const crc = crc16Modbus(bytes, at, end + 1)
  if (numberAt(bytes, layout, end + 1, 2) === crc) return length
  const expected = checkSumOf(bytes.subarray(at, end + 1), end + 1 - at, isAscii)
  const [found, should] = isAscii
    ? [asText(bytes.subarray(end + 1, at + length)), asText(expected)]
    : [hexOf(bytes, end + 1, at + length), hexOf(expected)]
  return {
    ...fault('check-sum', at, length, `the check sum is ${found}, should be ${should}`),
    expected: should,
  }
}

// What is no printable character must not reach a terminal.
const asText = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/[^ -~]/g, '.')

const fault = (what: string, offset: number, lengthBytes: number, message: string): CodecFault => ({
  code: `${NAME}-${what}`,
  message,
  offset,
  lengthBytes,
})
