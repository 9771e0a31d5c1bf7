import { Quality } from '../../reading.ts'
import { hexOf } from '../findings.ts'
import { beijingTime } from '../local-time.ts'
import { readNumber } from '../numbers.ts'
import type { DataType, ElementKind } from './types.ts'

/** The value of an information object. */
export interface Element {
  /** Undefined where the object says that there is none, as a switch on its way does. */
  v?: number
  /** What it says where it is no number. */
  text?: string
  quality?: Quality
  /** For people: the bits of quality that are set. */
  remarks: string[]
}

// Bits of the quality descriptors SIQ, DIQ and QDS (7.2.6.1 to 7.2.6.3).
const DESCRIPTORS: [bit: number, word: string, quality: Quality][] = [
  [0x80, 'invalid', Quality.FAIL],
  [0x40, 'not topical', Quality.SUSPECT],
  [0x20, 'substituted', Quality.SUSPECT],
  [0x10, 'blocked', Quality.SUSPECT],
]
const OVERFLOW: (typeof DESCRIPTORS)[number] = [0x01, 'overflow', Quality.SUSPECT]
// Bits of a counter's own byte (7.2.6.9).
const COUNTER: typeof DESCRIPTORS = [
  [0x80, 'invalid', Quality.FAIL],
  [0x40, 'adjusted', Quality.SUSPECT],
  [0x20, 'carry', Quality.NOT_EVALUATED],
]

function described(byte: number, bits: typeof DESCRIPTORS): Pick<Element, 'quality' | 'remarks'> {
  const set = bits.filter(([bit]) => byte & bit)
  const worst = Math.max(Quality.NOT_EVALUATED, ...set.map(([, , quality]) => quality))
  return { quality: worst as Quality, remarks: set.map(([, word]) => word) }
}

const measured = (bytes: Uint8Array, at: number): Pick<Element, 'quality' | 'remarks'> =>
  described(bytes[at] ?? 0, [...DESCRIPTORS, OVERFLOW])

const normalizedAt = (bytes: Uint8Array, at: number): number =>
  readNumber(bytes, at, 'i16', 'little') / 0x8000

const INTERROGATED_STATION = 20

const READERS: Record<ElementKind, (bytes: Uint8Array, at: number, size: number) => Element> = {
  single: (bytes, at) => ({ v: (bytes[at] ?? 0) & 1, ...described(bytes[at] ?? 0, DESCRIPTORS) }),
  double(bytes, at) {
    const state = (bytes[at] ?? 0) & 3
    const quality = described(bytes[at] ?? 0, DESCRIPTORS)
    if (state === 0) return { text: 'intermediate', ...quality }
    return state === 3 ? { text: 'indeterminate', ...quality } : { v: state - 1, ...quality }
  },
  step(bytes, at) {
    const byte = bytes[at] ?? 0
    const { quality, remarks } = measured(bytes, at + 1)
    return {
      v: ((byte & 0x7f) << 25) >> 25,
      ...(quality ? { quality } : {}),
      remarks: byte & 0x80 ? ['moving', ...remarks] : remarks,
    }
  },
  bits: (bytes, at) => ({ text: hexOf(bytes, at, at + 4), ...measured(bytes, at + 4) }),
  normalized: (bytes, at) => ({ v: normalizedAt(bytes, at), ...measured(bytes, at + 2) }),
  'normalized-plain': (bytes, at) => ({ v: normalizedAt(bytes, at), remarks: [] }),
  scaled: (bytes, at) => ({ v: readNumber(bytes, at, 'i16', 'little'), ...measured(bytes, at + 2) }),
  float: (bytes, at) => ({ v: readNumber(bytes, at, 'f32', 'little'), ...measured(bytes, at + 4) }),
  counter: (bytes, at) => ({
    v: readNumber(bytes, at, 'i32', 'little'),
    ...described(bytes[at + 4] ?? 0, COUNTER),
  }),
  interrogation(bytes, at) {
    const qualifier = bytes[at] ?? 0
    const group = qualifier - INTERROGATED_STATION
    const isGroup = group > 0 && group <= 16
    return {
      text: group === 0 ? 'station' : isGroup ? `group ${group}` : `qualifier ${qualifier}`,
      remarks: [],
    }
  },
  'counter-interrogation': (bytes, at) => ({ text: `qualifier ${bytes[at] ?? 0}`, remarks: [] }),
  nothing: () => ({ remarks: [] }),
  command: (bytes, at, size) => ({ text: hexOf(bytes, at, at + size), remarks: [] }),
}

/** The value of an object that begins at an offset; all of its bytes are there. */
export const readElement = (bytes: Uint8Array, at: number, { kind, sizeBytes }: DataType): Element =>
  READERS[kind](bytes, at, sizeBytes)

/** A time of an object. */
export interface Tag {
  /** ms UTC; NaN where no calendar has it, undefined where the sender says that its clock is not right. */
  t: number | undefined
  isFromArrival: boolean
}

const INVALID = 0x80
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** `CP56Time2a` (7.2.6.18) of a clock that shows Beijing's time: milliseconds, minute, hour, day, month, year. */
export function cp56At(bytes: Uint8Array, at: number): Tag {
  const [minute = 0, hour = 0, day = 0, month = 0, year = 0] = bytes.subarray(at + 2, at + 7)
  if (minute & INVALID) return { t: undefined, isFromArrival: false }
  const millis = readNumber(bytes, at, 'u16', 'little')
  const t =
    millis < MINUTE_MS && (year & 0x7f) <= 99
      ? beijingTime(2000 + (year & 0x7f), [month & 0x0f, day & 0x1f, hour & 0x1f, minute & 0x3f]) + millis
      : Number.NaN
  return { t, isFromArrival: false }
}

/** `CP24Time2a` (7.2.6.19): milliseconds and minute of the hour that lets the time be nearest to the arrival. */
export function cp24At(bytes: Uint8Array, at: number, arrivalMs: number): Tag {
  const minute = bytes[at + 2] ?? 0
  if (minute & INVALID) return { t: undefined, isFromArrival: true }
  const inHour = (minute & 0x3f) * MINUTE_MS + readNumber(bytes, at, 'u16', 'little')
  if (inHour >= HOUR_MS) return { t: Number.NaN, isFromArrival: true }
  const hours = Math.round((arrivalMs - inHour) / HOUR_MS)
  return { t: hours * HOUR_MS + inHour, isFromArrival: true }
}
