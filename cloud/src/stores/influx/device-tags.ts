import { idsOf, type Registry } from '@picket/devices'
import type { DeviceTags } from './line-protocol.ts'

const GATEWAY_MODEL = 'gateway'

/** The tags of every device and gateway of a registry, also by the ids that they had: their older readings are stored under these. */
export function deviceTags(registry: Registry): Map<string, DeviceTags> {
  const tags = new Map<string, DeviceTags>()
  for (const gateway of registry.gateways)
    for (const name of idsOf(gateway))
      tags.set(name, { model: GATEWAY_MODEL, ...(gateway.site === undefined ? {} : { site: gateway.site }) })
  for (const device of registry.devices)
    for (const name of idsOf(device)) tags.set(name, { site: device.site, model: device.model })
  return tags
}
