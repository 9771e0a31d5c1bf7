import type { Codec } from '@picket/devices'
import { loadCodec } from '../codecs.ts'
import type { FieldDevices, KnownDevice } from '../field-devices.ts'
import type { Said } from '../reception.ts'

/** Codecs by content format (IANA: CoRE parameters); a format that says nothing leaves it to the device's model. */
const CODEC_OF_FORMAT: Readonly<Record<number, string>> = {
  50: 'plain-json',
  110: 'senml-json',
  112: 'senml-cbor',
  11542: 'lwm2m-tlv',
}
const UNSPECIFIED = new Set([undefined, 0, 42])

/** Reads what devices send by CoAP: by its content format, or with the codec of the device's model. */
export class Payloads {
  readonly #byFormat: ReadonlyMap<number, Codec>
  readonly #byDevice: ReadonlyMap<string, Codec>

  private constructor(byFormat: ReadonlyMap<number, Codec>, byDevice: ReadonlyMap<string, Codec>) {
    this.#byFormat = byFormat
    this.#byDevice = byDevice
  }

  static async load(devices: FieldDevices): Promise<Payloads> {
    const byFormat = new Map<number, Codec>()
    for (const [format, name] of Object.entries(CODEC_OF_FORMAT))
      byFormat.set(Number(format), (await loadCodec(name))())
    const byDevice = new Map<string, Codec>()
    for (const { id, model } of devices.all)
      if (model.codec !== undefined) byDevice.set(id, (await loadCodec(model.codec))(model))
    return new Payloads(byFormat, byDevice)
  }

  /** The codec for a message of a device; undefined where its content format has none. */
  codecFor({ id }: KnownDevice, contentFormat: number | undefined): Codec | undefined {
    return UNSPECIFIED.has(contentFormat)
      ? this.#byDevice.get(id)
      : this.#byFormat.get(contentFormat as number)
  }
}

/** Reads a message of a device, which may speak for itself alone. */
export function readPayload(
  codec: Codec,
  device: KnownDevice,
  { payload, quantity, arrivalMs }: { payload: Buffer; quantity: string | undefined; arrivalMs: number },
): Said {
  const { id, address, channels } = device
  const { readings, faults } = codec.decode(payload, {
    topic: quantity === undefined ? `sensors/${id}` : `sensors/${id}/${quantity}`,
    arrivalMs,
    channelOf: (speaker, channel) => {
      const renamed = channels[channel]
      return renamed === undefined ? undefined : { device: speaker, quantity: renamed }
    },
  })
  const own = readings.filter(reading => reading.device === id || reading.device === address)
  for (const reading of own) reading.device = id
  const other = readings.find(reading => !own.includes(reading))
  if (!other) return { readings: own, faults }
  const message = `${id} may not speak for ${other.device}`
  return { readings: own, faults: [...faults, { code: 'device-not-allowed', message }] }
}
