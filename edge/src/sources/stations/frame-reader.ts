import type { Codec, Decoded } from '@picket/devices'
import { loadCodec } from '../codecs.ts'
import type { Said } from '../reception.ts'
import type { SourceContext } from '../source.ts'

/** What a frame said, and whether its station may be answered. */
export interface FrameSaid extends Said {
  /** True where a device of the gateway has sent it. */
  isKnown: boolean
}

/** Reads frames of one connection or socket: their addresses become the devices of the gateway. */
export class FrameReader {
  readonly codec: Codec
  readonly #context: SourceContext

  constructor(codec: Codec, context: SourceContext) {
    this.codec = codec
    this.#context = context
  }

  /** @param peer - the address it came from: who speaks where the frame does not say it */
  read(frame: Uint8Array, peer: string, arrivalMs: number): FrameSaid {
    const { devices } = this.#context
    const decoded = this.codec.decode(frame, {
      topic: peer,
      arrivalMs,
      // The address stays: all of them become devices below.
      channelOf: (address, channel) => {
        const quantity = devices.at(address)?.channels[channel]
        return quantity === undefined ? undefined : { device: address, quantity }
      },
    })
    const unknown = [...speakersOf(decoded)].filter(address => !devices.at(address))
    for (const address of unknown) this.#quarantine(address, peer, frame)
    const readings = decoded.readings.filter(({ device }) => devices.at(device))
    for (const reading of readings) reading.device = devices.at(reading.device)?.id as string
    return { readings, faults: decoded.faults, isKnown: unknown.length === 0 }
  }

  #quarantine(address: string, peer: string, frame: Uint8Array): void {
    const { name, refuse } = this.#context
    const message = `station ${address}, from ${peer}, is none of the gateway's devices`
    refuse(`${name} station ${address}`, { code: 'station-unknown', message }, frame)
  }
}

const speakersOf = ({ readings, facts }: Decoded): Set<string> =>
  new Set([...readings, ...facts].map(({ device }) => device).filter(device => device !== ''))

/**
 * Makes readers for the connections of a source. A codec that reads by a device model needs to know the device before
 * it reads: by the peer's address.
 */
export async function frameReaders(
  codecName: string,
  context: SourceContext,
): Promise<(peer: string) => FrameReader> {
  const make = await loadCodec(codecName)
  return peer => new FrameReader(make(context.devices.at(peer)?.model), context)
}
