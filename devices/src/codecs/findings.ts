import { isPlausibleTime, Mark, Quality } from '../reading.ts'
import {
  type CodecContext,
  type CodecFault,
  type Decoded,
  type Fact,
  type Field,
  MAX_FACTS_PER_MESSAGE,
  MAX_FAULTS_PER_MESSAGE,
  MAX_READINGS_PER_MESSAGE,
} from './codec.ts'

/** A part of a frame: its first byte, from the frame's start, and how many bytes it has. */
export interface Place {
  offset: number
  lengthBytes: number
}

/** A value of a channel at an address of the wire. */
export interface Measured {
  address: string
  /** The channel as the wire names it. */
  channel: string
  /** What the codec knows it to be; without that and without a mapping the value becomes a fact. */
  quantity?: string | undefined
  v: number
  /** Event time, ms UTC; without one the arrival counts, and the reading says so. */
  t?: number | undefined
  /** True where `t` was counted from the arrival: the reading says that too. */
  isFromArrival?: boolean
  /** What the sender says of its quality; not evaluated without it. */
  quality?: Quality | undefined
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase())

/** Bytes as upper-case hex. */
export function hexOf(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let text = ''
  for (let at = from; at < to && at < bytes.length; at++) text += HEX[bytes[at] as number]
  return text
}

/** Bytes as upper-case hex, the last one first. */
export function hexReversed(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = Math.min(to, bytes.length) - 1; at >= from; at--) text += HEX[bytes[at] as number]
  return text
}

/**
 * Gathers what a codec finds in one message, within the bounds of a message. Places are told from the start
 * of the frame that was entered last and kept from the start of the message.
 */
export class Findings {
  readonly decoded: Decoded = { readings: [], facts: [], faults: [] }
  readonly context: CodecContext
  readonly #codec: string
  readonly #fields: Field[] | undefined
  #frame: Uint8Array = new Uint8Array(0)
  #base = 0
  #isBroken = false
  /** Set while what is read lies in no one place of the message. */
  #whole: Place | undefined

  constructor(codec: string, context: CodecContext, fields?: Field[]) {
    this.#codec = codec
    this.context = context
    this.#fields = fields
  }

  /** True where somebody looks at the fields: only then are they worth wording. */
  get looking(): boolean {
    return this.#fields !== undefined
  }

  /** True where the frame is broken: nothing may be remembered of it. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Reads what was put together from several frames: its places are those of the whole frame, its fields none. */
  inFrame(read: () => void): void {
    this.#whole = { offset: 0, lengthBytes: this.#frame.length }
    read()
    this.#whole = undefined
  }

  /** From here on places count from `offset` of the message. Of a broken frame only fields are kept. */
  enter(frame: Uint8Array, offset: number, isBroken = false): void {
    this.#frame = frame
    this.#base = offset
    this.#isBroken = isBroken
  }

  /** A value that was measured, as a reading where its quantity is known and as a fact where it is not. */
  measured(
    { address, channel, quantity, v, t, isFromArrival, quality = Quality.NOT_EVALUATED }: Measured,
    place: Place,
  ): void {
    if (this.#isBroken) return
    const mapped = this.context.channelOf?.(address, channel)
    const name = mapped?.quantity ?? quantity
    if (name === undefined) {
      this.fact({ device: address, name: channel, value: v, ...(t === undefined ? {} : { t }) })
    } else if (t !== undefined && !isPlausibleTime(t)) {
      this.fault('time', place, `${name} is of no plausible time`)
    } else if (!Number.isFinite(v)) {
      this.fault('value', place, `${name} is no finite number`)
    } else if (this.decoded.readings.length >= MAX_READINGS_PER_MESSAGE) {
      this.fault('length', place, `more than ${MAX_READINGS_PER_MESSAGE} readings in one message`)
    } else {
      const q = t === undefined || isFromArrival ? quality | Mark.ARRIVAL_TIME : quality
      this.decoded.readings.push({
        device: mapped?.device ?? address,
        quantity: name,
        t: t ?? this.context.arrivalMs,
        v,
        q,
      })
    }
  }

  /** Keeps a fact; a time that is none is left out. */
  fact(fact: Fact): void {
    if (this.#isBroken || this.decoded.facts.length >= MAX_FACTS_PER_MESSAGE) return
    const { device, name, value, t } = fact
    this.decoded.facts.push(t === undefined || isPlausibleTime(t) ? fact : { device, name, value })
  }

  /** Something that could not be read; `what` ends the fault's code. */
  fault(what: string, place: Place, message: string, hint?: string): void {
    if (this.#isBroken) return
    this.refused({
      code: `${this.#codec}-${what}`,
      message,
      ...(hint === undefined ? {} : { hint }),
      offset: this.#base + (this.#whole ?? place).offset,
      lengthBytes: (this.#whole ?? place).lengthBytes,
    })
  }

  /** What was read to its end and says nothing, not even what is wrong, is a fault. */
  refuseSilence(place: Place, message: string): void {
    const { readings, facts, faults } = this.decoded
    if (readings.length + facts.length + faults.length === 0) this.fault('empty', place, message)
  }

  /** A fault whose place counts from the start of the message. */
  refused(fault: CodecFault): void {
    if (this.decoded.faults.length < MAX_FAULTS_PER_MESSAGE) this.decoded.faults.push(fault)
  }

  /** What some bytes of the frame say; cut where the frame ends early. */
  field(name: string, { offset, lengthBytes }: Place, meaning: string, unit?: string): void {
    const present = Math.min(lengthBytes, this.#frame.length - offset)
    if (present <= 0) return
    this.#addField(name, { offset, lengthBytes: present }, hexOf(this.#frame, offset, offset + present), {
      meaning: present < lengthBytes ? `cut off: ${present} of ${lengthBytes} bytes` : meaning,
      unit: present < lengthBytes ? undefined : unit,
    })
  }

  /** Like `field` for bytes that nobody may see. */
  secretField(name: string, { offset, lengthBytes }: Place): void {
    const present = Math.min(lengthBytes, this.#frame.length - offset)
    if (present <= 0) return
    this.#addField(name, { offset, lengthBytes: present }, '..'.repeat(present), { meaning: 'hidden' })
  }

  #addField(
    name: string,
    { offset, lengthBytes }: Place,
    raw: string,
    { meaning, unit }: { meaning: string; unit?: string | undefined },
  ): void {
    if (this.#whole) return
    this.#fields?.push({
      name,
      offset: this.#base + offset,
      lengthBytes,
      raw,
      meaning,
      ...(unit === undefined ? {} : { unit }),
    })
  }
}
