import type { ModelLibrary } from '@picket/devices'
import { mayMeet } from '../language/recorded-quantities.ts'
import type { FeatureInput, Rule, Selector } from '../rule.ts'
import type { EngineDevice } from './event.ts'
import { planRule, selects, sourcesOf } from './scope-plan.ts'

/** Rules in an order in which each comes after those whose series it reads; otherwise as they were. */
export function inRecordingOrder(rules: readonly Rule[]): Rule[] {
  const recorders = recordersByQuantity(rules)
  if (recorders.size === 0) return [...rules]
  const ordered = new Set<Rule>()
  const begun = new Set<Rule>()
  const add = (rule: Rule): void => {
    // A loop was refused when the rules were compiled.
    if (begun.has(rule)) return
    begun.add(rule)
    for (const source of recordedSourcesOf(rule, recorders)) add(source)
    ordered.add(rule)
  }
  for (const rule of rules) add(rule)
  return [...ordered]
}

/**
 * What is wrong with derived series over these devices, in words: two rules that write the same one, and rules that read
 * one where no rule writes it.
 */
export function recordFaults(
  rules: readonly Rule[],
  devices: readonly EngineDevice[],
  models: ModelLibrary,
): string[] {
  const recorders = recordersByQuantity(rules)
  if (recorders.size === 0) return []
  return [
    ...writtenTwice(recorders, devices),
    ...rules.flatMap(rule => readInVain(rule, { recorders, devices, models })),
  ]
}

function readInVain(
  rule: Rule,
  {
    recorders,
    devices,
    models,
  }: {
    recorders: ReadonlyMap<string, readonly Rule[]>
    devices: readonly EngineDevice[]
    models: ModelLibrary
  },
): string[] {
  const faults = rule.features.flatMap(feature => {
    const at = feature.inputs.findIndex(({ quantity }) => recorders.has(quantity))
    if (at < 0) return []
    const { quantity } = feature.inputs[at] as FeatureInput
    const writers = recorders.get(quantity) ?? []
    const isThere = (device: EngineDevice): boolean =>
      writers.some(({ select }) => selects(select, device)) ||
      Object.hasOwn(models.get(device.model)?.quantities ?? {}, quantity)
    const where = writers.map(({ id, select }) => `rule ${id} records it where ${selectorText(select)}`)
    return planRule(rule, devices)
      .scopes.flatMap(plan => sourcesOf(feature, plan).flatMap(sources => sources[at] ?? []))
      .filter(device => !isThere(device))
      .map(
        ({ id }) =>
          `rule ${rule.id}: ${feature.name}: device "${id}" has no series "${quantity}" (${where.join('; ')})`,
      )
  })
  return [...new Set(faults)]
}

function writtenTwice(
  recorders: ReadonlyMap<string, readonly Rule[]>,
  devices: readonly EngineDevice[],
): string[] {
  return [...recorders].flatMap(([quantity, rules]) => {
    if (rules.length === 1) return []
    return devices.flatMap(device => {
      const [first, second] = rules.filter(({ select }) => selects(select, device))
      if (!first || !second) return []
      return [
        `rule ${second.id}: record.${quantity}: rule ${first.id} records it at device "${device.id}" too: give one of them another name`,
      ]
    })
  })
}

function recordersByQuantity(rules: readonly Rule[]): Map<string, Rule[]> {
  const recorders = new Map<string, Rule[]>()
  for (const rule of rules)
    for (const { quantity } of rule.record)
      recorders.set(quantity, [...(recorders.get(quantity) ?? []), rule])
  return recorders
}

/** How far back what a rule reads goes, through the rules that record it; `reach` of a rule without them. */
export function reachThroughRecords(
  rules: readonly Rule[],
  reach: (rule: Rule) => number,
): Map<Rule, number> {
  const recorders = recordersByQuantity(rules)
  const reaches = new Map<Rule, number>()
  for (const rule of inRecordingOrder(rules)) {
    const before = recordedSourcesOf(rule, recorders).map(source => reaches.get(source) ?? 0)
    reaches.set(rule, reach(rule) + Math.max(0, ...before))
  }
  return reaches
}

/** Rules that may record what a rule reads. */
function recordedSourcesOf(rule: Rule, recorders: ReadonlyMap<string, readonly Rule[]>): Rule[] {
  return rule.features.flatMap(({ inputs }) =>
    inputs.flatMap(({ from, quantity }) => {
      const selector: Selector = from === '' ? rule.select : (rule.with[from] ?? {})
      return (recorders.get(quantity) ?? []).filter(({ select }) => mayMeet(select, selector))
    }),
  )
}

const selectorText = (selector: Selector): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key} is ${value}`)
    .join(' and ')
