import { createHash } from 'node:crypto'
import {
  CLOUD_DEVICE,
  type FileFault,
  formatFileFault,
  type ModelLibrary,
  Registry,
  readModel,
  readYaml,
} from '@picket/devices'
import {
  compilePacks,
  type Engine,
  type EngineDevice,
  type EngineSite,
  engineDevices,
  engineSites,
  overrideFault,
  planRule,
  type Rule,
  selects,
} from '@picket/rules'
import type { Configuration } from '../stores/sqlite/journal.ts'

/** A configuration made ready: what it says, compiled. */
export interface Compiled {
  /** Names the rule set: the same rules give the same revision. */
  revision: string
  configuration: Configuration
  registry: Registry
  models: ModelLibrary
  rules: Rule[]
  devices: EngineDevice[]
  sites: EngineSite[]
}

/**
 * Compiles a configuration.
 *
 * @returns every fault with file and line when anything is wrong: a set is taken whole or not at all
 */
export function compileConfiguration(
  configuration: Configuration,
): { compiled: Compiled } | { faults: string[] } {
  const faults: FileFault[] = []
  const models = new Map()
  for (const { file, text } of configuration.models) {
    const result = readModel(text, file)
    if ('model' in result) models.set(result.model.model, result.model)
    else faults.push(...result.faults)
  }
  const registry = readYaml(configuration.registry, 'registry', Registry)
  if (!registry.ok) return { faults: [...faults, ...registry.faults].map(formatFileFault) }
  const packs = compilePacks(configuration.packs, { models })
  const value = registry.document.value
  if (!packs.ok) faults.push(...packs.faults)
  const rules = packs.ok ? packs.rules : []
  const devices = engineDevices(value, models)
  const sites = engineSites(value)
  const problems = [
    ...faults.map(formatFileFault),
    ...registryProblems(value, models),
    ...rules.flatMap(rule => planRule(rule, devices).faults.map(fault => `rule ${rule.id}: ${fault}`)),
    ...devices.flatMap(device => parameterProblems('device', device, rulesFor([device], rules))),
    ...sites.flatMap(site => {
      const here = devices.filter(device => device.site === site.id)
      return parameterProblems('site', site, rulesFor(here, rules))
    }),
  ]
  if (problems.length > 0) return { faults: problems }
  const revision = createHash('sha256')
    .update(rules.map(rule => rule.revision).join())
    .digest('hex')
    .slice(0, 12)
  return {
    compiled: {
      revision,
      configuration,
      registry: value,
      models,
      rules,
      devices,
      sites,
    },
  }
}

/** An engine that starts from a compiled configuration's rules. */
export const configureEvent = ({ rules, devices, sites }: Compiled, now: number) =>
  ({ type: 'configure', now, rules, devices, sites }) satisfies Parameters<Engine['step']>[0]

function registryProblems(registry: Registry, models: ModelLibrary): string[] {
  const sites = new Set(registry.sites.map(({ id }) => id))
  const gateways = new Set(registry.gateways.map(({ id }) => id))
  const ids = [...registry.devices, ...registry.gateways].map(({ id }) => id)
  return [
    ...duplicates([...ids, CLOUD_DEVICE]).map(id => `registry: "${id}" is there twice`),
    ...duplicates(registry.sites.map(({ id }) => id)).map(id => `registry: site "${id}" is there twice`),
    ...registry.devices.flatMap(device => [
      ...(models.has(device.model)
        ? []
        : [`registry: device "${device.id}" has the unknown model "${device.model}"`]),
      ...(sites.has(device.site)
        ? []
        : [`registry: device "${device.id}" stands at the unknown site "${device.site}"`]),
      ...device.gateways
        .filter(id => !gateways.has(id))
        .map(id => `registry: device "${device.id}" names the unknown gateway "${id}"`),
    ]),
  ]
}

const duplicates = (ids: string[]): string[] => [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))]

const rulesFor = (devices: readonly EngineDevice[], rules: readonly Rule[]): Rule[] =>
  rules.filter(({ select }) => devices.some(device => selects(select, device)))

// A value of a device or a site must be one that the rule would have taken for itself.
function parameterProblems(
  kind: 'device' | 'site',
  { id, parameters }: EngineDevice | EngineSite,
  watching: readonly Rule[],
): string[] {
  const known = watching.flatMap(rule => rule.parameters)
  return Object.entries(parameters).flatMap(([name, value]) => {
    const meant = known.filter(parameter => parameter.name === name)
    if (meant.length === 0)
      return [`registry: ${kind} "${id}" sets "${name}", which no rule that watches it has`]
    return meant
      .flatMap(parameter => overrideFault(parameter, value) ?? [])
      .map(fault => `registry: ${kind} "${id}" sets "${name}": ${fault}`)
  })
}
