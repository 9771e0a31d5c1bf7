import {
  type DeviceModel,
  type Fault,
  formatDuration,
  type ModelLibrary,
  parseDuration,
} from '@picket/devices'
import { definitionOf, reachOf } from '../detectors/index.ts'
import { DEFAULT_LIMITS } from '../engine/event.ts'
import type { Feature, FeatureInput } from '../rule.ts'
import { didYouMean } from './nearest.ts'
import type { RuleSource } from './pack-schema.ts'
import type { RecordedQuantities } from './recorded-quantities.ts'

/** What a feature is checked against. */
interface Against {
  source: RuleSource
  models: ModelLibrary
  /** What the rules that are used together record. */
  recorded: RecordedQuantities
}

/**
 * What is wrong with a feature in its rule: quantities that are not there, windows that hold too few readings or too
 * many, parameters that are not there or may leave an option's bounds.
 *
 * @param feature - as the grammar read it
 * @returns the first fault
 */
export function checkFeature(feature: Feature, { source, models, recorded }: Against): Fault | undefined {
  return (
    feature.inputs.reduce<Fault | undefined>(
      (fault, input) => fault ?? checkInput(input, feature, { source, models, recorded }),
      undefined,
    ) ??
    checkAcross(feature, source) ??
    checkParameters(feature, source.parameters ?? {})
  )
}

function checkInput(
  input: FeatureInput,
  feature: Feature,
  { source, models, recorded }: Against,
): Fault | undefined {
  const selector = input.from === '' ? source.select : (source.with?.[input.from] ?? {})
  const { model: id } = selector
  const model = id === undefined ? undefined : models.get(id)
  // A model that is not there has its own fault.
  if (id !== undefined && !model) return undefined
  return (
    checkQuantity(input, model, {
      models,
      recorded: recorded.namesFor(selector),
      others: Object.keys(source.with ?? {}),
    }) ?? (model ? checkWindow(feature, model) : undefined)
  )
}

// A rule per device reads one device of its own.
function checkAcross({ across, inputs }: Feature, { per }: RuleSource): Fault | undefined {
  if (across === undefined || per === 'site' || inputs.some(({ from }) => from !== '')) return undefined
  return {
    code: 'feature-across',
    message: `across ${across}: this rule judges each device by itself`,
    hint: 'leave across out, or write per: site',
  }
}

function checkQuantity(
  { quantity }: FeatureInput,
  model: DeviceModel | undefined,
  {
    models,
    recorded,
    others,
  }: { models: ModelLibrary; recorded: readonly string[]; others: readonly string[] },
): Fault | undefined {
  const measured = model
    ? Object.keys(model.quantities)
    : [...new Set([...models.values()].flatMap(({ quantities }) => Object.keys(quantities)))]
  const known = [...measured, ...recorded]
  if (known.includes(quantity)) return undefined
  const [input = '', ...rest] = quantity.split('.')
  if (rest.length > 0 && !known.some(name => name.startsWith(`${input}.`)))
    return {
      code: 'feature-input',
      message: `there is no input "${input}"`,
      hint:
        others.length > 0
          ? didYouMean(input, others)
          : `name it: with: { ${input}: { model: ... } }, or write the quantity alone for the devices that select chooses`,
    }
  return {
    code: 'feature-quantity',
    message: `${model ? `model ${model.model}` : 'no model'} has no quantity "${quantity}"`,
    hint: didYouMean(quantity, known),
  }
}

function checkWindow(feature: Feature, model: DeviceModel): Fault | undefined {
  const definition = definitionOf(feature)
  const intervalMs = parseDuration(model.interval)
  if (!intervalMs || !definition.windowed) return undefined
  const { windowMs, options } = feature
  const most = definition.mostSamples ?? DEFAULT_LIMITS.maxSamples
  const spanMs = definition.mostSamples === undefined ? reachOf(feature) : windowMs
  if (spanMs / intervalMs > most)
    return {
      code: 'feature-window',
      message: `${formatDuration(spanMs)} of a ${model.model} are ${Math.round(spanMs / intervalMs)} readings; ${definition.name} keeps ${most} in memory`,
      hint: `it reports every ${model.interval}: choose at most ${formatDuration(most * intervalMs)}`,
    }
  if (options.gaps === 'zero' || definition.knowsSilence || windowMs > intervalMs) return undefined
  return {
    code: 'feature-window',
    message: `a window of ${formatDuration(windowMs)} never holds two readings of a ${model.model}`,
    hint: `it reports every ${model.interval}: choose at least ${formatDuration(3 * intervalMs)}`,
  }
}

function checkParameters(
  feature: Feature,
  parameters: NonNullable<RuleSource['parameters']>,
): Fault | undefined {
  for (const [name, option] of Object.entries(definitionOf(feature).options)) {
    const value = feature.options[name]
    if (option.kind !== 'number' || typeof value !== 'string') continue
    const parameter = Object.hasOwn(parameters, value) ? parameters[value] : undefined
    if (!parameter)
      return {
        code: 'feature-parameter',
        message: `${name} "${value}" is neither a number nor a parameter of this rule`,
        hint: didYouMean(value, Object.keys(parameters)),
      }
    if (parameter.min < option.min || parameter.max > option.max)
      return {
        code: 'feature-parameter',
        message: `parameter ${value} may be ${parameter.min} to ${parameter.max}, but ${name} must stay between ${option.min} and ${option.max}`,
        hint: 'give the parameter narrower bounds',
      }
  }
  return undefined
}
