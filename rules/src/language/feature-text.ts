import { type Fault, formatDuration, isName, parseDuration } from '@picket/devices'
import { DETECTORS, type DetectorDefinition, definitionOf } from '../detectors/index.ts'
import type { Across, Feature, FeatureInput } from '../rule.ts'
import { didYouMean } from './nearest.ts'
import { defaultOptions, printOption, readOption } from './option-text.ts'

const DAY_MS = 86_400_000
/** A window and its lag together may reach this far back: samples are kept in memory for it. */
export const LONGEST_REACH_MS = 60 * DAY_MS

const ACROSS: readonly Across[] = ['min', 'max', 'mean', 'sum', 'median', 'count']

export type FeatureResult = { ok: true; feature: Feature } | { ok: false; fault: Fault }

/** Thrown within this file only, and turned into a result. */
class FeatureFault extends Error {
  readonly fault: Fault
  constructor(code: string, message: string, hint?: string) {
    super(message)
    this.fault = hint === undefined ? { code, message } : { code, message, hint }
  }
}

/**
 * Reads a feature: `level`, or `detector(quantity..., window, option...)`. The table of detectors says how many
 * quantities a detector takes, whether it takes a window, and its options; `lag <duration>` goes with every window
 * and `across <word>` with every detector. Each option may be given once.
 *
 * @param name - the name that conditions use for it
 * @param text - for example `sum(gauge.rain, 360h, lag 72h, gaps zero)`
 * @param inputs - names of the rule's further inputs: `gauge.rain` is the rain of `gauge`, if that is one of them
 * @returns the feature, or what is wrong with the text; never throws
 */
export function parseFeature(name: string, text: string, inputs: readonly string[] = []): FeatureResult {
  try {
    return { ok: true, feature: { name, text: text.trim(), ...read(text.trim(), inputs) } }
  } catch (error) {
    if (error instanceof FeatureFault) return { ok: false, fault: error.fault }
    throw error
  }
}

/** The shortest text that means the feature: `parseFeature` of it gives the same feature again. */
export function printFeature(feature: Feature): string {
  const { detector, inputs, windowMs, lagMs, across } = feature
  const definition = definitionOf(feature)
  const quantities = inputs.map(({ from, quantity }) => (from ? `${from}.${quantity}` : quantity))
  if (detector === 'last' && across === undefined) return quantities.join()
  const parts = [...quantities, ...(definition.windowed ? [formatDuration(windowMs)] : [])]
  for (const [keyword, option] of Object.entries(definition.options)) {
    const value = feature.options[keyword]
    if (value !== undefined && value !== option.default)
      parts.push(`${keyword} ${printOption(option, value)}`)
  }
  if (lagMs > 0) parts.push(`lag ${formatDuration(lagMs)}`)
  if (across !== undefined) parts.push(`across ${across}`)
  return `${detector}(${parts.join(', ')})`
}

type Meaning = Omit<Feature, 'name' | 'text'>

function read(text: string, known: readonly string[]): Meaning {
  const call = /^([^\s(),]+)\s*\(([^()]*)\)$/.exec(text)
  if (!call) return bareQuantity(text, known)
  const [, detector = '', inside = ''] = call
  const definition = DETECTORS.get(detector)
  const names = [...DETECTORS.keys()].filter(name => name !== 'last')
  if (!definition)
    throw new FeatureFault(
      'feature-detector',
      `there is no detector "${detector}"`,
      didYouMean(detector, names),
    )
  const parts = inside.split(',').map(part => part.trim().replace(/\s+/g, ' '))
  const inputs = definition.inputs.map((what, at) => readInput(parts[at], { what, definition, known }))
  const rest = parts.slice(inputs.length)
  const windowMs = definition.windowed ? readWindow(rest.shift(), definition, inputs) : 0
  const feature = { detector, inputs, windowMs, ...readOptions(rest, definition) }
  if (detector === 'last' && feature.across === undefined)
    throw new FeatureFault(
      'feature-last',
      'the last value is written without a detector',
      `write "${inside.trim()}"`,
    )
  if (windowMs + feature.lagMs > LONGEST_REACH_MS)
    throw new FeatureFault(
      'feature-reach',
      `the window${feature.lagMs ? ' and its lag reach' : ' reaches'} more than 60d back`,
      'choose a shorter one: readings are kept in memory for it',
    )
  const wrong = definition.check?.(feature)
  if (wrong) throw new FeatureFault(wrong.code, wrong.message, wrong.hint)
  return feature
}

