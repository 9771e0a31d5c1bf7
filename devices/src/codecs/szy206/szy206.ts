import { Type } from 'typebox'
import { bcdNumber, bcdNumberReversed, scaled } from '../bcd.ts'
import { crc8E5 } from '../check-sums.ts'
import type { Codec, CodecFault, Encoded } from '../codec.ts'
import { type Findings, hexOf, hexReversed } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import type { Framing } from '../framing.ts'
import { beijingPartsOf, beijingTime, formatBeijing } from '../local-time.ts'
import { checkMessage } from '../message-schema.ts'
import {
  ALARM_BITS,
  APPLICATION_FUNCTIONS,
  LINK_TESTS,
  PARAMETERS,
  STATUS_BITS,
  WORKING_MODES,
} from './words.ts'

const NAME = 'szy206'
const START = 0x68
const END = 0x16
/** Start, length, start. */
const HEAD_BYTES = 3
/** Control field, five of address, application function. */
const LEAST_LENGTH = 7
const MAX_LENGTH = 255
const UP = 0x80
const DIVIDED = 0x40
const REPORT = 0xc0
const LINK_TEST = 0x02
/** Alarm word, status word, time label: what a report ends with. */
const TAIL_BYTES = 9
/** A station's clock may run ahead of the arrival. */
const MAX_LEAD_MS = 24 * 3_600_000
const SET_WITH_PASSWORD = { from: 0x10, to: 0x4f }

const framing: Framing = {
  maxFrameBytes: HEAD_BYTES + MAX_LENGTH + 2,
  nextStart: (bytes, from) => {
    const at = bytes.indexOf(START, from)
    return at < 0 ? bytes.length : at
  },
  frameAt(bytes, at) {
    const available = bytes.length - at
    if (available > 2 && bytes[at + 2] !== START)
      return fault('start', at + 2, 1, 'no second 68 after the length')
    if (available < HEAD_BYTES) return 0
    const length = bytes[at + 1] as number
    if (length < LEAST_LENGTH)
      return fault(
        'length',
        at + 1,
        1,
        `a length of ${length}; control, address and function take ${LEAST_LENGTH}`,
      )
    const whole = HEAD_BYTES + length + 2
    if (available < whole) return 0
    if (bytes[at + whole - 1] !== END)
      return fault('end', at + whole - 1, 1, 'the frame does not end with 16')
    const crc = crc8E5(bytes, at + HEAD_BYTES, at + HEAD_BYTES + length)
    if (crc === bytes[at + whole - 2]) return whole
    const [found, expected] = [hexOf(bytes, at + whole - 2, at + whole - 1), hexOf(Uint8Array.of(crc))]
    return { ...fault('check-sum', at, whole, `the check sum is ${found}, should be ${expected}`), expected }
  },
}

const fault = (what: string, offset: number, lengthBytes: number, message: string): CodecFault => ({
  code: `${NAME}-${what}`,
  message,
  offset,
  lengthBytes,
})

/** A frame taken apart. */
interface Parts {
  frame: Uint8Array
  findings: Findings
  /** Ten hex digits of the address field. */
  address: string
  isUp: boolean
  /** Function code of the control field: what the data are about. */
  topic: number
  applicationFunction: number
  /** The data: first byte and the byte after them. */
  from: number
  to: number
}

function readFrame(frame: Uint8Array, findings: Findings): void {
  const control = frame[HEAD_BYTES] ?? 0
  const at = HEAD_BYTES + (control & DIVIDED ? 2 : 1)
  const parts: Parts = {
    frame,
    findings,
    address: hexOf(frame, at, at + 5),
    isUp: (control & UP) !== 0,
    topic: control & 0x0f,
    applicationFunction: frame[at + 5] ?? 0,
    from: at + 6,
    to: Math.max(at + 6, HEAD_BYTES + (frame[1] ?? 0)),
  }
  const name =
    APPLICATION_FUNCTIONS.get(parts.applicationFunction) ?? `unknown (${hexOf(frame, at + 5, at + 6)})`
  findings.fact({
    device: parts.address,
    name: 'function',
    value: `${parts.isUp ? '' : 'to the station: '}${name}`,
  })
  if (findings.looking) showHead(parts, at, name)
  if (control & DIVIDED) keepRaw(parts, 'part of a divided message')
  else readData(parts)
  if (findings.looking) showTail(parts)
}

