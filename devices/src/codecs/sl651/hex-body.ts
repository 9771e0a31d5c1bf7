import { bcdNumber, scaled } from '../bcd.ts'
import { hexOf } from '../findings.ts'
import { beijingTimeOfBcd, formatBeijing } from '../local-time.ts'
import {
  type BodyState,
  firstOfSeries,
  tellHeading,
  tellMissing,
  tellSeries,
  tellStatus,
  tellType,
  timeOf,
} from './body.ts'
import { ELEMENTS, SERIES, SERIES_COUNT, type SeriesElement } from './elements.ts'
import { FUNCTIONS, STATION_TYPES } from './words.ts'

const STATION = 0xf1
const OBSERVED = 0xf0
const MANUAL = 0xf2
const PICTURE = 0xf3
const FIRST_SERIES = 0xf4
const LAST_SERIES = 0xfc
const MAKER = 0xff
const TIME_STEP = 0x04
const STATUS = 0x45
const MISSING = 0xff
/** Serial number and time of sending. */
const HEADING_BYTES = 8
/** Functions whose identifiers are parameters, not elements (annexes D and E). */
const PARAMETERS = new Set([0x40, 0x41, 0x42, 0x43, 0x49])
const PASSWORD = 0x03
const RUNNING_PARAMETERS = new Set([0x42, 0x43])
/** Functions that may hold many values of one element, a time step apart. */
const PERIODS = new Set([0x31, 0x38])

/** A body in binary: bytes from `at` to before `end`. */
interface Cursor extends BodyState {
  bytes: Uint8Array
  at: number
  end: number
}

/**
 * Reads the body of a binary frame (6.6): heading, groups of a station and an observation time, elements.
 *
 * @param from - first byte of the body; `to` is the byte after it
 */
export function readHexBody(
  state: BodyState,
  bytes: Uint8Array,
  [from, to]: readonly [number, number],
  isDown: boolean,
): void {
  const cursor: Cursor = { ...state, bytes, at: from, end: Math.min(to, bytes.length) }
  const { findings } = cursor
  if (cursor.end - from < HEADING_BYTES) {
    findings.fault(
      'length',
      { offset: from, lengthBytes: Math.max(0, cursor.end - from) },
      'the body is too short for serial number and time',
    )
    return
  }
  const serial = (bytes[from] as number) * 256 + (bytes[from + 1] as number)
  cursor.sentMs = beijingTimeOfBcd(bytes, from + 2, 6)
  const functionName =
    FUNCTIONS.get(cursor.functionCode) ?? `unknown (${hexOf(Uint8Array.of(cursor.functionCode))})`
  const sentPlace = { offset: from + 2, lengthBytes: 6 }
  tellHeading(cursor, { serial, functionName }, sentPlace)
  if (findings.looking) {
    findings.field('serial number', { offset: from, lengthBytes: 2 }, String(serial))
    findings.field('sent', sentPlace, timeWords(cursor.sentMs))
  }
  cursor.at += HEADING_BYTES
  while (cursor.at < cursor.end && readPart(cursor, isDown));
}

const timeWords = (t: number): string => (Number.isNaN(t) ? 'no time' : formatBeijing(t))

/** True where it read a part and the next one can follow. */
function readPart(cursor: Cursor, isDown: boolean): boolean {
  const { bytes, at } = cursor
  const identifier = bytes[at] as number
  const isPair = bytes[at + 1] === identifier
  if (identifier === STATION && isPair) return readStation(cursor, isDown)
  if (identifier === OBSERVED && isPair) return readObserved(cursor)
  if (identifier === MANUAL && isPair) return readRest(cursor, 'manual', 2)
  if (identifier === PICTURE && isPair) return readRest(cursor, 'picture', 2)
  // What a centre asks for is no element with a value.
  if (isDown && !PARAMETERS.has(cursor.functionCode)) return readRest(cursor, 'request', 0)
  if (PARAMETERS.has(cursor.functionCode)) return readParameter(cursor)
  if (cursor.functionCode === 0x45) return readRest(cursor, 'version', 0)
  if (cursor.functionCode === 0x50) return readRest(cursor, 'event_log', 0)
  // A maker's own function (annex B): what it holds need not be elements.
  if (!FUNCTIONS.has(cursor.functionCode)) return readRest(cursor, 'body', 0)
  if (identifier >= FIRST_SERIES && identifier <= LAST_SERIES) return readSeries(cursor, identifier)
  if (identifier === MAKER) return readMaker(cursor)
  return readElement(cursor, identifier)
}