function bareQuantity(text: string, known: readonly string[]): Meaning {
  const input = inputOf(text, known)
  if (!input)
    throw new FeatureFault(
      'feature-syntax',
      `"${text}" cannot be read`,
      'write a quantity, such as level, or a detector, such as rate(displacement, 6h)',
    )
  return { detector: 'last', inputs: [input], windowMs: 0, lagMs: 0, options: {}, across: undefined }
}

/** A quantity, or `input.quantity` where that is a further input; a quantity's own name may have a dot as well. */
function inputOf(text: string, known: readonly string[]): FeatureInput | undefined {
  if (!isName(text) || /[\s(),]/.test(text)) return undefined
  const from = known.find(name => text.startsWith(`${name}.`) && text.length > name.length + 1)
  return from === undefined ? { from: '', quantity: text } : { from, quantity: text.slice(from.length + 1) }
}

function readInput(
  part: string | undefined,
  { what, definition, known }: { what: string; definition: DetectorDefinition; known: readonly string[] },
): FeatureInput {
  const input = part && inputOf(part, known)
  if (input) return input
  const { name, inputs } = definition
  if (part) throw new FeatureFault('feature-quantity', `"${part}" is not the name of a quantity`)
  throw new FeatureFault(
    'feature-quantity',
    `${name} needs ${what}`,
    `write ${name}(${inputs.join(', ')}, ...)`,
  )
}

function readWindow(
  text: string | undefined,
  { name }: DetectorDefinition,
  inputs: readonly FeatureInput[],
): number {
  const quantities = inputs.map(({ quantity }) => quantity).join(', ')
  if (!text)
    throw new FeatureFault(
      'feature-window',
      `${name} needs a window`,
      `for example ${name}(${quantities}, 6h)`,
    )
  return durationOf('window', text)
}

function readOptions(
  texts: readonly string[],
  definition: DetectorDefinition,
): Pick<Feature, 'lagMs' | 'options' | 'across'> {
  const result = {
    lagMs: 0,
    options: defaultOptions(definition.options),
    across: undefined as Across | undefined,
  }
  const known = [...Object.keys(definition.options), ...(definition.windowed ? ['lag'] : []), 'across']
  const seen = new Set<string>()
  for (const text of texts) {
    const [, keyword = '', value = ''] = /^(\S*) ?(.*)$/.exec(text) ?? []
    if (seen.has(keyword)) throw new FeatureFault('feature-option', `"${keyword}" is given twice`)
    seen.add(keyword)
    const option = Object.hasOwn(definition.options, keyword) ? definition.options[keyword] : undefined
    if (option) {
      const read = readOption(keyword, value, option)
      if ('fault' in read) throw new FeatureFault(read.fault.code, read.fault.message, read.fault.hint)
      result.options[keyword] = read.value
    } else if (keyword === 'lag' && definition.windowed) result.lagMs = durationOf(keyword, value)
    else if (keyword === 'across') result.across = acrossOf(value)
    else throw refusedOption(text, keyword, { definition, known })
  }
  for (const [keyword, option] of Object.entries(definition.options))
    if (result.options[keyword] === undefined && !option.optional)
      throw new FeatureFault('feature-option', `${definition.name} needs "${keyword}": ${option.meaning}`)
  return result
}

function refusedOption(
  text: string,
  keyword: string,
  { definition, known }: { definition: DetectorDefinition; known: readonly string[] },
): FeatureFault {
  if (keyword === 'gaps')
    return new FeatureFault(
      'feature-gaps',
      `${definition.name} cannot take gaps as zero: no reading is not a reading of 0`,
      'only amounts such as rain can: sum(rain, 24h, gaps zero)',
    )
  return new FeatureFault(
    'feature-option',
    `"${text}" is no option of ${definition.name}`,
    `its options: ${known.join(', ')}`,
  )
}

function acrossOf(text: string): Across {
  const across = ACROSS.find(word => word === text)
  if (across) return across
  throw new FeatureFault('feature-across', `across "${text}" is unknown`, `known: ${ACROSS.join(', ')}`)
}

function durationOf(what: string, text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && Number.isSafeInteger(ms) && ms > 0) return ms
  throw new FeatureFault(
    'feature-duration',
    `the ${what} "${text}" is no duration above zero`,
    'write for example 90s, 10m, 6h, 1h30m or 15d',
  )
}
