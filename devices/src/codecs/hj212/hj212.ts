import { Type } from 'typebox'
import { isName } from '../../reading.ts'
import { crcHj212 } from '../check-sums.ts'
import type { Codec, Encoded } from '../codec.ts'
import type { Findings, Place } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import { beijingTime, formatBeijing } from '../local-time.ts'
import { checkMessage } from '../message-schema.ts'
import { COMMANDS, QUALITY_OF_FLAG, quantityOf } from './factors.ts'
import { CRC_DIGITS, crcText, createFraming, HEAD_BYTES, type Name } from './frame.ts'

const CENTRE = '91'
const DATA_ANSWER = '9014'
/** Bits of Flag (6.3.2): an answer is wanted; the message is one of several. */
const WANTS_ANSWER = 1
const IS_PART = 2
const REQUIRED = ['QN', 'ST', 'CN', 'PW', 'MN', 'Flag']
/** Messages in parts whose time is remembered for the parts that do not repeat it. */
const MAX_OPEN_MESSAGES = 64

/** `Key=value`, and where it stands in the frame. */
interface Pair {
  key: string
  value: string
  place: Place
}

/** What a message says of itself before its data. */
interface Heading {
  values: ReadonlyMap<string, string>
  device: string
  command: string
  /** QN, ms UTC; undefined where there is none. */
  requestedMs: number | undefined
}

/**
 * HJ 212-2017, pollution sources and air stations. The station number MN is the device id. `hj212` takes what
 * stations send, `hj212-strict` what the standard says.
 */
export function createHj212(name: Name = 'hj212'): Codec {
  const framing = createFraming(name)
  const times = new Map<string, number>()

  function readFrame(frame: Uint8Array, findings: Findings): void {
    const text = Buffer.from(frame).toString('latin1')
    const length = text.slice(2, HEAD_BYTES)
    // Of a broken frame the length may be anything.
    const dataEnd = HEAD_BYTES + (/^\d{4}$/.test(length) ? Number(length) : 0)
    if (findings.looking) showShell(frame, text, dataEnd, findings)
    const data = text.slice(HEAD_BYTES, dataEnd)
    const parts = /^(.*?);?CP=&&(.*)&&$/s.exec(data)
    const head = pairsOf(parts?.[1] ?? data, HEAD_BYTES, ';')
    for (const pair of head) showPair(pair, findings)
    if (parts === null) {
      findings.fault(
        'shape',
        { offset: HEAD_BYTES, lengthBytes: data.length },
        'the data do not end with CP=&&...&&',
      )
      return
    }
    const heading = readHeading(head, findings, name)
    if (heading === undefined) return
    const [, , content] = parts as unknown as [string, string, string]
    readContent(heading, pairsOf(content, HEAD_BYTES + data.length - 2 - content.length, /[;,]/), findings)
  }

  function readContent(heading: Heading, pairs: readonly Pair[], findings: Findings): void {
    const { device, command } = heading
    const t = timeOfContent(heading, pairs, findings)
    const flags = new Map(
      pairs.filter(({ key }) => key.endsWith('-Flag')).map(({ key, value }) => [key.slice(0, -5), value]),
    )
    for (const pair of pairs) {
      const { key, value, place } = pair
      showPair(pair, findings)
      const [factor, field] = key.split(/-(?=[^-]*$)/) as [string, string | undefined]
      if (key === 'DataTime' || field === 'Flag' || isSecret(key)) continue
      const quantity = field === undefined ? undefined : quantityOf(factor, field, command)
      if (/^[+-]?\d+(\.\d+)?$/.test(value) && field !== undefined)
        findings.measured(
          {
            address: device,
            channel: key,
            quantity,
            v: Number(value),
            t,
            quality: QUALITY_OF_FLAG.get(flags.get(factor) ?? 'N'),
          },
          place,
        )
      else if (quantity !== undefined && value !== '')
        findings.fault('value', place, `${key}: "${value.slice(0, 40)}" is no number`)
      else
        findings.fact({
          device,
          name: key,
          value: value === '' ? 'missing' : value,
          ...(t === undefined ? {} : { t }),
        })
    }
  }

  /** DataTime of this message, or of an earlier part of it, or when it was sent; undefined: at its arrival. */
  function timeOfContent(
    { values, device, requestedMs }: Heading,
    pairs: readonly Pair[],
    findings: Findings,
  ): number | undefined {
    const pair = pairs.find(({ key }) => key === 'DataTime')
    const message = `${device} ${values.get('QN')}`
    const isPart = (Number(values.get('Flag')) & IS_PART) !== 0
    if (pair === undefined) return (isPart ? times.get(message) : undefined) ?? requestedMs
    const t = timeOfDigits(pair.value)
    if (Number.isNaN(t)) {
      findings.fault('time', pair.place, 'DataTime is no time')
      return Number.NaN
    }
    if (isPart && !findings.isBroken) {
      if (times.size >= MAX_OPEN_MESSAGES) times.delete(times.keys().next().value as string)
      times.set(message, t)
    }
    return t
  }

  const decode = decodeFrames({ name, framing, readFrame })
  return { name, framing, decode, encode: message => encode(message, name), answer: answerTo }
}

