import { beijingTime, formatBeijing } from '../local-time.ts'
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
import { ELEMENTS, IDENTIFIER_OF, SERIES, SERIES_COUNT } from './elements.ts'
import { FUNCTIONS, STATION_TYPES } from './words.ts'

/** Serial number, four hex digits, and time of sending, twelve digits. */
const SERIAL_LENGTH = 4
const HEADING_LENGTH = 16
const SECRET_FUNCTIONS = new Set([0x40, 0x41, 0x49])

interface Word {
  text: string
  offset: number
}

/**
 * Reads the body of an ASCII frame (6.6): words between blanks, an identifier and then its value.
 *
 * @param from - first byte of the body; `to` is the byte after it
 */
export function readAsciiBody(
  state: BodyState,
  bytes: Uint8Array,
  [from, to]: readonly [number, number],
  isDown: boolean,
): void {
  const { findings } = state
  const text = Buffer.from(bytes.subarray(from, to)).toString('latin1')
  const heading = /^([0-9A-Fa-f]{4})(\d{12})/.exec(text)
  if (!heading) {
    findings.fault(
      'heading',
      { offset: from, lengthBytes: Math.min(HEADING_LENGTH, text.length) },
      'the body does not begin with serial number and time',
    )
    findings.field('body', { offset: from, lengthBytes: text.length }, 'no serial number and time')
    return
  }
  const [, serial, sent] = heading as unknown as [string, string, string]
  state.sentMs = timeOfDigits(sent)
  const sentPlace = { offset: from + SERIAL_LENGTH, lengthBytes: 12 }
  const functionName =
    FUNCTIONS.get(state.functionCode) ?? `unknown (${state.functionCode.toString(16).toUpperCase()})`
  tellHeading(state, { serial: Number.parseInt(serial, 16), functionName }, sentPlace)
  findings.field(
    'serial number',
    { offset: from, lengthBytes: SERIAL_LENGTH },
    String(Number.parseInt(serial, 16)),
  )
  findings.field('sent', sentPlace, Number.isNaN(state.sentMs) ? 'no time' : formatBeijing(state.sentMs))
  const words = [...text.slice(HEADING_LENGTH).matchAll(/\S+/g)].map(match => ({
    text: match[0],
    offset: from + HEADING_LENGTH + match.index,
  }))
  if (words.length > 0 && SECRET_FUNCTIONS.has(state.functionCode))
    findings.secretField('parameters', placeOf(words))
  else if (words.length > 0 && isDown) tellRequest(state, words)
  else for (let at = 0; at < words.length; ) at += readPair(state, words, at)
}

const placeOf = (words: readonly Word[]): { offset: number; lengthBytes: number } => {
  const [first, last] = [words[0] as Word, words.at(-1) as Word]
  return { offset: first.offset, lengthBytes: last.offset + last.text.length - first.offset }
}

function tellRequest({ findings, station }: BodyState, words: readonly Word[]): void {
  const value = words.map(({ text }) => text).join(' ')
  findings.fact({ device: station, name: 'request', value })
  findings.field('request', placeOf(words), value)
}

/** Reads an identifier and its value; how many words they took. */
function readPair(state: BodyState, words: readonly Word[], at: number): number {
  const { findings, station } = state
  const [name, value] = [words[at] as Word, words[at + 1]]
  if (value === undefined) {
    findings.fact({ device: station, name: 'text', value: name.text })
    findings.field('text', placeOf([name]), name.text)
    return 1
  }
  const pair = [name, value]
  if (name.text === 'ST') return readStation(state, pair, words[at + 2])
  if (name.text === 'TT') readObserved(state, pair)
  else if (name.text === 'ZT') readStatus(state, pair)
  else if (!readSeries(state, pair)) readElement(state, pair)
  return 2
}

