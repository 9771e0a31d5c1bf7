import type { Registry } from '@picket/devices'
import type { DeviceTags } from './line-protocol.ts'

const GATEWAY_MODEL = 'gateway'

/** The tags of every device and gateway of a registry, also by the ids that devices had: their older readings are stored under these. */
export function deviceTags(registry: Registry): Map<string, DeviceTags> {
  const tags = new Map<string, DeviceTags>()
  for (const { id, site } of registry.gateways)
    tags.set(id, { model: GATEWAY_MODEL, ...(site === undefined ? {} : { site }) })
  for (const { id, formerly, site, model } of registry.devices)
    for (const name of [id, ...(formerly ?? [])]) tags.set(name, { site, model })
  return tags
}