function readHeading(head: readonly Pair[], findings: Findings, name: Name): Heading | undefined {
  const values = new Map(head.map(({ key, value }) => [key, value]))
  const place = placeOf(head)
  const missing = (name === 'hj212-strict' ? REQUIRED : ['CN', 'MN']).filter(key => !values.get(key))
  const [device, command] = [values.get('MN') ?? '', values.get('CN') ?? '']
  if (missing.length > 0 || !isName(device)) {
    findings.fault(
      'heading',
      place,
      missing.length > 0 ? `${missing.join(', ')} missing` : 'MN cannot be the name of a device',
    )
    return undefined
  }
  const requested = values.get('QN')
  const requestedMs = requested === undefined ? undefined : timeOfDigits(requested)
  if (requestedMs !== undefined && Number.isNaN(requestedMs)) findings.fault('time', place, 'QN is no time')
  findings.fact({ device, name: 'function', value: COMMANDS.get(command) ?? command })
  findings.fact({ device, name: 'system', value: values.get('ST') ?? '' })
  if (Number(values.get('Flag')) & IS_PART)
    findings.fact({
      device,
      name: 'packet',
      value: `${values.get('PNO') ?? '?'} of ${values.get('PNUM') ?? '?'}`,
    })
  return { values, device, command, requestedMs: Number.isNaN(requestedMs) ? undefined : requestedMs }
}

const isSecret = (key: string): boolean => /PW$/i.test(key)

function showShell(frame: Uint8Array, text: string, dataEnd: number, findings: Findings): void {
  findings.field('start', { offset: 0, lengthBytes: 2 }, 'start of frame')
  findings.field('length', { offset: 2, lengthBytes: 4 }, `${text.slice(2, HEAD_BYTES)} bytes of data`)
  const expected = crcText(crcHj212(frame, HEAD_BYTES, Math.min(dataEnd, frame.length)))
  const found = text.slice(dataEnd, dataEnd + CRC_DIGITS)
  const words = found === expected ? 'right' : `should be ${expected}`
  findings.field('check sum', { offset: dataEnd, lengthBytes: CRC_DIGITS }, words)
}

function showPair({ key, value, place }: Pair, findings: Findings): void {
  if (!findings.looking) return
  if (isSecret(key)) findings.secretField(key, place)
  else if (key === 'DataTime' || key === 'QN') {
    const t = timeOfDigits(value)
    findings.field(key, place, Number.isNaN(t) ? 'no time' : formatBeijing(t))
  } else findings.field(key, place, key === 'CN' ? `${value}, ${COMMANDS.get(value) ?? 'unknown'}` : value)
}

