import { combine, formatDuration, type ModelLibrary, ONE, parseUnit, type Unit } from '@picket/devices'
import type { Feature, Rule } from '../rule.ts'
import type { Report } from './compile-rule.ts'
import type { UnitsOfNames } from './condition-units.ts'
import type { RuleSource } from './pack-schema.ts'

/**
 * The units of a rule's features and parameters.
 *
 * @param rule - its features and parameters, compiled
 * @param scope.report - is told of parameters whose unit is none
 */
export function unitsOfRule(
  { features, parameters }: Pick<Rule, 'features' | 'parameters'>,
  { source, models, report }: { source: RuleSource; models: ModelLibrary; report: Report },
): UnitsOfNames {
  const units = new Map<string, Unit | undefined>()
  for (const feature of features) {
    const unit = unitOfQuantity(feature.quantity, { model: source.select.model, models })
    units.set(feature.name, unit && unitOfFeature(feature, unit))
  }
  for (const { name, unit: text } of parameters) {
    const result = parseUnit(text)
    if (result.ok) units.set(name, result.unit)
    else
      report(['parameters', name, 'unit'], { ...result.fault, message: `${name}: ${result.fault.message}` })
  }
  return units
}

/** The unit of a quantity in the models that are meant; undefined where they do not agree. */
function unitOfQuantity(
  quantity: string,
  { model, models }: { model: string | undefined; models: ModelLibrary },
): Unit | undefined {
  const meant = model === undefined ? [...models.values()] : [models.get(model)]
  const texts = new Set(
    meant.flatMap(one =>
      one && Object.hasOwn(one.quantities, quantity) ? (one.quantities[quantity]?.unit ?? []) : [],
    ),
  )
  const [text] = texts
  const unit = texts.size === 1 && text !== undefined ? parseUnit(text) : undefined
  return unit?.ok ? unit.unit : undefined
}

/** The unit of a feature's value, from that of its quantity. */
function unitOfFeature({ detector, perMs }: Feature, unit: Unit): Unit {
  switch (detector) {
    case 'rate':
      return combine(difference(unit), timeUnit(perMs), -1)
    case 'delta':
    case 'std':
    case 'spread':
      return difference(unit)
    default:
      return unit
  }
}

// A difference of two temperatures is in kelvin.
const difference = (unit: Unit): Unit => (unit.point ? { ...unit, text: 'K', point: false } : unit)

function timeUnit(ms: number): Unit {
  const text = formatDuration(ms)
  const known = { '1d': 'd', '1h': 'h', '1m': 'min', '1s': 's' }[text] ?? `${ms / 1000}.s`
  const unit = parseUnit(known)
  return unit.ok ? unit.unit : ONE
}
