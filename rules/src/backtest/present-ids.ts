import { presentIds } from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { type History, readInOrder, type SeriesChunk, type SeriesKey } from './history.ts'
import { isWithin, type Label, type Span } from './labels.ts'

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

/** Labels that are neither hit nor missed. */
export interface LabelsLeftOut {
  /** How many lie outside the backtest's span. They still say that somebody looks at their place. */
  elsewhen: number
  /** Devices and sites that are not in the registry. */
  unknown: string[]
}

/**
 * Labels of devices and sites that are there, by the ids of today.
 *
 * @param devices - all of the registry
 * @param span - the backtest's
 */
export function labelsOfToday(
  labels: readonly Label[],
  devices: readonly Placed[],
  span: Span,
): { labels: Label[]; leftOut: LabelsLeftOut } {
  const present = presentIds(devices)
  const sites = presentIds(devices.map(({ site, siteFormerly }) => ({ id: site, formerly: siteFormerly })))
  const known = new Set(devices.map(({ id }) => id))
  const knownSites = new Set(devices.map(({ site }) => site))
  const unknown = new Set<string>()
  const usable: Label[] = []
  for (const label of labels) {
    const device = label.device && (present.get(label.device) ?? label.device)
    const site = label.site && (sites.get(label.site) ?? label.site)
    if (device && !known.has(device)) unknown.add(device)
    else if (site && !knownSites.has(site)) unknown.add(site)
    else usable.push({ ...label, ...(device && { device }), ...(site && { site }) })
  }
  const elsewhen = usable.filter(label => !isWithin(label, span)).length
  return { labels: usable, leftOut: { elsewhen, unknown: [...unknown] } }
}
