import {
  type ConversionFault,
  Converter,
  type ModelLibrary,
  type Quality,
  qualityOf,
  type Reading,
  type Registry,
} from '@picket/devices'
import { grossRange, rollUp } from '@picket/rules'
import type { SqliteQuarantine } from '../stores/sqlite/quarantine.ts'
import type { SqliteTimeSeriesStore } from '../stores/sqlite/readings.ts'

const QUALITY_BITS = 0x0f

interface Stores {
  readings: SqliteTimeSeriesStore
  quarantine: SqliteQuarantine
}

/**
 * Computes quantities from those that were stored, and stores them beside: the raw values stay, so that a calibration
 * that was wrong can be put right from them.
 */
export class Conversions {
  readonly #stores: Stores
  readonly #converter: Converter
  readonly #models: ReadonlyMap<string, string>
  readonly #library: ModelLibrary

  constructor(stores: Stores, registry: Registry, models: ModelLibrary) {
    this.#stores = stores
    this.#converter = new Converter(registry, models)
    this.#models = new Map(registry.devices.map(({ id, model }) => [id, model]))
    this.#library = models
  }

  /**
   * Within the caller's transaction.
   *
   * @param readings - stored already, with their flags
   * @returns what is new by them, stored as well
   */
  follow(readings: readonly Reading[], now: number): Reading[] {
    if (this.#converter.isIdle) return []
    const { readings: store } = this.#stores
    const { readings: computed, faults } = this.#converter.convert(readings, store, now)
    this.#note(faults, now)
    const ranged = computed.map(reading => this.#range(reading))
    // A value that the device sent itself stays.
    const results = store.append(ranged)
    return ranged.filter((_, at) => results[at] === 'stored')
  }

  #range(reading: Reading): Reading {
    const quantity = this.#library.get(this.#models.get(reading.device) ?? '')?.quantities[reading.quantity]
    if (!quantity) return reading
    const { q } = reading
    return {
      ...reading,
      q: (q & ~QUALITY_BITS) | rollUp([qualityOf(q) as Quality, grossRange(reading.v, quantity)]),
    }
  }

  #note(faults: readonly ConversionFault[], now: number): void {
    const groups = Map.groupBy(faults, ({ device, quantity, code }) => `${device}/${quantity}/${code}`)
    for (const group of groups.values()) {
      const { device, code, message, t } = group[0] as ConversionFault
      this.#stores.quarantine.reject({
        at: now,
        where: 'cloud',
        gateway: null,
        source: device,
        reason: REASONS[code],
        count: group.length,
        sample: `${message} at ${new Date(t).toISOString()}`,
      })
    }
  }
}

const REASONS: Readonly<Record<ConversionFault['code'], string>> = {
  'conversion-incomplete': 'conversion: an input did not come in time',
  'conversion-no-value': 'conversion: the inputs have no result',
  'conversion-covered': 'conversion: a later reading holds it already',
}
