import { createHash } from 'node:crypto'
import {
  type FileFault,
  formatFileFault,
  type ModelLibrary,
  type Registry,
  readModel,
  readRegistry,
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
  recordFaults,
  selects,
} from '@picket/rules'
import { gatewayRuleFaults } from '../guards/gateway-rules.ts'
import type { Configuration } from '../stores/sqlite/journal.ts'

/** A configuration made ready: what it says, compiled. */
export interface Compiled {
  /** Names the rule set: the same rules give the same revision. */
  revision: string
  configuration: Configuration
  registry: Registry
  models: ModelLibrary
  /** The file of each model. */
  modelFiles: ReadonlyMap<string, { file: string; text: string }>
  rules: Rule[]
  devices: EngineDevice[]
  sites: EngineSite[]
}

/** What of a configuration is there before its rules. */
type Around = Pick<Compiled, 'models' | 'modelFiles' | 'registry' | 'devices' | 'sites'>

/**
 * Compiles a configuration.
 *
 * @param known - another one: of what is the same text there nothing is read again
 * @returns every fault with file and line when anything is wrong: a set is taken whole or not at all
 */
export function compileConfiguration(
  configuration: Configuration,
  known?: Compiled,
): { compiled: Compiled } | { faults: string[] } {
  const around = isAround(known, configuration) ? known : readAround(configuration)
  if ('faults' in around) return around
  const { models, modelFiles, registry, devices, sites } = around
  const packs = compilePacks(configuration.packs, { models })
  const rules = packs.ok ? packs.rules : []
  const problems = [
    ...(packs.ok ? [] : packs.faults.map(formatFileFault)),
    ...recordFaults(rules, devices, models),
    ...rules.flatMap(rule => planRule(rule, devices).faults.map(fault => `rule ${rule.id}: ${fault}`)),
    ...gatewayRuleFaults(rules, devices),
    ...devices
      .filter(hasParameters)
      .flatMap(device => parameterProblems('device', device, rulesFor([device], rules))),
    ...sites.filter(hasParameters).flatMap(site => {
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
      registry,
      models,
      modelFiles,
      rules,
      devices,
      sites,
    },
  }
}

const isAround = (known: Compiled | undefined, { models, registry }: Configuration): known is Compiled =>
  known !== undefined && known.configuration.models === models && known.configuration.registry === registry

/** Reads models and registry, without any rule. */
export function readAround(
  configuration: Pick<Configuration, 'models' | 'registry' | 'registryFile'>,
): Around | { faults: string[] } {
  const faults: FileFault[] = []
  const models = new Map()
  const modelFiles = new Map()
  for (const { file, text } of configuration.models) {
    const result = readModel(text, file)
    if ('model' in result) {
      models.set(result.model.model, result.model)
      modelFiles.set(result.model.model, { file, text })
    } else faults.push(...result.faults)
  }
  const read = readRegistry(configuration.registry, configuration.registryFile ?? 'registry', models)
  if ('faults' in read) faults.push(...read.faults)
  if ('faults' in read || faults.length > 0) return { faults: faults.map(formatFileFault) }
  const { registry } = read
  return {
    ...{ models, modelFiles, registry },
    devices: engineDevices(registry, models),
    sites: engineSites(registry),
  }
}

/** An engine that starts from a compiled configuration's rules. */
export const configureEvent = ({ rules, devices, sites }: Compiled, now: number) =>
  ({ type: 'configure', now, rules, devices, sites }) satisfies Parameters<Engine['step']>[0]

// Most have none, and each that has some is held against every rule.
const hasParameters = ({ parameters }: EngineDevice | EngineSite): boolean =>
  Object.keys(parameters).length > 0

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
