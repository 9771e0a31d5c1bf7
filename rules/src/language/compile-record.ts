import type { ModelLibrary } from '@picket/devices'
import type { Recording } from '../rule.ts'
import type { Report } from './compile-rule.ts'
import type { UnitsOfNames } from './condition-units.ts'
import { didYouMean } from './nearest.ts'
import type { RuleSource } from './pack-schema.ts'

const NAME = /^[a-z][a-z0-9_]{0,63}$/

/**
 * What a rule records.
 *
 * @param units - of the rule's features
 */
export function compileRecord(
  { source, models, report }: { source: RuleSource; models: ModelLibrary; report: Report },
  units: UnitsOfNames,
): Recording[] {
  const { record = {}, features = {}, select, per } = source
  if (per === 'site' && source.record)
    report(['record'], {
      code: 'record-site',
      message: 'record: a derived series is one of a device; this rule judges whole sites',
      hint: 'record it in a rule per device',
    })
  return Object.entries(record).map(([quantity, { feature, name }]) => {
    const path = ['record', quantity]
    const model = modelsOf(select.model, models).find(one => Object.hasOwn(one.quantities, quantity))
    if (!NAME.test(quantity))
      report(path, {
        code: 'record-name',
        message: `record: "${quantity}" cannot be the name of a series`,
        hint: 'use a-z, 0-9 and _, a letter first, as in tangent_angle',
      })
    else if (model)
      report(path, {
        code: 'record-quantity',
        message: `record.${quantity}: model ${model.model} has a quantity of that name`,
        hint:
          select.model === undefined
            ? 'choose another name, or select by model'
            : 'choose another name: what is measured is never written over',
      })
    const unit = units.get(feature)
    if (!Object.hasOwn(features, feature))
      report([...path, 'feature'], {
        code: 'record-feature',
        message: `record.${quantity}: this rule has no feature "${feature}"`,
        hint: didYouMean(feature, Object.keys(features)),
      })
    else if (unit === undefined && units.has(feature))
      report([...path, 'feature'], {
        code: 'record-unit',
        message: `record.${quantity}: the unit of ${feature} is not known`,
        hint: 'select by model, so that the units of its quantities are',
      })
    return { quantity, feature, name, unit: unit?.text ?? '' }
  })
}

const modelsOf = (id: string | undefined, models: ModelLibrary) =>
  [...models.values()].filter(({ model }) => id === undefined || model === id)
