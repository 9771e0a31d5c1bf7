import {
  type BilingualText,
  CLOUD_DEVICE,
  CLOUD_MODEL,
  type Device,
  GATEWAY_MODEL,
  type Gateway,
  idsOf,
  presentNames,
  qualityOf,
  reportingIntervalMs,
  type Site,
  tagsOf,
} from '@picket/devices'
import type { StoredReading } from '../../stores/ports.ts'
import type { DeviceView, SiteView } from '../schemas.ts'
import type { RuleView, Services } from '../services.ts'

const MARKS = 0xf0
const LATE_INTERVALS = 2
const SILENT_INTERVALS = 5

/** A device of the registry, or a gateway or the cloud as the device whose series tell how it fares. */
export interface KnownDevice extends Omit<Device, 'site'> {
  site: string | null
}

/** The devices in the field, in the order of the registry. */
export const fieldDevices = (services: Services): KnownDevice[] => services.registry().devices

/** Any device that has series, by its id or one that it had. */
export function findDevice(services: Services, id: string): KnownDevice | undefined {
  const { devices, gateways } = services.registry()
  const device = called(devices, id)
  if (device) return device
  const gateway = called(gateways, id)
  if (gateway) return asDevice(gateway)
  return id === CLOUD_DEVICE ? { id, model: CLOUD_MODEL, site: null, gateways: [] } : undefined
}

/** The entry that has this id, or that had it. */
export const called = <T extends { id: string; formerly?: string[] }>(
  entries: readonly T[],
  id: string,
): T | undefined => entries.find(one => one.id === id) ?? entries.find(one => one.formerly?.includes(id))

const asDevice = ({ id, formerly, site }: Gateway): KnownDevice => ({
  id,
  ...(formerly ? { formerly } : {}),
  model: GATEWAY_MODEL,
  site: site ?? null,
  gateways: [id],
})

/** Name and unit of a quantity, from the device's model or the rule that records it; null where neither names it. */
export function quantityWords(
  services: Services,
  device: KnownDevice,
  quantity: string,
): { name: BilingualText | null; unit: string | null } {
  const quantities = services.models.get(device.model)?.quantities
  const model = quantities && Object.hasOwn(quantities, quantity) ? quantities[quantity] : undefined
  const words =
    model ?? services.recordings().find(one => one.quantity === quantity && selects(services, one, device))
  return { name: words?.name ?? null, unit: words?.unit ?? null }
}

/** The newest readings by device and quantity, those under former ids too: the store's map, cut up once for a list. */
export function latestByDevice(services: Services): Map<string, Map<string, StoredReading>> {
  const byDevice = new Map<string, Map<string, StoredReading>>()
  const present = presentNames(services.registry())
  for (const reading of services.series.latest().values()) {
    const device = present.device(reading.device)
    const ofDevice = byDevice.get(device) ?? new Map<string, StoredReading>()
    byDevice.set(device, ofDevice)
    if (reading.t >= (ofDevice.get(reading.quantity)?.t ?? 0)) ofDevice.set(reading.quantity, reading)
  }
  return byDevice
}

export function deviceView(
  services: Services,
  device: KnownDevice,
  latest: ReadonlyMap<string, StoredReading>,
): DeviceView {
  const model = services.models.get(device.model)
  const site = services.registry().sites.find(one => one.id === device.site)
  const names = new Set([...Object.keys(model?.quantities ?? {}), ...[...latest.keys()].sort()])
  return {
    id: device.id,
    model: device.model,
    modelName: model?.name ?? null,
    site: device.site,
    siteName: site?.name ?? null,
    name: device.name ?? null,
    gateways: device.gateways,
    tags: tagsOf(device, model),
    quantities: [...names].map(quantity => {
      const last = latest.get(quantity)
      return {
        quantity,
        ...quantityWords(services, device, quantity),
        last: last ? { t: last.t, v: last.v, q: qualityOf(last.q), marks: last.q & MARKS } : null,
      }
    }),
    freshness: freshness(services.clock.now(), intervalOf(services, device), latest),
  }
}

/** The reporting interval of the device, in ms. */
export const intervalOf = ({ models }: Services, device: KnownDevice): number | undefined =>
  reportingIntervalMs(device, models.get(device.model))

function freshness(
  now: number,
  intervalMs: number | undefined,
  latest: ReadonlyMap<string, StoredReading>,
): DeviceView['freshness'] {
  if (latest.size === 0) {
    return { state: 'never', lastSeen: null, ageMs: null, intervalMs: intervalMs ?? null }
  }
  const lastSeen = Math.max(...[...latest.values()].map(reading => reading.t))
  const ageMs = Math.max(0, now - lastSeen)
  const intervals = intervalMs ? ageMs / intervalMs : 0
  const state = intervals > SILENT_INTERVALS ? 'silent' : intervals > LATE_INTERVALS ? 'late' : 'fresh'
  return { state, lastSeen, ageMs, intervalMs: intervalMs ?? null }
}

/** True where the rule watches the device: every given criterion fits. */
export const selects = (
  { models, registry }: Services,
  { select }: Pick<RuleView, 'select'>,
  device: KnownDevice,
): boolean =>
  (select.device === undefined || idsOf(device).includes(select.device)) &&
  (select.model === undefined || select.model === device.model) &&
  (select.site === undefined || presentNames(registry()).site(select.site) === device.site) &&
  (select.tag === undefined || tagsOf(device, models.get(device.model)).includes(select.tag))

export const siteView = ({ id, name, location, department }: Site): SiteView => ({
  id,
  name,
  location: location ?? null,
  department: department ?? null,
})
