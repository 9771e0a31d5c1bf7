import { seriesName } from '@picket/devices'
import type { StoredReading } from '../../stores/ports.ts'
import type { LiveEvent } from '../services.ts'

/** Readings of one event at most: more are spread over several. */
const READINGS_PER_EVENT = 1000

/**
 * What waits for the next flush: of each series the newest reading, of each gateway that something changed.
 * Bounded by the number of series and gateways of the registry.
 */
export class PendingEvents {
  readonly #readings = new Map<string, StoredReading>()
  readonly #gateways = new Set<string>()

  /** Keeps the event for the next flush; false for one that must not wait. */
  add(event: LiveEvent): boolean {
    if (event.type === 'gateway') {
      this.#gateways.add(event.id)
      return true
    }
    if (event.type !== 'reading') return false
    for (const reading of event.readings) {
      const name = seriesName(reading.device, reading.quantity)
      const before = this.#readings.get(name)
      if (!before || reading.t >= before.t) this.#readings.set(name, reading)
    }
    return true
  }

  /** Everything that waited, as events. */
  take(): LiveEvent[] {
    const readings = [...this.#readings.values()]
    const events: LiveEvent[] = []
    for (let at = 0; at < readings.length; at += READINGS_PER_EVENT) {
      events.push({ type: 'reading', readings: readings.slice(at, at + READINGS_PER_EVENT) })
    }
    for (const id of this.#gateways) events.push({ type: 'gateway', id })
    this.#readings.clear()
    this.#gateways.clear()
    return events
  }
}

/** An event on the wire (WHATWG HTML, section 9.2.5); JSON holds no line breaks. */
export function formatEvent({ type, ...data }: LiveEvent): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