function readStation(state: BodyState, pair: readonly Word[], next: Word | undefined): number {
  const { findings } = state
  const digits = pair[1]?.text ?? ''
  if (!/^[0-9A-F]{1,10}$/i.test(digits))
    findings.fault('station', placeOf(pair), 'the station is no address of ten digits')
  else state.station = digits.toUpperCase().padStart(10, '0')
  state.observedMs = undefined
  findings.field('station address', placeOf(pair), state.station)
  if (next?.text.length !== 1) return 2
  tellType(state, next.text.charCodeAt(0))
  findings.field('station type', placeOf([next]), STATION_TYPES.get(next.text.charCodeAt(0)) ?? 'unknown')
  return 3
}

function readObserved(state: BodyState, pair: readonly Word[]): void {
  const { findings } = state
  state.observedMs = timeOfDigits(pair[1]?.text ?? '')
  if (Number.isNaN(state.observedMs)) findings.fault('time', placeOf(pair), 'the observation time is no time')
  findings.field(
    'observation time',
    placeOf(pair),
    Number.isNaN(state.observedMs) ? 'no time' : formatBeijing(state.observedMs),
  )
}

/** `yymmddhhmm` or `yymmddhhmmss` in ms UTC; NaN where it is no time. */
function timeOfDigits(digits: string): number {
  if (!/^\d{10}(\d\d)?$/.test(digits)) return Number.NaN
  const part = (index: number): number => Number(digits.slice(2 * index, 2 * index + 2))
  return beijingTime(2000 + part(0), [part(1), part(2), part(3), part(4), part(5)])
}

function readStatus(state: BodyState, pair: readonly Word[]): void {
  const digits = pair[1]?.text ?? ''
  if (/^[0-9A-F]{8}$/i.test(digits)) tellStatus(state, 'ZT', Number.parseInt(digits, 16), placeOf(pair))
  else state.findings.fault('digits', placeOf(pair), 'status takes eight hex digits')
  state.findings.field('status and alarms', placeOf(pair), digits)
}

function readSeries(state: BodyState, pair: readonly Word[]): boolean {
  const [name, value] = [pair[0]?.text, pair[1]?.text ?? '']
  const element = SERIES.find(({ code }) => code === name)
  if (element === undefined) return false
  const size = 2 * element.lengthBytes
  if (!new RegExp(`^[0-9A-F]{${SERIES_COUNT * size}}$`, 'i').test(value)) {
    state.findings.fault('digits', placeOf(pair), `${element.name} takes ${SERIES_COUNT * size} hex digits`)
    return true
  }
  const values = Array.from({ length: SERIES_COUNT }, (_, at) => value.slice(at * size, (at + 1) * size)).map(
    digits => (/^F+$/i.test(digits) ? undefined : Number.parseInt(digits, 16)),
  )
  tellSeries(state, element.code, element, values, placeOf(pair))
  state.findings.field(
    element.name,
    placeOf(pair),
    `from ${formatBeijing(firstOfSeries(state) || 0)}`,
    element.unit,
  )
  return true
}

function readElement(state: BodyState, pair: readonly Word[]): void {
  const { findings, station } = state
  const [channel, value] = [pair[0]?.text ?? '', pair[1]?.text ?? '']
  const element = ELEMENTS[IDENTIFIER_OF.get(channel.toUpperCase()) ?? -1]
  const place = placeOf(pair)
  findings.field(element?.name ?? `element ${channel}`, place, value, element?.unit)
  if (/^[+-]?\d+(\.\d+)?$/.test(value)) {
    findings.measured(
      { address: station, channel, quantity: element?.quantity, v: Number(value), t: timeOf(state) },
      place,
    )
  } else if (element === undefined) findings.fact({ device: station, name: channel, value, t: timeOf(state) })
  // SL 330 writes M for what is missing.
  else if (/^(M|F+|\*+)$/i.test(value)) tellMissing(state, element.quantity, timeOf(state))
  else findings.fault('digits', place, `${element.name}: ${value} is no number`)
}
