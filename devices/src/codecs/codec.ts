import type { Fault } from '../fault.ts'
import type { Reading } from '../reading.ts'

/** Where and when a message came in. */
export interface CodecContext {
  /** The MQTT topic, or whatever names the source. */
  topic: string
  /** Arrival time, ms UTC: the event time of a reading that carries none. */
  arrivalMs: number
}

/** What a message said: every reading that could be read, every part that could not. */
export interface Decoded {
  readings: Reading[]
  faults: Fault[]
}

/** A field protocol. Any bytes in, readings and faults out; never throws. */
export interface Codec {
  name: string
  decode(payload: Uint8Array, context: CodecContext): Decoded
}

/** Most readings taken from one message. */
export const MAX_READINGS_PER_MESSAGE = 10_000
