import type { DesiredState, Device } from '@picket/devices'
import { type EngineDevice, planRule, printPack, type Rule } from '@picket/rules'
import type { Compiled } from '../ingest/engine-host.ts'

/** What a gateway is to run of a configuration: the part of a desired state that follows from it. */
export type GatewayRules = Pick<DesiredState, 'packs' | 'models' | 'sites' | 'devices'>

/** The gateway whose engine judges a device: the first that it may speak through. */
export const homeOf = ({ gateways }: Pick<EngineDevice, 'gateways'>): string | undefined => gateways?.[0]

/** Devices that a rule reads, by the gateway that judges them. */
function devicesByHome(
  rule: Rule,
  devices: readonly EngineDevice[],
): Map<string | undefined, EngineDevice[]> {
  const read = planRule(rule, devices).scopes.flatMap(({ own, others }) => [
    ...own,
    ...Object.values(others).flat(),
  ])
  return Map.groupBy(new Set(read), homeOf)
}

/**
 * What is wrong with rules that are to run on gateways: one place is judged by one gateway, which must hear all that is
 * read there.
 */
export function gatewayRuleFaults(rules: readonly Rule[], devices: readonly EngineDevice[]): string[] {
  const here = new Set(rules.filter(({ runs }) => runs === 'gateway').map(({ id }) => id))
  return rules.flatMap(rule => {
    if (rule.runs !== 'gateway') return []
    const scattered = planRule(rule, devices).scopes.flatMap(({ subject, own, others }) => {
      const homes = new Set([...own, ...Object.values(others).flat()].map(homeOf))
      const [home] = homes
      if (homes.size > 1) return [`${subject.id} is read through several gateways: ${[...homes].join(', ')}`]
      return home === undefined ? [`${subject.id} speaks through no gateway`] : []
    })
    const foreign = (rule.inhibits?.rules ?? []).filter(id => !here.has(id))
    return [
      ...scattered.slice(0, 1).map(fault => `rule ${rule.id} runs on a gateway, but ${fault}`),
      ...foreign.map(
        id => `rule ${rule.id} runs on a gateway, and can hide only rules that run there too: not ${id}`,
      ),
    ]
  })
}

/** Ids of the rules that run on each gateway. */
export function rulesByGateway({
  rules,
  devices,
}: Pick<Compiled, 'rules' | 'devices'>): Map<string, string[]> {
  const byGateway = new Map<string, string[]>()
  for (const rule of rules) {
    if (rule.runs !== 'gateway') continue
    for (const home of devicesByHome(rule, devices).keys())
      if (home !== undefined) byGateway.set(home, [...(byGateway.get(home) ?? []), rule.id])
  }
  return byGateway
}

/** What one gateway is to run. */
export function gatewayRules(gateway: string, compiled: Compiled): GatewayRules {
  const rules = compiled.rules.filter(({ runs }) => runs === 'gateway')
  const read = new Set<string>()
  const mine = rules.filter(rule => {
    const here = devicesByHome(rule, compiled.devices).get(gateway) ?? []
    for (const { id } of here) read.add(id)
    return here.length > 0
  })
  const sites = new Set(compiled.registry.devices.filter(({ id }) => read.has(id)).map(({ site }) => site))
  // Those that no rule reads may still be inputs of conversions, such as a barometer.
  const devices = compiled.registry.devices.filter(
    device => sites.has(device.site) && homeOf(device) === gateway,
  )
  const models = new Set(devices.map(({ model }) => model))
  const packs = Map.groupBy(mine, ({ pack }) => pack)
  return {
    packs: [...packs].map(([pack, its]) => ({ file: `${pack}.yaml`, text: printPack(pack, its) })),
    models: [...compiled.modelFiles].filter(([id]) => models.has(id)).map(([, file]) => file),
    sites: compiled.registry.sites
      .filter(({ id }) => sites.has(id))
      .map(({ id, formerly, name, parameters }) => ({
        id,
        ...(formerly && { formerly }),
        name,
        ...(parameters && { parameters }),
      })),
    devices: devices.map(device => atGateway(device, gateway)),
  }
}

// What the engine needs to know of a device, and nothing that is nobody's business in the field.
function atGateway(device: Device, gateway: string): Device {
  const { location: _, installed: __, department: ___, ...known } = device
  return { ...known, gateways: [gateway] }
}
