import type { CodecFault } from '../codec.ts'
import { hexOf } from '../findings.ts'
import type { Framing } from '../framing.ts'
import { objectBytesOf } from './types.ts'

export const NAME = 'iec104'
export const START = 0x68
/** Start, length, four bytes of control. */
const CONTROL_BYTES = 6
/** Type, count, cause (2), common address (2): where the objects begin. */
export const HEAD_BYTES = CONTROL_BYTES + 6
/** Bytes that the length counts (clause 5 of IEC 60870-5-104): control and at most 249 bytes of data. */
const LONGEST = 253
const CONTROL_ONLY = 4

/** The functions of U frames by their first byte of control. */
export const U_FUNCTIONS = new Map([
  [0x07, 'STARTDT act'],
  [0x0b, 'STARTDT con'],
  [0x13, 'STOPDT act'],
  [0x23, 'STOPDT con'],
  [0x43, 'TESTFR act'],
  [0x83, 'TESTFR con'],
])

export type FrameKind = 'I' | 'S' | 'U'

export const kindOf = (frame: Uint8Array, at = 0): FrameKind => {
  const control = frame[at + 2] ?? 0
  return (control & 1) === 0 ? 'I' : (control & 3) === 1 ? 'S' : 'U'
}

/** The 15 bits of a send or receive sequence number. */
export const sequenceAt = (frame: Uint8Array, at: number): number =>
  ((frame[at] ?? 0) >> 1) | ((frame[at + 1] ?? 0) << 7)

/**
 * No check sum covers these frames (TCP does): what tells a frame from other bytes is its length, the fixed bits
 * of its control, and that type and count of the objects give the length too.
 */
export const framing: Framing = {
  maxFrameBytes: 2 + LONGEST,
  nextStart: (bytes, from) => {
    const at = bytes.indexOf(START, from)
    return at < 0 ? bytes.length : at
  },
  frameAt(bytes, at) {
    const length = bytes[at + 1]
    if (length === undefined) return 0
    if (length < CONTROL_ONLY || length > LONGEST)
      return fault(
        'length',
        { offset: at + 1, lengthBytes: 1 },
        `a length of ${length}; 4 to 253 are possible`,
      )
    if (bytes.length - at < CONTROL_BYTES) return 0
    const wrong = wrongControl(bytes, at, length) ?? wrongLength(bytes, at, length)
    if (wrong) return wrong
    return bytes.length - at < 2 + length ? 0 : 2 + length
  },
}

/** What in the four bytes of control belongs to no frame. */
function wrongControl(bytes: Uint8Array, at: number, length: number): CodecFault | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at + 2, at + CONTROL_BYTES)
  const kind = kindOf(bytes, at)
  const isRight =
    kind === 'I'
      ? (third & 1) === 0
      : kind === 'S'
        ? first === 1 && second === 0 && (third & 1) === 0
        : U_FUNCTIONS.has(first) && second + third + fourth === 0
  if (!isRight) {
    const control = hexOf(bytes, at + 2, at + CONTROL_BYTES)
    return fault(
      'control',
      { offset: at + 2, lengthBytes: 4 },
      `the control ${control} is of no I, S or U frame`,
    )
  }
  if (kind !== 'I' && length !== CONTROL_ONLY)
    return fault(
      'length',
      { offset: at + 1, lengthBytes: 1 },
      `the length is ${length}; ${kind} frames have 4`,
    )
}

/** An I frame whose type and count of objects do not give its length. */
function wrongLength(bytes: Uint8Array, at: number, length: number): CodecFault | undefined {
  if (kindOf(bytes, at) !== 'I') return
  const place = { offset: at + 1, lengthBytes: 1 }
  if (length < HEAD_BYTES - 2)
    return fault('length', place, `the length is ${length}; an I frame has 10 at least`)
  const [type, count] = bytes.subarray(at + CONTROL_BYTES, at + CONTROL_BYTES + 2)
  if (type === undefined || count === undefined) return
  const objects = objectBytesOf(type, count)
  if (objects === undefined || length === HEAD_BYTES - 2 + objects) return
  const needed = HEAD_BYTES - 2 + objects
  return fault(
    'length',
    place,
    `the length is ${length}; ${count & 0x7f} objects of type ${type} have ${needed}`,
  )
}

const fault = (
  what: string,
  place: { offset: number; lengthBytes: number },
  message: string,
): CodecFault => ({ code: `${NAME}-${what}`, message, ...place })
