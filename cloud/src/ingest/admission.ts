import {
  GATEWAY_MODEL,
  Identities,
  idsOf,
  type ModelLibrary,
  type PresentNames,
  presentNames,
  type QuantityModel,
  type Reading,
  type Registry,
} from '@picket/devices'
import { FUTURE_TOLERANCE_MS, grossRange } from '@picket/rules'
import { homeOf } from '../guards/gateway-rules.ts'

/** Why a reading is not let in that is ahead of the cloud's clock. */
export const FUTURE = 'time in the future'
const QUALITY_BITS = 0x0f

/** A reading with its quality judged, or why it is not let in. */
export type Admission = { reading: Reading } | { reason: string }

/**
 * Who may say what: a device only through the gateways that it is registered to, only quantities of its
 * model, and nothing from the future. A gateway's own status is its own business.
 */
export class Admissions {
  readonly #registry: Registry
  readonly #identities: Identities
  readonly #models: ModelLibrary
  readonly #gateways: ReadonlyMap<string, readonly string[]>
  readonly #names: PresentNames

  constructor(registry: Registry, models: ModelLibrary) {
    this.#registry = registry
    this.#identities = new Identities(registry)
    this.#gateways = new Map(registry.gateways.map(one => [one.id, idsOf(one)]))
    this.#names = presentNames(registry)
    this.#models = models
  }

  /** The present id of a gateway that speaks under this one; undefined where there is none. */
  gatewayOf(name: string): string | undefined {
    const id = this.#names.device(name)
    return this.#gateways.has(id) ? id : undefined
  }

  /** The names under which a gateway may speak, by any of them; the present id first. */
  namesOf(name: string): readonly string[] {
    return this.#gateways.get(this.#names.device(name)) ?? [name]
  }

  /** The reading as it is stored: under the device's present id, whatever name of it the message had. */
  admit(reading: Reading, gateway: string, now: number): Admission {
    const meant = this.#meant(reading.device, gateway)
    if (typeof meant === 'string') return { reason: meant }
    const model = this.#models.get(meant.model)
    if (!model) return { reason: `unknown model ${meant.model}` }
    const quantity: QuantityModel | undefined = Object.hasOwn(model.quantities, reading.quantity)
      ? model.quantities[reading.quantity]
      : undefined
    if (!quantity) return { reason: `unknown quantity for a device of model ${meant.model}` }
    if (reading.t > now + FUTURE_TOLERANCE_MS) return { reason: FUTURE }
    const q = (reading.q & ~QUALITY_BITS) | grossRange(reading.v, quantity)
    const isSame = q === reading.q && meant.id === reading.device
    return { reading: isSame ? reading : { ...reading, device: meant.id, q } }
  }

  /**
   * Where a gateway's engine says that an alarm stands, by the present ids, though it may not have heard of a new one yet;
   * undefined where that is not for it to decide: see gateway-rules.ts.
   */
  decidedPlace(
    gateway: string,
    named: { device: string | null; site: string },
  ): { device: string | null; site: string } | undefined {
    const device = named.device === null ? null : this.#names.device(named.device)
    const site = this.#names.site(named.site)
    const mayDecide = this.#registry.devices.some(
      one => one.site === site && homeOf(one) === gateway && (device ?? one.id) === one.id,
    )
    return mayDecide ? { device, site } : undefined
  }

  #meant(name: string, gateway: string): { id: string; model: string } | string {
    const device = this.#identities.find(name, gateway)
    if (device === 'ambiguous') return 'identifier of several devices'
    if (device) return device.gateways.includes(gateway) ? device : 'not registered to this gateway'
    if (this.gatewayOf(name) === gateway) return { id: gateway, model: GATEWAY_MODEL }
    return 'unknown device'
  }
}
