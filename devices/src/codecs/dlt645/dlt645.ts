import { Type } from 'typebox'
import { sum8 } from '../check-sums.ts'
import type { Codec, Encoded } from '../codec.ts'
import { type Findings, hexOf, hexReversed } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import { checkMessage } from '../message-schema.ts'
import { DATA_OFFSET, END, framing, HEAD_BYTES, NAME, START } from './frame.ts'
import { readData } from './values.ts'

const FUNCTIONS = new Map([
  [0x08, 'set the clock of all'],
  [0x11, 'read data'],
  [0x12, 'read what follows'],
  [0x13, 'read the address'],
  [0x14, 'write data'],
  [0x15, 'write the address'],
  [0x16, 'freeze'],
  [0x17, 'change the speed'],
  [0x18, 'change a password'],
  [0x19, 'clear the greatest demand'],
  [0x1a, 'clear the meter'],
  [0x1b, 'clear events'],
])
const ANSWER = 0x80
const ABNORMAL = 0x40
const MORE_FOLLOWS = 0x20
const READ = 0x11
const READ_NEXT = 0x12
const READ_ADDRESS = 0x13
const SETS_SECRET = new Set([0x14, 0x15, 0x17, 0x18, 0x19, 0x1a, 0x1b])

// Clause 7, error word of an abnormal answer.
const ERRORS = [
  'other error',
  'no such data',
  'wrong password or not allowed',
  'speed cannot be changed',
  'too many zones of the year',
  'too many periods of the day',
  'too many tariffs',
]

/** Six address bytes, least significant first, as the twelve digits on the meter's plate. */
const addressOf = (frame: Uint8Array): string => hexReversed(frame, 1, 7)

function readFrame(frame: Uint8Array, findings: Findings): void {
  const address = addressOf(frame)
  const control = frame[8] ?? 0
  const isAnswer = (control & ANSWER) !== 0
  const command = control & 0x1f
  if (!/^(\d\d|AA)+$/.test(address))
    findings.fault(
      'address',
      { offset: 1, lengthBytes: 6 },
      `the address ${address} is not decimal; taken as it is`,
    )
  if (findings.looking) showHead(frame, findings)
  const data = Uint8Array.from(
    frame.subarray(HEAD_BYTES, HEAD_BYTES + (frame[9] ?? 0)),
    byte => byte - DATA_OFFSET,
  )
  findings.fact({
    device: address,
    name: 'function',
    value: FUNCTIONS.get(command) ?? `unknown (${hexOf(Uint8Array.of(command))})`,
  })
  if (control & ABNORMAL) readError(data, address, findings)
  else if (command === READ_ADDRESS && isAnswer) readPlainAddress(data, address, findings)
  else if (command === READ || command === READ_NEXT) readData({ data, address, isAnswer, findings })
  else if (data.length > 0) {
    const place = { offset: HEAD_BYTES, lengthBytes: data.length }
    if (SETS_SECRET.has(command)) findings.secretField('data', place)
    else findings.field('data', place, hexOf(data))
  }
  if (findings.looking && frame.length > HEAD_BYTES) showTail(frame, findings)
}

function showHead(frame: Uint8Array, findings: Findings): void {
  const control = frame[8] ?? 0
  const words = [
    control & ANSWER ? 'answer' : 'request',
    ...(control & ABNORMAL ? ['abnormal'] : []),
    ...(control & MORE_FOLLOWS ? ['more follows'] : []),
    FUNCTIONS.get(control & 0x1f) ?? 'unknown function',
  ]
  findings.field('start', { offset: 0, lengthBytes: 1 }, 'start of frame')
  findings.field('address', { offset: 1, lengthBytes: 6 }, addressOf(frame))
  findings.field('start', { offset: 7, lengthBytes: 1 }, 'end of address')
  findings.field('control', { offset: 8, lengthBytes: 1 }, words.join(', '))
  findings.field('length', { offset: 9, lengthBytes: 1 }, `${frame[9] ?? 0} bytes of data`)
}

function showTail(frame: Uint8Array, findings: Findings): void {
  const tail = HEAD_BYTES + (frame[9] as number)
  const expected = hexOf(Uint8Array.of(sum8(frame, 0, Math.min(tail, frame.length))))
  const found = hexOf(frame, tail, tail + 1)
  findings.field(
    'check sum',
    { offset: tail, lengthBytes: 1 },
    found === expected ? 'right' : `should be ${expected}`,
  )
  findings.field(
    'end',
    { offset: tail + 1, lengthBytes: 1 },
    frame[tail + 1] === END ? 'end of frame' : 'should be 16',
  )
}

function readError(data: Uint8Array, address: string, findings: Findings): void {
  const bits = data[0] ?? 0
  const words = ERRORS.filter((_, bit) => bits & (1 << bit)).join(', ') || 'no error named'
  findings.fact({ device: address, name: 'error', value: words })
  findings.field('error', { offset: HEAD_BYTES, lengthBytes: 1 }, words)
}

function readPlainAddress(data: Uint8Array, address: string, findings: Findings): void {
  if (data.length !== 6) {
    const place = { offset: HEAD_BYTES, lengthBytes: data.length }
    findings.fault('length', place, `${data.length} bytes for an address, which has 6`)
    return
  }
  const own = hexReversed(data, 0, 6)
  findings.fact({ device: address, name: 'address', value: own })
  findings.field('address', { offset: HEAD_BYTES, lengthBytes: 6 }, own)
}

const Address = Type.String({
  pattern: '^(\\d{12}|A{12})$',
  description: 'twelve digits; A twelve times asks whoever hears',
})

/** What `encode` takes: a request to read, or any frame by its control byte and data. */
const Message = Type.Union([
  Type.Object(
    { address: Address, read: Type.String({ pattern: '^[0-9A-Fa-f]{8}$', description: 'data identifier' }) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      address: Address,
      control: Type.Integer({ minimum: 0, maximum: 0xff }),
      data: Type.String({
        pattern: '^([0-9A-Fa-f]{2}){0,200}$',
        description: 'hex, before 33 is added to each byte',
      }),
    },
    { additionalProperties: false },
  ),
])

function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const { address } = checked.value
  const [control, data] =
    'read' in checked.value
      ? [READ, Buffer.from(checked.value.read, 'hex').reverse()]
      : [checked.value.control, Buffer.from(checked.value.data, 'hex')]
  const head = [START, ...Buffer.from(address, 'hex').reverse(), START, control, data.length]
  const body = [...head, ...data.map(byte => byte + DATA_OFFSET)]
  return { ok: true, bytes: Uint8Array.from([...body, sum8(Uint8Array.from(body)), END]) }
}

/**
 * DL/T 645-2007, electricity meters on RS-485: answers to reading become readings at their arrival, since the
 * frames bear no time. A meter's address is its device id.
 */
export const dlt645: Codec = {
  name: NAME,
  framing,
  decode: decodeFrames({ name: NAME, framing, readFrame }),
  encode,
}
