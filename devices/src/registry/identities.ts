import type { Device, Registry } from './registry.ts'

/** The device that a name means; `ambiguous` where an identifier is of several. */
export type Identified = Device | 'ambiguous' | undefined

/**
 * Whom a name in a message means: a device by its id, by one that it had, or by an identifier, either alone or with its
 * scheme in front (`imei:861234567890123`).
 */
export class Identities {
  readonly #byName = new Map<string, Device>()
  /** An identifier alone may be one in several schemes. */
  readonly #byValue = new Map<string, Device[]>()

  constructor({ devices }: Registry) {
    for (const device of devices) this.#byName.set(device.id, device)
    for (const device of devices) {
      for (const id of device.formerly ?? []) this.#claim(id, device)
      for (const { scheme, value } of device.identifiers ?? []) {
        this.#claim(`${scheme}:${value}`, device)
        const known = this.#byValue.get(value)
        if (!known) this.#byValue.set(value, [device])
        else if (!known.includes(device)) known.push(device)
      }
    }
  }

  /** @param gateway - through which the message came: of several devices, the one that may speak there is meant */
  find(name: string, gateway?: string): Identified {
    const named = this.#byName.get(name)
    if (named) return named
    const all = this.#byValue.get(name) ?? []
    const here = gateway === undefined ? all : all.filter(({ gateways }) => gateways.includes(gateway))
    const [only, another] = here.length > 0 ? here : all
    return another ? 'ambiguous' : only
  }

  #claim(name: string, device: Device): void {
    if (!this.#byName.has(name)) this.#byName.set(name, device)
  }
}
