import {
  type Device,
  GATEWAY_MODEL,
  type ModelLibrary,
  type QuantityModel,
  type Reading,
  type Registry,
} from '@picket/devices'
import { grossRange } from '@picket/rules'

// A gateway's clock may be ahead of ours by this much.
const FUTURE_TOLERANCE_MS = 300_000
const QUALITY_BITS = 0x0f

/** A reading with its quality judged, or why it is not let in. */
export type Admission = { reading: Reading } | { reason: string }

/**
 * Who may say what: a device only through the gateways that it is registered to, only quantities of its
 * model, and nothing from the future. A gateway's own status is its own business.
 */
export class Admissions {
  readonly #devices: ReadonlyMap<string, Device>
  readonly #models: ModelLibrary
  readonly #gateways: ReadonlySet<string>

  constructor(registry: Registry, models: ModelLibrary) {
    this.#devices = new Map(registry.devices.map(device => [device.id, device]))
    this.#gateways = new Set(registry.gateways.map(({ id }) => id))
    this.#models = models
  }

  admit(reading: Reading, gateway: string, now: number): Admission {
    const model = this.#modelFor(reading.device, gateway)
    if (typeof model === 'string') return { reason: model }
    const quantity: QuantityModel | undefined = Object.hasOwn(model.quantities, reading.quantity)
      ? model.quantities[reading.quantity]
      : undefined
    if (!quantity) return { reason: `unknown quantity for a device of model ${model.id}` }
    if (reading.t > now + FUTURE_TOLERANCE_MS) return { reason: 'time in the future' }
    const q = (reading.q & ~QUALITY_BITS) | grossRange(reading.v, quantity)
    return { reading: q === reading.q ? reading : { ...reading, q } }
  }

  #modelFor(
    device: string,
    gateway: string,
  ): { id: string; quantities: Record<string, QuantityModel> } | string {
    const registered = this.#devices.get(device)
    if (registered && !registered.gateways.includes(gateway)) return 'not registered to this gateway'
    const id =
      registered?.model ?? (device === gateway && this.#gateways.has(device) ? GATEWAY_MODEL : undefined)
    if (id === undefined) return 'unknown device'
    const model = this.#models.get(id)
    return model ? { id, quantities: model.quantities } : `unknown model ${id}`
  }
}
