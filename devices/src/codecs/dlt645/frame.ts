import { sum8 } from '../check-sums.ts'
import type { CodecFault } from '../codec.ts'
import { hexOf } from '../findings.ts'
import type { Framing } from '../framing.ts'

export const NAME = 'dlt645'
export const START = 0x68
export const END = 0x16
const WAKE_UP = 0xfe
/** Start, address, start, control, length. */
export const HEAD_BYTES = 10
/** And check sum, end. */
const SHELL_BYTES = 12
/** Added to every byte of the data field (clause 5.2.6). */
export const DATA_OFFSET = 0x33

/** Clause 5: start, address, start, control, length, data, check sum, end. */
export const framing: Framing = {
  maxFrameBytes: SHELL_BYTES + 0xff,
  isFiller: byte => byte === WAKE_UP,
  nextStart: (bytes, from) => {
    const at = bytes.indexOf(START, from)
    return at < 0 ? bytes.length : at
  },
  frameAt(bytes, at) {
    const available = bytes.length - at
    if (available > 7 && bytes[at + 7] !== START)
      return fault('start', { offset: at + 7, lengthBytes: 1 }, 'no second 68 after the address')
    if (available < HEAD_BYTES) return 0
    const length = SHELL_BYTES + (bytes[at + 9] as number)
    if (available < length) return 0
    if (bytes[at + length - 1] !== END)
      return fault('end', { offset: at + length - 1, lengthBytes: 1 }, 'the frame does not end with 16')
    const sum = sum8(bytes, at, at + length - 2)
    if (sum === bytes[at + length - 2]) return length
    const [found, expected] = [hexOf(bytes, at + length - 2, at + length - 1), hexOf(Uint8Array.of(sum))]
    return {
      ...fault(
        'check-sum',
        { offset: at, lengthBytes: length },
        `the check sum is ${found}, should be ${expected}`,
      ),
      expected,
    }
  },
}

const fault = (
  what: string,
  place: { offset: number; lengthBytes: number },
  message: string,
): CodecFault => ({
  code: `${NAME}-${what}`,
  message,
  ...place,
})
