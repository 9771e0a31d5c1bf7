import { type DeviceModel, Id, Interval, parseDuration } from '@picket/devices'
import { type Static, Type } from 'typebox'

/** A device behind this gateway: what a source must know of it beside what it says. */
export const FieldDevice = Type.Object(
  {
    id: Id,
    model: Id,
    source: Type.Optional({ ...Id, description: 'the source it speaks through; any without it' }),
    address: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'its address on the wire: of a station, of a Modbus unit, of IP; its id without it',
      }),
    ),
    interval: Type.Optional({ ...Interval, description: "in place of its model's" }),
    channels: Type.Optional(
      Type.Record(Type.String(), Id, {
        maxProperties: 200,
        description: 'quantities by what the wire calls them, in place of what the codec knows',
      }),
    ),
  },
  { additionalProperties: false },
)
export type FieldDevice = Static<typeof FieldDevice>

/** A device with its model. */
export interface KnownDevice {
  id: string
  address: string
  model: DeviceModel
  /** ms between two reports. */
  intervalMs: number
  channels: Readonly<Record<string, string>>
}

/** The devices that one source may speak for, by their address on its wire. */
export class FieldDevices {
  readonly #byAddress = new Map<string, KnownDevice>()

  constructor(devices: readonly KnownDevice[]) {
    for (const device of devices) this.#byAddress.set(device.address, device)
  }

  get all(): KnownDevice[] {
    return [...this.#byAddress.values()]
  }

  at(address: string): KnownDevice | undefined {
    return this.#byAddress.get(address)
  }
}

/** A device of the gateway's file with its model. */
export function knownDevice(device: FieldDevice, model: DeviceModel): KnownDevice {
  const { id, address = id, interval = model.interval, channels = {} } = device
  return { id, address, model, intervalMs: parseDuration(interval) as number, channels }
}
