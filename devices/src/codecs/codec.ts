import type { Fault } from '../fault.ts'
import type { Reading } from '../reading.ts'
import type { Framing } from './framing.ts'

/** Where a channel of a station belongs: the device it is registered as, and what it measures there. */
export interface Channel {
  device: string
  quantity: string
}

/**
 * What the registry says of an address on the wire and one of its channels (element code, data identifier,
 * factor). Undefined leaves both to the codec: the address as device id, its own name for the quantity.
 */
export type ChannelLookup = (address: string, channel: string) => Channel | undefined

/** Where and when a message came in. */
export interface CodecContext {
  /** The MQTT topic, or whatever names the source. */
  topic: string
  /** Arrival time, ms UTC: the event time of a reading that carries none. */
  arrivalMs: number
  /** The registry's mapping; without it the names of the wire are used. */
  channelOf?: ChannelLookup
}

/** Something a message says that is no reading: who speaks, a state, an element without a known meaning. */
export interface Fact {
  /** Who it is of, as a reading's `device`; empty where the message names nobody. */
  device: string
  /** What it is, for example `serial_number`. */
  name: string
  value: number | string
  /** Event time, ms UTC, where the message gives one. */
  t?: number
}

/** A fault with its place in the message, so that the bytes can be shown and kept. */
export interface CodecFault extends Fault {
  /** First byte concerned, from the start of the message. */
  offset: number
  /** How many bytes are concerned, as far as that is known; at least 0. */
  lengthBytes: number
  /** What a check sum should have been, in hex and in the order of the wire. */
  expected?: string
}

/** What a message said: every reading that could be read, every fact, every part that could not be read. */
export interface Decoded {
  readings: Reading[]
  facts: Fact[]
  faults: CodecFault[]
}

/** One field of a frame, for people. */
export interface Field {
  name: string
  /** First byte, from the start of the message. */
  offset: number
  lengthBytes: number
  /** The bytes in hex; dots where they are secret. */
  raw: string
  /** What they say. */
  meaning: string
  unit?: string
}

/** A frame that was built, or what is wrong with the message it should have carried. */
export type Encoded = { ok: true; bytes: Uint8Array } | { ok: false; faults: Fault[] }

/**
 * A field protocol. Any bytes in; readings, facts and faults out, bounded by the constants below; it never
 * throws. One codec serves one source (a connection, a topic): it may remember what spans messages, such as
 * the packets of a series, within a bound.
 */
export interface Codec {
  name: string
  /**
   * Reads a message: one frame, several, or text.
   *
   * @param payload - the bytes; readings never share memory with them
   * @param fields - where somebody looks: the codec appends what each byte says. Costs time, so only then.
   */
  decode(payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded
  /** Builds a frame from a message; the codec's README says what it looks like. */
  encode?(message: unknown): Encoded
  /**
   * What the sender of a frame waits for, or undefined where it waits for nothing. An answer says that the
   * readings are safe: send it after they were committed.
   */
  answer?(frame: Uint8Array, context: CodecContext): Uint8Array | undefined
  /** How to cut a stream into frames, where they come in one. */
  framing?: Framing
}

/** Most readings taken from one message. */
export const MAX_READINGS_PER_MESSAGE = 10_000
/** Most facts taken from one message. */
export const MAX_FACTS_PER_MESSAGE = 10_000
/** Most faults told of one message: a hostile one must not become a million of them. */
export const MAX_FAULTS_PER_MESSAGE = 100