function isCutOff(cursor: Cursor, lengthBytes: number, what: string): boolean {
  const { at, end, findings } = cursor
  if (at + lengthBytes <= end) return false
  findings.fault(
    'length',
    { offset: at, lengthBytes: end - at },
    `${what} takes ${lengthBytes} bytes; the body has ${end - at} more`,
  )
  if (PARAMETERS.has(cursor.functionCode)) findings.secretField(what, { offset: at, lengthBytes: end - at })
  else findings.field(what, { offset: at, lengthBytes: end - at }, 'longer than the body')
  return true
}

function readStation(cursor: Cursor, isDown: boolean): boolean {
  if (isCutOff(cursor, 7, 'station address')) return false
  const { bytes, at, findings, functionCode } = cursor
  cursor.station = hexOf(bytes, at + 2, at + 7)
  cursor.observedMs = undefined
  findings.field('station address', { offset: at, lengthBytes: 7 }, cursor.station)
  cursor.at += 7
  // Reports name the class of the station; answers of functions 40 and above do not (tables 26 to 57).
  const isReport = functionCode >= 0x30 && functionCode < 0x40 && !isDown
  if (cursor.at >= cursor.end || !(isReport || bytes[at + 8] === OBSERVED)) return true
  const type = bytes[cursor.at] as number
  tellType(cursor, type)
  if (findings.looking)
    findings.field(
      'station type',
      { offset: cursor.at, lengthBytes: 1 },
      STATION_TYPES.get(type) ?? 'unknown',
    )
  cursor.at++
  return true
}

function readObserved(cursor: Cursor): boolean {
  if (isCutOff(cursor, 7, 'observation time')) return false
  const { bytes, at, findings } = cursor
  const place = { offset: at, lengthBytes: 7 }
  cursor.observedMs = beijingTimeOfBcd(bytes, at + 2, 5)
  cursor.stepMs = undefined
  if (Number.isNaN(cursor.observedMs)) findings.fault('time', place, 'the observation time is no time')
  if (findings.looking) findings.field('observation time', place, timeWords(cursor.observedMs))
  cursor.at += 7
  return true
}

/** Takes what is left of the body as one fact: text, or hex where it is none. */
function readRest(cursor: Cursor, name: string, skipBytes: number): boolean {
  const { bytes, at, end, findings, station } = cursor
  const content = bytes.subarray(at + skipBytes, end)
  const value = name === 'manual' || name === 'version' ? textOf(content) : hexOf(content)
  findings.fact({ device: station, name, value })
  findings.field(
    name,
    { offset: at, lengthBytes: end - at },
    value.length > 60 ? `${content.length} bytes` : value,
  )
  cursor.at = end
  return false
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return /^[ -~\s]*$/.test(text) ? text.trim() : hexOf(bytes)
}

function readParameter(cursor: Cursor): boolean {
  const { bytes, at, findings, station, functionCode } = cursor
  const lengthBytes = 2 + ((bytes[at + 1] ?? 0) >> 3)
  const name = `parameter_${hexOf(bytes, at, at + 1)}`
  if (isCutOff(cursor, lengthBytes, name)) return false
  const place = { offset: at, lengthBytes }
  cursor.at += lengthBytes
  if (bytes[at] === PASSWORD && !RUNNING_PARAMETERS.has(functionCode)) {
    findings.secretField('password', place)
    return true
  }
  const digits = hexOf(bytes, at + 2, at + lengthBytes)
  findings.fact({ device: station, name, value: digits })
  findings.field(name, place, digits)
  return true
}