function showHead({ frame, findings, address, isUp, topic }: Parts, at: number, name: string): void {
  findings.field('start', { offset: 0, lengthBytes: 1 }, 'start of frame')
  findings.field('length', { offset: 1, lengthBytes: 1 }, `${frame[1] ?? 0} bytes from control to data`)
  findings.field('start', { offset: 2, lengthBytes: 1 }, 'end of length')
  findings.field(
    'control',
    { offset: HEAD_BYTES, lengthBytes: at - HEAD_BYTES },
    `${isUp ? 'up' : 'down'}, ${PARAMETERS.get(topic)?.name}`,
  )
  const station = (frame[at + 3] ?? 0) + 256 * (frame[at + 4] ?? 0)
  findings.field(
    'address',
    { offset: at, lengthBytes: 5 },
    `${address}: division ${address.slice(0, 6)}, station ${station}`,
  )
  findings.field('function', { offset: at + 5, lengthBytes: 1 }, name)
}

function showTail({ frame, findings, to }: Parts): void {
  if (to >= frame.length) return
  const expected = hexOf(Uint8Array.of(crc8E5(frame, HEAD_BYTES, to)))
  findings.field(
    'check sum',
    { offset: to, lengthBytes: 1 },
    hexOf(frame, to, to + 1) === expected ? 'right' : `should be ${expected}`,
  )
  findings.field(
    'end',
    { offset: to + 1, lengthBytes: 1 },
    frame[to + 1] === END ? 'end of frame' : 'should be 16',
  )
}

function readData(parts: Parts): void {
  const { frame, findings, address, isUp, applicationFunction, from, to } = parts
  if (applicationFunction === LINK_TEST && to > from) {
    const value = LINK_TESTS.get(frame[from] ?? 0) ?? `unknown (${hexOf(frame, from, from + 1)})`
    findings.fact({ device: address, name: 'link_test', value })
    findings.field('link test', { offset: from, lengthBytes: 1 }, value)
  } else if (isUp && applicationFunction === REPORT) readReport(parts)
  else if (to > from) keepRaw(parts, 'data')
}

function keepRaw({ frame, findings, address, applicationFunction, from, to }: Parts, name: string): void {
  const place = { offset: from, lengthBytes: to - from }
  if (applicationFunction >= SET_WITH_PASSWORD.from && applicationFunction <= SET_WITH_PASSWORD.to) {
    findings.secretField(name, place)
    return
  }
  findings.fact({ device: address, name: 'data', value: hexOf(frame, from, to) })
  findings.field(name, place, 'kept as it is')
}

function readReport(parts: Parts): void {
  const { frame, findings, address, topic, from, to } = parts
  const valuesEnd = to - TAIL_BYTES
  if (valuesEnd < from) {
    findings.fault(
      'length',
      { offset: from, lengthBytes: to - from },
      `a report ends with ${TAIL_BYTES} bytes of alarms, status and time; there are ${to - from}`,
    )
    return
  }
  const labelPlace = { offset: to - 5, lengthBytes: 5 }
  const t = timeOfLabel(frame, to - 5, findings.context.arrivalMs)
  if (Number.isNaN(t)) findings.fault('time', labelPlace, 'the time label is no time')
  if (findings.looking)
    findings.field(
      'time label',
      labelPlace,
      Number.isNaN(t) ? 'no time' : `${formatBeijing(t)}, up to ${frame[to - 1] ?? 0} min late`,
    )
  readValues(parts, valuesEnd, t)
  readBits(parts, valuesEnd, t)
  const mode = WORKING_MODES[(frame[valuesEnd + 2] ?? 0) & 3] as string
  findings.fact({ device: address, name: 'working_mode', value: mode })
  if ((PARAMETERS.get(topic)?.values.length ?? 0) > 0 || valuesEnd === from) return
  findings.fact({
    device: address,
    name: PARAMETERS.get(topic)?.name.replaceAll(' ', '_') ?? 'data',
    value: hexOf(frame, from, valuesEnd),
  })
  findings.field(
    PARAMETERS.get(topic)?.name ?? 'data',
    { offset: from, lengthBytes: valuesEnd - from },
    'kept as it is',
  )
}

/**
 * Second, minute, hour, day in BCD of Beijing's clock, without month and year: the newest such time that the
 * arrival allows. NaN where there is none.
 */
function timeOfLabel(frame: Uint8Array, at: number, arrivalMs: number): number {
  const [second, minute, hour, day] = [0, 1, 2, 3].map(part => bcdNumber(frame, at + part, 1)) as [
    number,
    number,
    number,
    number,
  ]
  const { year, month } = beijingPartsOf(arrivalMs)
  const candidates = [-1, 0, 1].map(months => {
    const index = year * 12 + month - 1 + months
    return beijingTime(Math.floor(index / 12), [(index % 12) + 1, day, hour, minute, second])
  })
  const possible = candidates.filter(t => t <= arrivalMs + MAX_LEAD_MS)
  return possible.length > 0 ? Math.max(...possible) : Number.NaN
}

