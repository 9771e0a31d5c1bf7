import { readFileSync } from 'node:fs'
import { readModel } from '@picket/devices'
import { type EpochCustody, eventually } from '../support/api-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import { Sensor } from '../support/sensor.ts'

const SITE = { id: 'hill', name: { en: 'Hill', zh: '山坡' } }
const QUANTITY = 'battery'
const STATUS = statusQuantities()
const ONE_DAY_MS = 86_400_000

/** The devices that speak through a station's gateway. */
export const DEVICES = ['crack-1', 'crack-2']

/** A cloud and a gateway, with sensors whose readings are 1, 2, 3, ... */
export class Station {
  readonly installation: Installation
  readonly #begin = Date.now()
  readonly #sensors = new Map<string, Sensor>()
  #count = 0

  private constructor(installation: Installation) {
    this.installation = installation
  }

  static async make(gateway: object): Promise<Station> {
    return new Station(
      await Installation.make({
        sites: [SITE],
        devices: DEVICES.map(id => ({ id, model: 'crack-meter', site: SITE.id })),
        gateway,
      }),
    )
  }

  /**
   * Lets a sensor send readings of its own times and waits until all are acknowledged.
   *
   * @param url - of another gateway than the installation's own
   * @returns the times
   */
  async measure(
    count: number,
    { device = DEVICES[0] as string, url = this.installation.fieldUrl } = {},
  ): Promise<number[]> {
    const sensor = this.#sensor(device, url)
    const times = Array.from({ length: count }, () => this.#begin + this.#count++)
    for (const t of times) sensor.send({ t, v: (t - this.#begin) / 1e6 })
    await sensor.drained()
    return times
  }

  /** Times of the readings that the cloud has, ascending. */
  async stored(device = DEVICES[0] as string): Promise<number[]> {
    const { api } = this.installation
    // Nothing is known of a series before its first reading.
    const points = await api.readings(`${device}/${QUANTITY}`, this.#span)
    return points.map(({ t }) => t)
  }

  /** Waits until the cloud has all of these times. */
  async arrived(times: readonly number[], device = DEVICES[0] as string): Promise<void> {
    await eventually(
      () => this.stored(device),
      stored => times.every(t => stored.includes(t)),
    )
  }

  /** How many readings of the gateway's sensors and of itself the cloud has. */
  async countStored(): Promise<number> {
    const { api } = this.installation
    const series = [...DEVICES.map(id => `${id}/${QUANTITY}`), ...STATUS.map(name => `${GATEWAY}/${name}`)]
    const counts = await Promise.all(series.map(name => api.countReadings(name, this.#span)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  custody(): Promise<EpochCustody[]> {
    return this.installation.api.custody(GATEWAY)
  }

  async remove(): Promise<void> {
    for (const sensor of this.#sensors.values()) sensor.stop()
    await this.installation.remove()
  }

  get #span(): { from: number; to: number } {
    return { from: this.#begin - ONE_DAY_MS, to: this.#begin + ONE_DAY_MS }
  }

  #sensor(device: string, url: string): Sensor {
    const name = `${device} ${url}`
    const known = this.#sensors.get(name)
    if (known) return known
    const sensor = new Sensor({ url, device, quantity: QUANTITY, window: 20 })
    this.#sensors.set(name, sensor)
    sensor.start()
    return sensor
  }
}

/** How many numbers ranges hold. */
export const sizeOf = (ranges: readonly (readonly [number, number])[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)

// What a gateway reports of itself; the cloud alone writes that two instances speak.
function statusQuantities(): string[] {
  const file = new URL(import.meta.resolve('@picket/devices/models/gateway.yaml'))
  const result = readModel(readFileSync(file, 'utf8'), 'gateway.yaml')
  if ('faults' in result) throw new Error('the model of gateways has faults')
  return Object.keys(result.model.quantities).filter(name => name !== 'instance_conflict')
}
