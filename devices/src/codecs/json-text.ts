import type { CodecFault } from './codec.ts'

/** Deeper than any device nests; whoever walks a value must not run out of stack (RFC 8259, section 9). */
const MAX_DEPTH = 100
/** Characters of a text that a fault quotes. */
const MAX_QUOTED = 60

const QUOTE = 0x22
const BACKSLASH = 0x5c
// Brackets and braces differ in the bit of the case only.
const OPENING = 0x5b
const CLOSING = 0x5d
const CASE_BIT = 0x20

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** JSON from bytes, or what is wrong with it in one line, and where. */
export function parseJson(
  payload: Uint8Array,
): { ok: true; value: unknown } | { ok: false; fault: Omit<CodecFault, 'code'> } {
  const deepAt = tooDeepAt(payload)
  if (deepAt !== undefined) {
    const message = `nested more than ${MAX_DEPTH} levels deep`
    return { ok: false, fault: { message, offset: deepAt, lengthBytes: 1 } }
  }
  try {
    return { ok: true, value: JSON.parse(utf8.decode(payload)) }
  } catch (error) {
    const { message } = error as Error
    return { ok: false, fault: { message, ...placeOf(message, payload.length) } }
  }
}

/** Where a text opens one level too many; undefined where it does not. */
function tooDeepAt(bytes: Uint8Array): number | undefined {
  // Most messages of sensors are too short for it.
  if (bytes.length <= MAX_DEPTH) return
  let depth = 0
  let isInText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) isInText = !isInText
    else if (isInText) at += byte === BACKSLASH ? 1 : 0
    else if ((byte & ~CASE_BIT) === OPENING && ++depth > MAX_DEPTH) return at
    else if ((byte & ~CASE_BIT) === CLOSING) depth--
  }
}

// V8 tells a position in characters, which are bytes up to the first that is not ASCII; or that the text ends
// early; or nothing.
function placeOf(message: string, length: number): { offset: number; lengthBytes: number } {
  const position = Number(/ position (\d+)/.exec(message)?.[1] ?? Number.NaN)
  if (position < length) return { offset: position, lengthBytes: 1 }
  return / end of /.test(message) ? { offset: length, lengthBytes: 0 } : { offset: 0, lengthBytes: length }
}

/** A value as a fault quotes it: short, whatever its size. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const cut = typeof value === 'string' ? value.slice(0, MAX_QUOTED) : value
  return JSON.stringify(cut) ?? 'nothing'
}
