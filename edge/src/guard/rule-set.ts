import {
  type DesiredState,
  type FileFault,
  formatFileFault,
  type ModelLibrary,
  type Registry,
  readModel,
} from '@picket/devices'
import {
  compilePacks,
  type EngineDevice,
  type EngineSite,
  engineDevices,
  engineSites,
  planRule,
  type Rule,
} from '@picket/rules'

/** A desired state made ready for the engine. */
export interface RuleSet {
  desired: DesiredState
  rules: readonly Rule[]
  devices: readonly EngineDevice[]
  sites: readonly EngineSite[]
  models: ModelLibrary
  registry: Registry
}

/**
 * Compiles what the cloud wants a gateway to judge: taken as a whole or not at all.
 *
 * @param outputs - names that the gateway's own file declares; rules can switch nothing else
 */
export function compileRuleSet(
  desired: DesiredState,
  outputs: ReadonlySet<string>,
): { ruleSet: RuleSet } | { faults: string[] } {
  const faults: FileFault[] = []
  const models = new Map()
  for (const { file, text } of desired.models) {
    const result = readModel(text, file)
    if ('model' in result) models.set(result.model.model, result.model)
    else faults.push(...result.faults)
  }
  const packs = compilePacks(desired.packs, { models })
  if (!packs.ok) faults.push(...packs.faults)
  const rules = packs.ok ? packs.rules.filter(({ runs }) => runs === 'gateway') : []
  const registry: Registry = { sites: desired.sites, gateways: [], devices: desired.devices }
  const devices = engineDevices(registry, models)
  const problems = [
    ...faults.map(formatFileFault),
    ...rules.flatMap(rule => planRule(rule, devices).faults.map(fault => `rule ${rule.id}: ${fault}`)),
    ...rules.flatMap(({ id, switches }) =>
      switches
        .filter(({ output }) => !outputs.has(output))
        .map(
          ({ output }) =>
            `rule ${id}: this gateway's file declares no output "${output}" (it has: ${[...outputs].join(', ') || 'none'})`,
        ),
    ),
    ...desired.overrides
      .filter(({ output }) => !outputs.has(output))
      .map(({ output }) => `override: this gateway's file declares no output "${output}"`),
  ]
  if (problems.length > 0) return { faults: problems }
  return { ruleSet: { desired, rules, devices, sites: engineSites(registry), models, registry } }
}
