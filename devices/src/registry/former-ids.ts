import type { Registry } from './registry.ts'

interface Named {
  id: string
  formerly?: readonly string[] | undefined
}

/** The present id of each that had another, by that other one. */
export const presentIds = (all: readonly Named[]): Map<string, string> =>
  new Map(all.flatMap(({ id, formerly = [] }) => formerly.map(old => [old, id] as const)))

/** The present id for any id that one may have been given. */
export interface PresentNames {
  /** Of a device or a gateway; what nobody had is itself. */
  device: (id: string) => string
  site: (id: string) => string
}

export function presentNames({ sites, gateways, devices }: Registry): PresentNames {
  const ofDevices = presentIds([...gateways, ...devices])
  const ofSites = presentIds(sites)
  return { device: id => ofDevices.get(id) ?? id, site: id => ofSites.get(id) ?? id }
}

/** The ids under which something is known: its own, then those that it had. */
export const idsOf = ({ id, formerly }: Named): string[] => [id, ...(formerly ?? [])]

/** The registry with each entry naming sites and gateways by their present ids, whichever it is written with. */
export function withPresentIds({ sites, gateways, devices }: Registry): Registry {
  const names = presentNames({ sites, gateways, devices: [] })
  return {
    sites,
    gateways: gateways.map(one => (one.site === undefined ? one : { ...one, site: names.site(one.site) })),
    devices: devices.map(one => ({
      ...one,
      site: names.site(one.site),
      gateways: [...new Set(one.gateways.map(names.device))],
    })),
  }
}
