import { presentIds } from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { type History, readInOrder, type SeriesChunk, type SeriesKey } from './history.ts'
import type { Label } from './labels.ts'

type Named = Pick<EngineDevice, 'id' | 'formerly'>
type Placed = Named & Pick<EngineDevice, 'site' | 'siteFormerly'>

/** A history in which devices have the ids of today: what was stored under a former id is the device's own. */
export class PresentIds implements History {
  readonly #history: History
  readonly #present: ReadonlyMap<string, string>
  readonly #sources: ReadonlyMap<string, readonly string[]>

  constructor(history: History, devices: readonly Named[]) {
    this.#history = history
    this.#present = presentIds(devices)
    this.#sources = new Map(devices.map(({ id, formerly = [] }) => [id, [...formerly, id]]))
  }

  series(): (SeriesKey & { first: number })[] {
    const series = new Map<string, SeriesKey & { first: number }>()
    for (const one of this.#history.series()) {
      const device = this.#present.get(one.device) ?? one.device
      const key = JSON.stringify([device, one.quantity])
      const first = Math.min(one.first, series.get(key)?.first ?? one.first)
      series.set(key, { ...one, device, first })
    }
    return [...series.values()]
  }

  /** Where two ids have a reading of one instant both are there; to the engine the second is a duplicate. */
  chunks({ device, quantity }: SeriesKey, span: { from: number; to: number }): Iterator<SeriesChunk> {
    const sources = (this.#sources.get(device) ?? [device]).map(id => ({ device: id, quantity }))
    return sources.length === 1
      ? this.#history.chunks({ device, quantity }, span)
      : inOneSeries(readInOrder(this.#history, sources, span))
  }
}

function* inOneSeries(blocks: Iterable<SeriesChunk>): Generator<SeriesChunk> {
  for (const { times, values, qualities } of blocks) yield { times, values, qualities }
}

/** Labels that name devices and sites by the ids of today. */
export function labelsOfToday(labels: readonly Label[], devices: readonly Placed[]): Label[] {
  const present = presentIds(devices)
  const sites = presentIds(devices.map(({ site, siteFormerly }) => ({ id: site, formerly: siteFormerly })))
  return labels.map(label => ({
    ...label,
    ...(label.device === undefined ? {} : { device: present.get(label.device) ?? label.device }),
    ...(label.site === undefined ? {} : { site: sites.get(label.site) ?? label.site }),
  }))
}
