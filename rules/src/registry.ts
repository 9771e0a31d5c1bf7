import {
  CLOUD_DEVICE,
  CLOUD_MODEL,
  GATEWAY_MODEL,
  type ModelLibrary,
  type Registry,
  reportingIntervalMs,
  tagsOf,
} from '@picket/devices'
import type { EngineDevice, EngineSite } from './engine/event.ts'
import { NO_SITE } from './engine/inhibition.ts'

const DEFAULT_INTERVAL_MS = 60_000

/** The devices of a registry as the engine knows them. Gateways and the cloud itself are watched like any device. */
export function engineDevices(registry: Registry, models: ModelLibrary): EngineDevice[] {
  const intervalOf = (model: string, device = {}): number =>
    reportingIntervalMs(device, models.get(model)) ?? DEFAULT_INTERVAL_MS
  const formerSites = new Map(registry.sites.map(({ id, formerly }) => [id, formerly]))
  const placed = (site: string) => {
    const siteFormerly = formerSites.get(site)
    return siteFormerly ? { site, siteFormerly } : { site }
  }
  const own = (id: string, model: string, site: string): EngineDevice => ({
    id,
    model,
    ...placed(site),
    tags: tagsOf({}, models.get(model)),
    parameters: {},
    intervalMs: intervalOf(model),
  })
  return [
    ...registry.devices.map(({ id, formerly, model, site, tags, parameters, gateways, interval }) => ({
      id,
      ...(formerly ? { formerly } : {}),
      model,
      ...placed(site),
      tags: tagsOf({ tags }, models.get(model)),
      parameters: parameters ?? {},
      intervalMs: intervalOf(model, { interval }),
      gateways,
    })),
    ...registry.gateways.map(({ id, formerly, site }) => ({
      ...own(id, GATEWAY_MODEL, site ?? NO_SITE),
      ...(formerly ? { formerly } : {}),
    })),
    own(CLOUD_DEVICE, CLOUD_MODEL, NO_SITE),
  ]
}

/** The sites of a registry as the engine knows them. */
export const engineSites = (registry: Registry): EngineSite[] =>
  registry.sites.map(({ id, formerly, parameters }) => ({
    id,
    ...(formerly ? { formerly } : {}),
    parameters: parameters ?? {},
  }))
