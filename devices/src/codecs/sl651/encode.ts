import { type Static, Type } from 'typebox'
import { toBcd } from '../bcd.ts'
import type { CodecContext, Encoded } from '../codec.ts'
import { toBeijingDigits } from '../local-time.ts'
import { checkMessage } from '../message-schema.ts'
import { checkSumOf, ETB, ETX, type Head, headOf, NAME, SINGLE } from './frame.ts'

const strict = { additionalProperties: false }
const MAX_BODY_BYTES = 0x0fff
const ENQ = 0x05
const ACK = 0x06
const ESC = 0x1b
/** Reports of a station, which a centre answers (6.3.3); link maintenance 2F has no answer. */
const ANSWERED = new Set([0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36])

const Time = Type.String({ format: 'date-time', description: 'ISO 8601 with offset' })

const Element = Type.Object(
  {
    id: Type.String({ pattern: '^(?!F[0-9A-Fa-f])[0-9A-Fa-f]{2}$', description: 'element identifier, hex' }),
    value: Type.Union([Type.Number(), Type.Null()], { description: 'null is a missing value' }),
    lengthBytes: Type.Integer({ minimum: 1, maximum: 6 }),
    decimals: Type.Integer({ minimum: 0, maximum: 7 }),
  },
  strict,
)

/** What `encode` takes: a report of a station, or a request of a centre; `setClock` is function 4A at `sentAt`. */
const Message = Type.Object(
  {
    direction: Type.Union([Type.Literal('up'), Type.Literal('down')]),
    centre: Type.Integer({ minimum: 1, maximum: 255 }),
    station: Type.String({ pattern: '^[0-9A-Fa-f]{10}$' }),
    password: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{4}$', default: '0000' })),
    function: Type.String({ pattern: '^[0-9A-Fa-f]{2}$' }),
    serial: Type.Integer({ minimum: 0, maximum: 65_535 }),
    sentAt: Time,
    stationType: Type.Optional(
      Type.String({ pattern: '^[A-Z]$', description: 'class of the station, a letter' }),
    ),
    observedAt: Type.Optional(Time),
    elements: Type.Optional(Type.Array(Element, { maxItems: 500 })),
    data: Type.Optional(
      Type.String({ pattern: '^([0-9A-Fa-f]{2})*$', description: 'hex, after everything else' }),
    ),
  },
  strict,
)
type Message = Static<typeof Message>

const hex = (digits: string): Buffer => Buffer.from(digits, 'hex')

/** Builds a binary frame. */
export function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const { value } = checked
  const parts: Uint8Array[] = [
    hex(value.serial.toString(16).padStart(4, '0')),
    hex(toBeijingDigits(Date.parse(value.sentAt))),
  ]
  if (value.stationType !== undefined || value.observedAt !== undefined || value.elements)
    parts.push(hex('F1F1'), hex(value.station))
  if (value.stationType !== undefined) parts.push(Buffer.from(value.stationType))
  if (value.observedAt !== undefined)
    parts.push(hex('F0F0'), hex(toBeijingDigits(Date.parse(value.observedAt)).slice(0, 10)))
  for (const element of value.elements ?? []) {
    const bytes = elementBytes(element)
    if (bytes === undefined)
      return refused(
        `${element.value} does not fit into ${element.lengthBytes} bytes with ${element.decimals} decimals`,
      )
    parts.push(bytes)
  }
  parts.push(hex(value.data ?? ''))
  const body = Buffer.concat(parts)
  if (body.length > MAX_BODY_BYTES)
    return refused(`a body of ${body.length} bytes; ${MAX_BODY_BYTES} are allowed`)
  return { ok: true, bytes: frameOf(value, body) }
}

const refused = (message: string): Encoded => ({ ok: false, faults: [{ code: `${NAME}-message`, message }] })

function elementBytes({ id, value, lengthBytes, decimals }: Static<typeof Element>): Uint8Array | undefined {
  const format = Uint8Array.of((lengthBytes << 3) | decimals)
  if (value === null) return Buffer.concat([hex(id), format, Buffer.alloc(lengthBytes, 0xff)])
  const digits = Math.round(Math.abs(value) * 10 ** decimals)
  const isNegative = value < 0 && digits > 0
  const bcd = toBcd(digits, isNegative ? lengthBytes - 1 : lengthBytes)
  return bcd && Buffer.concat([hex(id), format, ...(isNegative ? [Uint8Array.of(0xff)] : []), bcd])
}

function frameOf(
  { direction, centre, station, password, function: code }: Message,
  body: Uint8Array,
): Uint8Array {
  const isDown = direction === 'down'
  const addresses = isDown ? [hex(station), Uint8Array.of(centre)] : [Uint8Array.of(centre), hex(station)]
  const length = (isDown ? 0x8000 : 0) | body.length
  const unsigned = Buffer.concat([
    hex('7E7E'),
    ...addresses,
    hex(password ?? '0000'),
    hex(code),
    Uint8Array.of(length >> 8, length & 0xff, SINGLE),
    body,
    Uint8Array.of(isDown ? ENQ : ETX),
  ])
  return Buffer.concat([unsigned, checkSumOf(unsigned, unsigned.length, false)])
}

/**
 * What a station waits for in the transmission modes M2 and M4 (6.3.3): the same serial number with the
 * centre's time, by which stations set their clocks. Stations of mode M1 wait for nothing.
 */
export function answerTo(frame: Uint8Array, { arrivalMs }: CodecContext): Uint8Array | undefined {
  const head = headOf(frame)
  const { layout, isAscii, isDown, isPacket, functionCode, bodyStart, bodyEnd } = head
  const serialBytes = 2 * layout.perByte
  if (isDown || !ANSWERED.has(functionCode) || bodyEnd - bodyStart < serialBytes) return undefined
  const endMark = frame[bodyEnd] === ETX ? ESC : frame[bodyEnd] === ETB ? ACK : undefined
  // A packet's serial number is in the first one only; what follows is answered when the last one is here.
  if (endMark === undefined || (isPacket && endMark === ACK)) return undefined
  const serial = isPacket
    ? new Uint8Array(serialBytes).fill(isAscii ? 0x30 : 0)
    : frame.subarray(bodyStart, bodyStart + serialBytes)
  const time = toBeijingDigits(arrivalMs)
  const body = Buffer.concat([serial, isAscii ? Buffer.from(time) : hex(time)])
  const unsigned = Buffer.concat([answerHead(frame, head, body.length), body, Uint8Array.of(endMark)])
  return Buffer.concat([unsigned, checkSumOf(unsigned, unsigned.length, isAscii)])
}

function answerHead(frame: Uint8Array, { layout, isAscii }: Head, bodyBytes: number): Uint8Array {
  const { perByte, centreUp, stationUp, password, length } = layout
  const lengthDigits = (0x8000 | bodyBytes).toString(16).toUpperCase()
  return Buffer.concat([
    frame.subarray(0, centreUp),
    frame.subarray(stationUp, stationUp + 5 * perByte),
    frame.subarray(centreUp, centreUp + perByte),
    frame.subarray(password, length),
    isAscii ? Buffer.from(lengthDigits) : hex(lengthDigits),
    Uint8Array.of(SINGLE),
  ])
}