function readSeries(cursor: Cursor, identifier: number): boolean {
  const { bytes, at, findings } = cursor
  const element = SERIES[identifier - FIRST_SERIES] as SeriesElement
  const size = element.lengthBytes
  if (isCutOff(cursor, 2 + SERIES_COUNT * size, element.name)) return false
  const values = Array.from({ length: SERIES_COUNT }, (_, index) => {
    const first = bytes[at + 2 + index * size] as number
    const value = size === 1 ? first : first * 256 + (bytes[at + 3 + index * size] as number)
    return value === (size === 1 ? 0xff : 0xffff) ? undefined : value
  })
  const place = { offset: at, lengthBytes: 2 + SERIES_COUNT * size }
  tellSeries(cursor, hexOf(bytes, at, at + 1), element, values, place)
  if (findings.looking) {
    const words = values.map(value => (value === undefined ? 'missing' : value / element.perUnit)).join(' ')
    findings.field(element.name, place, `${words} ${element.unit}, from ${timeWords(firstOfSeries(cursor))}`)
  }
  cursor.at += place.lengthBytes
  return true
}

/** FF, the maker's own identifier, format, value: what it means only the registry can know. */
function readMaker(cursor: Cursor): boolean {
  const { bytes, at, findings, station } = cursor
  const lengthBytes = 3 + ((bytes[at + 2] ?? 0) >> 3)
  if (isCutOff(cursor, lengthBytes, "maker's extension")) return false
  const channel = hexOf(bytes, at, at + 2)
  const place = { offset: at, lengthBytes }
  const digits = hexOf(bytes, at + 3, at + lengthBytes)
  if (findings.context.channelOf?.(station, channel)) {
    const v = decimalOf(bytes, at + 3, at + lengthBytes, (bytes[at + 2] as number) & 7)
    tellValue(cursor, { channel, name: channel, v, place })
  } else findings.fact({ device: station, name: channel, value: digits, t: timeOf(cursor) })
  findings.field(`maker's ${channel}`, place, `${digits}, kept as it is`)
  cursor.at += lengthBytes
  return true
}

function readElement(cursor: Cursor, identifier: number): boolean {
  const { bytes, at, findings } = cursor
  const format = bytes[at + 1] ?? 0
  const valueBytes = format >> 3
  const element = ELEMENTS[identifier]
  const channel = hexOf(bytes, at, at + 1)
  const name = element?.name ?? `element ${channel}`
  if (isCutOff(cursor, 2 + valueBytes, name)) return false
  cursor.at += 2 + valueBytes
  const place = { offset: at, lengthBytes: 2 + valueBytes }
  if (identifier === STATUS) {
    const bits = valueBytes === 4 ? Buffer.from(bytes.subarray(at + 2, at + 6)).readUInt32BE() : 0
    if (valueBytes === 4) tellStatus(cursor, channel, bits, place)
    else findings.fault('length', place, `status takes 4 bytes, not ${valueBytes}`)
    findings.field('status and alarms', place, bits.toString(2).padStart(12, '0'))
    return true
  }
  if (identifier === TIME_STEP && valueBytes === 3) {
    const [days, hours, minutes] = [
      bcdNumber(bytes, at + 2, 1),
      bcdNumber(bytes, at + 3, 1),
      bcdNumber(bytes, at + 4, 1),
    ]
    cursor.stepMs = ((days * 24 + hours) * 60 + minutes) * 60_000
    findings.field('time step', place, `${days} d ${hours} h ${minutes} min`)
    return true
  }
  const v = decimalOf(bytes, at + 2, cursor.at, format & 7)
  tellValue(cursor, { channel, quantity: element?.quantity, name, v, place })
  if (findings.looking) showValue(cursor, name, place, v, element?.unit)
  if (cursor.stepMs && PERIODS.has(cursor.functionCode) && !isElementChain(cursor))
    readFurther(cursor, { channel, quantity: element?.quantity, name, valueBytes, decimals: format & 7 })
  return true
}

