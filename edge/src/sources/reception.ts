import { hash } from 'node:crypto'
import { type Fault, Mark, type Reading } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type { IntakeMessage } from '../intake/intake.ts'
import { ArrivalTimes } from './arrival-times.ts'

/** What a message said, or why it is not taken. */
export interface Said {
  readings: Reading[]
  faults: readonly Fault[]
}

/** A message as a source has received it. */
export interface Received {
  /** Where it came from, as a rejection names it. */
  origin: string
  payload: Uint8Array
  /** Reads it, when its turn to be committed has come; `arrivalMs` is when it was received. */
  decode(arrivalMs: number): Said
  /** Called once: with an error when nothing was committed, without one when all that could be read is on disk. */
  done(error: Error | undefined, outcome: Outcome): void
}

/** What became of a message. */
interface Outcome {
  /** Readings that are on disk now, by this message or by the same one before. */
  readings: number
  /** Why some or all of it was refused. */
  fault: Fault | undefined
}

/** Messages remembered, the oldest forgotten first. One that comes again later is told as a duplicate by the cloud. */
const MAX_REMEMBERED = 8192
/** A longer message is refused with a reason, and acknowledged so that it does not come again. */
const MAX_MESSAGE_BYTES = 256 * 1024

export interface ReceptionOptions {
  /** Own id of the gateway. */
  gateway: string
  clock: Clock
  /** Looks whether the clock was set, before anything is stamped by it. */
  lookAtClock?: () => void
  offer(message: IntakeMessage): void
}

/**
 * What all sources have in common between the wire and custody: times of arrival, messages that come again,
 * readings that would speak for the gateway itself. One for all sources of a gateway.
 */
export class Reception {
  readonly #options: ReceptionOptions
  readonly #arrivals = new ArrivalTimes()
  readonly #committed = new Set<string>()

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  take({ origin, payload, decode, done }: Received): void {
    const { clock, offer, lookAtClock } = this.#options
    lookAtClock?.()
    const arrivalMs = clock.now()
    const outcome: Outcome = { readings: 0, fault: undefined }
    let remembered: string | undefined
    offer({
      source: origin,
      payload,
      records: () => {
        const { readings, faults } = this.#read(payload, () => decode(arrivalMs))
        outcome.readings = readings.length
        outcome.fault = faults[0]
        // Only a message whose every reading has a time of its own says the same when it comes again.
        if (faults.length > 0 || readings.length === 0 || readings.some(isOfArrival))
          return { records: readings, faults }
        const key = hash('sha1', Buffer.concat([Buffer.from(`${origin}\n`), payload]), 'base64')
        if (this.#committed.has(key)) return { records: [], faults }
        remembered = key
        this.#remember(key)
        return { records: readings, faults }
      },
      done: error => {
        if (error && remembered !== undefined) this.#committed.delete(remembered)
        done(error, outcome)
      },
    })
  }

  #read(payload: Uint8Array, decode: () => Said): Said {
    if (payload.length > MAX_MESSAGE_BYTES) {
      const message = `a message of more than ${MAX_MESSAGE_BYTES} bytes`
      return { readings: [], faults: [{ code: 'message-too-long', message }] }
    }
    const { readings, faults } = readOrRefuse(decode)
    const { gateway } = this.#options
    const own = readings.filter(({ device }) => device !== gateway)
    for (const reading of own) this.#arrivals.keepApart(reading)
    if (own.length === readings.length) return { readings, faults }
    const fault = { code: 'device-not-allowed', message: `nobody may speak for the gateway ${gateway}` }
    return { readings: own, faults: [...faults, fault] }
  }

  #remember(key: string): void {
    this.#committed.add(key)
    if (this.#committed.size > MAX_REMEMBERED)
      this.#committed.delete(this.#committed.keys().next().value as string)
  }
}

// A codec never throws. One that does all the same would end the gateway, and again when the message is sent again.
function readOrRefuse(decode: () => Said): Said {
  try {
    return decode()
  } catch (error) {
    const message = `the message made its codec fail: ${(error as Error).message}`
    return { readings: [], faults: [{ code: 'codec-failed', message }] }
  }
}

const isOfArrival = ({ q }: Reading): boolean => (q & Mark.ARRIVAL_TIME) !== 0
