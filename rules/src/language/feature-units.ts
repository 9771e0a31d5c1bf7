import { isSameKind, type ModelLibrary, parseUnit, type Unit } from '@picket/devices'
import { definitionOf } from '../detectors/index.ts'
import type { Feature, FeatureInput, Rule } from '../rule.ts'
import type { Report } from './compile-rule.ts'
import type { UnitsOfNames } from './condition-units.ts'
import type { RuleSource } from './pack-schema.ts'
import type { RecordedQuantities } from './recorded-quantities.ts'

interface Scope {
  source: RuleSource
  models: ModelLibrary
  recorded: RecordedQuantities
  report: Report
}

const EQUAL_WITHIN = 1e-9

/**
 * The units of a rule's features and parameters.
 *
 * @param rule - its features and parameters, compiled
 * @param scope.report - is told of parameters whose unit is none, or not the one that a detector's option takes
 */
export function unitsOfRule(
  { features, parameters }: Pick<Rule, 'features' | 'parameters'>,
  scope: Scope,
): UnitsOfNames {
  const units = new Map<string, Unit | undefined>()
  for (const { name, unit: text } of parameters) {
    const result = parseUnit(text)
    if (result.ok) units.set(name, result.unit)
    else
      scope.report(['parameters', name, 'unit'], {
        ...result.fault,
        message: `${name}: ${result.fault.message}`,
      })
  }
  for (const feature of features) {
    const inputs = unitsOfInputs(feature.inputs, scope)
    checkOptions(feature, { inputs, units, report: scope.report })
    const text = feature.across === 'count' ? '1' : definitionOf(feature).unit(inputs, feature.options)
    units.set(feature.name, text === undefined ? undefined : unitOf(text))
  }
  return units
}

/** UCUM codes of the inputs; none at all where one is not known. */
export function unitsOfInputs(
  inputs: readonly FeatureInput[],
  scope: Pick<Scope, 'source' | 'models' | 'recorded'>,
): string[] {
  const units = inputs.map(input => unitOfInput(input, scope))
  return units.every(unit => unit !== undefined) ? units : []
}

// Without a model the unit is known where all models that have the quantity agree, or all rules that record it.
function unitOfInput(
  { from, quantity }: FeatureInput,
  { source, models, recorded }: Pick<Scope, 'source' | 'models' | 'recorded'>,
): string | undefined {
  const selector = (from ? source.with?.[from] : source.select) ?? {}
  const { model } = selector
  const meant = model === undefined ? [...models.values()] : [models.get(model)]
  const units = new Set<string>()
  for (const { quantities } of meant.filter(one => one !== undefined))
    if (Object.hasOwn(quantities, quantity)) units.add(quantities[quantity]?.unit as string)
  if (units.size === 0) return recorded.unitOf(selector, quantity)
  const [unit] = units
  return units.size === 1 ? unit : undefined
}

function checkOptions(
  feature: Feature,
  { inputs, units, report }: { inputs: readonly string[]; units: UnitsOfNames; report: Report },
): void {
  for (const [name, option] of Object.entries(definitionOf(feature).options)) {
    const parameter = feature.options[name]
    if (option.kind !== 'number' || typeof parameter !== 'string') continue
    const wanted = unitOf(option.unit?.(inputs, feature.options) ?? '')
    const given = units.get(parameter)
    if (
      !wanted ||
      !given ||
      (isSameKind(wanted, given) && Math.abs(wanted.factor / given.factor - 1) < EQUAL_WITHIN)
    )
      continue
    report(['features', feature.name], {
      code: 'feature-units',
      message: `${feature.name}: ${name} of ${feature.detector} is in ${wanted.text}, parameter ${parameter} in ${given.text}`,
      hint: `give "${parameter}" in ${wanted.text}`,
    })
  }
}

function unitOf(text: string): Unit | undefined {
  const result = parseUnit(text)
  return result.ok ? result.unit : undefined
}