function showValue(
  { findings }: Cursor,
  name: string,
  place: { offset: number; lengthBytes: number },
  v: number | undefined,
  unit: string | undefined,
): void {
  if (v === undefined) findings.field(name, place, 'missing')
  else findings.field(name, place, Number.isNaN(v) ? 'not decimal' : String(v), unit)
}

/**
 * A BCD value (6.6.3.3): undefined where every byte is FF; a first byte of FF is a minus; NaN where a half byte
 * is no digit.
 */
function decimalOf(bytes: Uint8Array, from: number, to: number, decimals: number): number | undefined {
  if (from === to) return undefined
  if (bytes[from] !== MISSING) return scaled(bcdNumber(bytes, from, to - from), decimals)
  let at = from
  while (at < to && bytes[at] === MISSING) at++
  return at === to ? undefined : 0 - scaled(bcdNumber(bytes, from + 1, to - from - 1), decimals)
}

interface Value {
  channel: string
  quantity?: string | undefined
  name: string
  v: number | undefined
  place: { offset: number; lengthBytes: number }
}

function tellValue(cursor: Cursor, { channel, quantity, name, v, place }: Value): void {
  const t = timeOf(cursor)
  const { findings, station, bytes } = cursor
  if (v === undefined) tellMissing(cursor, quantity ?? channel, t)
  else if (!Number.isNaN(v)) findings.measured({ address: station, channel, quantity, v, t }, place)
  else if (quantity === undefined) {
    // Of an element that the standard does not know, the format byte is all that is known: it need not be decimal.
    findings.fact({
      device: station,
      name: channel,
      value: hexOf(bytes, place.offset + 2, place.offset + place.lengthBytes),
      t,
    })
  } else
    findings.fault(
      'digits',
      place,
      `${name}: ${hexOf(bytes, place.offset, place.offset + place.lengthBytes)} is not decimal`,
    )
}

/**
 * True where the rest of the body reads as elements of the standard to its very end. Where it does not, what
 * follows the first value of a period is more of them.
 */
function isElementChain({ bytes, at, end }: Cursor): boolean {
  let next = at
  while (next < end && (bytes[next] as number) < STATION - 1) {
    if (ELEMENTS[bytes[next] as number] === undefined && bytes[next] !== STATUS) return false
    next += 2 + ((bytes[next + 1] ?? 0) >> 3)
  }
  return next === end || (next < end && bytes[next] !== MAKER && bytes[next] === bytes[next + 1])
}

/** Further values of an element, a time step apart (6.6.4.4), up to the next group. */
function readFurther(
  cursor: Cursor,
  {
    channel,
    quantity,
    name,
    valueBytes,
    decimals,
  }: { channel: string; quantity: string | undefined; name: string; valueBytes: number; decimals: number },
): void {
  const first = cursor.observedMs
  const { bytes, findings } = cursor
  if (first === undefined || valueBytes === 0) return
  for (let count = 1; cursor.at + valueBytes <= cursor.end; count++) {
    const isGroup =
      (bytes[cursor.at] === OBSERVED || bytes[cursor.at] === STATION) &&
      bytes[cursor.at] === bytes[cursor.at + 1]
    if (isGroup) break
    const place = { offset: cursor.at, lengthBytes: valueBytes }
    const v = decimalOf(bytes, cursor.at, cursor.at + valueBytes, decimals)
    const at: Cursor = { ...cursor, observedMs: first + count * (cursor.stepMs as number) }
    tellValue(at, { channel, quantity, name, v, place })
    if (findings.looking) showValue(cursor, `${name}, ${count + 1}`, place, v, undefined)
    cursor.at += valueBytes
  }
}
