import type { Findings, Place } from '../findings.ts'
import { SERIES_COUNT, SERIES_STEP_MS, type SeriesElement } from './elements.ts'
import { STATION_TYPES, STATUS_BITS } from './words.ts'

/** How long a clock of a station may run ahead within a frame: its values end before it sends them. */
const MAX_LEAD_MS = 60_000

/** What a body has said so far, and what its values therefore are of. */
export interface BodyState {
  findings: Findings
  functionCode: number
  /** Ten digits: the station that F1F1 named last, else that of the head. */
  station: string
  /** When the frame was sent, ms UTC; NaN where that is no time. */
  sentMs: number
  /** F0F0, ms UTC: what the values after it are of; undefined before it. */
  observedMs: number | undefined
  /** Element 04, ms: the time between two values of a uniform period report. */
  stepMs: number | undefined
}

/** The time of a value: as observed, else as sent. */
export const timeOf = ({ observedMs, sentMs }: BodyState): number => observedMs ?? sentMs

/** Says who sent what and when, once for a body; the time of sending in ms UTC. */
export function tellHeading(
  { findings, station, sentMs }: BodyState,
  { serial, functionName }: { serial: number; functionName: string },
  sentPlace: Place,
): void {
  findings.fact({ device: station, name: 'function', value: functionName })
  findings.fact({ device: station, name: 'serial_number', value: serial })
  if (Number.isNaN(sentMs)) findings.fault('time', sentPlace, 'the time of sending is no time')
  else findings.fact({ device: station, name: 'sent', value: sentMs, t: sentMs })
}

/** Says the class of a station. */
export function tellType({ findings, station }: BodyState, type: number): void {
  findings.fact({
    device: station,
    name: 'station_type',
    value: STATION_TYPES.get(type) ?? `unknown (${type.toString(16).toUpperCase()})`,
  })
}

/** Twelve values of five minutes each; undefined is a missing one. */
export function tellSeries(
  state: BodyState,
  channel: string,
  { quantity, perUnit }: SeriesElement,
  values: readonly (number | undefined)[],
  place: Place,
): void {
  const firstMs = firstOfSeries(state)
  for (const [index, value] of values.entries()) {
    const t = firstMs + index * SERIES_STEP_MS
    if (value === undefined) tellMissing(state, quantity, t)
    else state.findings.measured({ address: state.station, channel, quantity, v: value / perUnit, t }, place)
  }
}

/**
 * The time of the first of twelve values. It is the observation time (6.6.4.7); stations are met that give
 * the time of the last one, which shows where the values would end after they were sent.
 */
export function firstOfSeries({ observedMs, sentMs }: BodyState): number {
  const first = observedMs ?? sentMs
  const lengthMs = (SERIES_COUNT - 1) * SERIES_STEP_MS
  return first + lengthMs > sentMs + MAX_LEAD_MS ? first - lengthMs : first
}

/** A value that the station says it has not: no reading, but not lost either. */
export function tellMissing({ findings, station }: BodyState, name: string, t: number): void {
  findings.fact({ device: station, name, value: 'missing', ...(Number.isNaN(t) ? {} : { t }) })
}

/** Status and alarms (table 58): a reading of 0 or 1 for each bit. */
export function tellStatus(state: BodyState, channel: string, bits: number, place: Place): void {
  for (const [bit, quantity] of STATUS_BITS.entries())
    state.findings.measured(
      {
        address: state.station,
        channel: `${channel}.${bit}`,
        quantity,
        v: (bits >>> bit) & 1,
        t: timeOf(state),
      },
      place,
    )
}