/** The pairs of a text that begins at `offset` of the frame; what has no `=` is a key without a value. */
function pairsOf(text: string, offset: number, separator: string | RegExp): Pair[] {
  const pairs: Pair[] = []
  let at = offset
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=')
    const key = (equals < 0 ? part : part.slice(0, equals)).trim()
    if (key !== '')
      pairs.push({
        key,
        value: equals < 0 ? '' : part.slice(equals + 1).trim(),
        place: { offset: at, lengthBytes: part.length },
      })
    at += part.length + 1
  }
  return pairs
}

function placeOf(pairs: readonly Pair[]): Place {
  const last = pairs.at(-1)?.place
  return { offset: HEAD_BYTES, lengthBytes: last ? last.offset + last.lengthBytes - HEAD_BYTES : 0 }
}

/** `yyyymmddhhmmss` and perhaps milliseconds, of Beijing, in ms UTC; NaN where it is no time. */
function timeOfDigits(digits: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(digits)
  if (!match) return Number.NaN
  const [year, month, day, hour, minute, second, millisecond = 0] = match
    .slice(1)
    .map(part => Number(part ?? 0)) as [number, number, number, number, number, number, number?]
  return beijingTime(year, [month, day, hour, minute, second]) + millisecond
}

const word = (pattern: string, description: string) => Type.String({ pattern, description })

/** What `encode` takes: the heading, and the content between `&&` as it is. */
const Message = Type.Object(
  {
    QN: Type.Optional(word('^\\d{17}$', 'time of the request, with milliseconds')),
    ST: word('^\\d\\d$', 'system code'),
    CN: word('^\\d{4}$', 'command'),
    PW: word('^[!-:<-~]{1,9}$', 'password'),
    MN: word('^[0-9A-Za-z]{1,24}$', 'station number'),
    Flag: Type.Integer({ minimum: 0, maximum: 255 }),
    CP: word(
      '^(?!.*&&)[ -~]{0,960}$',
      'content, such as DataTime=20260701080000;w01018-Rtd=12.5,w01018-Flag=N',
    ),
  },
  { additionalProperties: false },
)

function encode(message: unknown, name: Name): Encoded {
  const checked = checkMessage(Message, message, name)
  if (!checked.ok) return checked
  const { QN, ST, CN, PW, MN, Flag, CP } = checked.value
  return {
    ok: true,
    bytes: frameOf(
      `${QN === undefined ? '' : `QN=${QN};`}ST=${ST};CN=${CN};PW=${PW};MN=${MN};Flag=${Flag};CP=&&${CP}&&`,
    ),
  }
}

function frameOf(data: string): Uint8Array {
  const crc = crcText(crcHj212(Buffer.from(data, 'latin1')))
  return Buffer.from(`##${String(data.length).padStart(4, '0')}${data}${crc}\r\n`, 'latin1')
}

/** The answer to data (9014) where Flag asks for one, with the same QN, password and station number (6.6.2). */
function answerTo(frame: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(frame).toString('latin1')
  const head = /^##\d{4}(.*?);?CP=&&/s.exec(text)
  if (!head) return undefined
  const values = new Map(pairsOf(head[1] as string, HEAD_BYTES, ';').map(({ key, value }) => [key, value]))
  const flag = Number(values.get('Flag'))
  if (!(flag & WANTS_ANSWER) || values.get('CN')?.startsWith('9')) return undefined
  const [QN, PW, MN] = ['QN', 'PW', 'MN'].map(key => values.get(key))
  if (QN === undefined || MN === undefined) return undefined
  const kept = flag & ~(WANTS_ANSWER | IS_PART)
  return frameOf(`QN=${QN};ST=${CENTRE};CN=${DATA_ANSWER};PW=${PW ?? ''};MN=${MN};Flag=${kept};CP=&&&&`)
}