function readValues(parts: Parts, end: number, t: number): void {
  const { frame, findings, address, topic, from } = parts
  const group = PARAMETERS.get(topic)?.values ?? []
  const groupBytes = group.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  if (groupBytes === 0) return
  if ((end - from) % groupBytes !== 0) {
    findings.fault(
      'length',
      { offset: from, lengthBytes: end - from },
      `${end - from} bytes of values; one ${PARAMETERS.get(topic)?.name} takes ${groupBytes}`,
    )
    return
  }
  for (let at = from, number = 1; at < end; number++)
    for (const { quantity, unit, lengthBytes, decimals, isSigned } of group) {
      const place = { offset: at, lengthBytes }
      const name = number === 1 ? quantity : `${quantity}_${number}`
      const v = valueAt(frame, at, lengthBytes, decimals, isSigned)
      if (v === undefined) findings.fact({ device: address, name, value: 'missing', t })
      else if (Number.isNaN(v))
        findings.fault('digits', place, `${name}: ${hexReversed(frame, at, at + lengthBytes)} is not decimal`)
      else
        findings.measured(
          { address, channel: `${hexOf(Uint8Array.of(topic))}.${name}`, quantity: name, v, t },
          place,
        )
      if (findings.looking)
        findings.field(
          name,
          place,
          v === undefined ? 'missing' : Number.isNaN(v) ? 'not decimal' : v.toFixed(decimals),
          v ? unit : undefined,
        )
      at += lengthBytes
    }
}

/** Digits, least significant byte first; AA or FF in every byte is a missing value, F in the highest half byte a minus. */
function valueAt(
  frame: Uint8Array,
  at: number,
  lengthBytes: number,
  decimals: number,
  isSigned: boolean,
): number | undefined {
  const bytes = Uint8Array.from(frame.subarray(at, at + lengthBytes))
  if (bytes.every(byte => byte === 0xaa) || bytes.every(byte => byte === 0xff)) return undefined
  const last = bytes[lengthBytes - 1] ?? 0
  const isNegative = isSigned && last >> 4 === 0x0f
  if (isNegative) bytes[lengthBytes - 1] = last & 0x0f
  const value = scaled(bcdNumberReversed(bytes, 0, lengthBytes), decimals)
  return isNegative ? 0 - value : value
}

function readBits({ frame, findings, address }: Parts, at: number, t: number): void {
  const words = [
    { name: 'alarms', offset: at, quantities: ALARM_BITS },
    { name: 'status', offset: at + 2, quantities: STATUS_BITS },
  ]
  for (const { name, offset, quantities } of words) {
    const place = { offset, lengthBytes: 2 }
    const bits = (frame[offset] ?? 0) + 256 * (frame[offset + 1] ?? 0)
    for (const [bit, quantity] of quantities.entries())
      if (quantity !== '')
        findings.measured({ address, channel: `${name}.${bit}`, quantity, v: (bits >> bit) & 1, t }, place)
    if (findings.looking)
      findings.field(
        name,
        place,
        quantities.filter((quantity, bit) => quantity !== '' && bits & (1 << bit)).join(', ') || 'none',
      )
  }
}

/** What `encode` takes: any frame by its fields. */
const Message = Type.Object(
  {
    direction: Type.Union([Type.Literal('up'), Type.Literal('down')]),
    address: Type.String({ pattern: '^[0-9A-Fa-f]{10}$' }),
    parameter: Type.Integer({ minimum: 0, maximum: 15, description: 'function code of the control field' }),
    function: Type.String({ pattern: '^[0-9A-Fa-f]{2}$', description: 'application function' }),
    data: Type.String({ pattern: '^([0-9A-Fa-f]{2}){0,240}$', description: 'hex' }),
  },
  { additionalProperties: false },
)

function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const { direction, address, parameter, function: code, data } = checked.value
  const body = Buffer.concat([
    Uint8Array.of((direction === 'up' ? UP : 0) | parameter),
    Buffer.from(address + code + data, 'hex'),
  ])
  return {
    ok: true,
    bytes: Buffer.concat([Uint8Array.of(START, body.length, START), body, Uint8Array.of(crc8E5(body), END)]),
  }
}

/** SZY 206-2016, China's water resources: reports of water meters and gauges. */
export const szy206: Codec = {
  name: NAME,
  framing,
  decode: decodeFrames({ name: NAME, framing, readFrame }),
  encode,
}
