import { type Fault, formatDuration, isName, parseDuration } from '@picket/devices'
import { DETECTORS } from '../detectors/index.ts'
import type { Feature } from '../rule.ts'
import { didYouMean } from './nearest.ts'

const DAY_MS = 86_400_000
/** A window and its lag together may reach this far back: samples are kept in memory for it. */
export const LONGEST_REACH_MS = 60 * DAY_MS

/** Detectors that take a window: all but `last`, which is written as the bare quantity. */
const WINDOWED = Object.keys(DETECTORS).filter(name => name !== 'last')

export type FeatureResult = { ok: true; feature: Feature } | { ok: false; fault: Fault }

/** What stands after the quantity: the window and its options. */
type Timing = Pick<Feature, 'windowMs' | 'lagMs' | 'perMs' | 'gaps'>

/**
 * Reads a feature: `level`, or `detector(quantity, window, option...)` with the options `per <duration>`
 * (of `rate`; one day if absent), `lag <duration>` and `gaps zero` (of `sum`), each at most once.
 *
 * @param name - the name that conditions use for it
 * @param text - for example `sum(rain, 360h, lag 72h, gaps zero)`
 * @returns the feature, or what is wrong with the text; never throws
 */
export function parseFeature(name: string, text: string): FeatureResult {
  const trimmed = text.trim()
  const call = /^([^\s(),]+)\s*\(([^()]*)\)$/.exec(trimmed)
  if (!call) return bareQuantity(name, trimmed)
  const [, detector = '', inside = ''] = call
  if (detector === 'last')
    return fault('feature-last', 'the last value is written without a detector', `write "${inside.trim()}"`)
  if (!WINDOWED.includes(detector))
    return fault('feature-detector', `there is no detector "${detector}"`, `known: ${WINDOWED.join(', ')}`)
  const [quantity = '', window, ...options] = inside.split(',').map(part => part.trim().replace(/\s+/g, ' '))
  if (!isQuantityName(quantity))
    return fault('feature-quantity', `"${quantity}" is not the name of a quantity`)
  if (!window)
    return fault('feature-window', `${detector} needs a window`, `for example ${detector}(${quantity}, 6h)`)
  const timing = parseTiming(detector, window, options)
  if ('code' in timing) return { ok: false, fault: timing }
  return { ok: true, feature: { name, text: trimmed, detector, quantity, ...timing } }
}

/** The shortest text that means the feature: `parseFeature` of it gives the same feature again. */
export function printFeature({ detector, quantity, windowMs, lagMs, perMs, gaps }: Feature): string {
  if (detector === 'last') return quantity
  const parts = [quantity, formatDuration(windowMs)]
  if (detector === 'rate' && perMs !== DAY_MS) parts.push(`per ${formatDuration(perMs)}`)
  if (lagMs > 0) parts.push(`lag ${formatDuration(lagMs)}`)
  if (gaps === 'zero') parts.push('gaps zero')
  return `${detector}(${parts.join(', ')})`
}

function bareQuantity(name: string, text: string): FeatureResult {
  if (!isQuantityName(text))
    return fault(
      'feature-syntax',
      `"${text}" cannot be read`,
      'write a quantity, such as level, or a detector, such as rate(displacement, 6h)',
    )
  const timing: Timing = { windowMs: 0, lagMs: 0, perMs: 0, gaps: 'unknown' }
  return { ok: true, feature: { name, text, detector: 'last', quantity: text, ...timing } }
}

const isQuantityName = (text: string): boolean => isName(text) && !/[\s(),]/.test(text)

function parseTiming(detector: string, window: string, options: readonly string[]): Timing | Fault {
  const windowMs = parseWholeMs(window)
  if (!windowMs) return badDuration('window', window)
  const timing: Timing = { windowMs, lagMs: 0, perMs: detector === 'rate' ? DAY_MS : 0, gaps: 'unknown' }
  const seen = new Set<string>()
  for (const option of options) {
    const [keyword = '', value = '', ...rest] = option.split(' ')
    if (rest.length > 0 || !['per', 'lag', 'gaps'].includes(keyword))
      return {
        code: 'feature-option',
        message: `"${option}" is no option`,
        hint: 'known: per 1h, lag 72h, gaps zero',
      }
    if (seen.has(keyword)) return { code: 'feature-option', message: `"${keyword}" is given twice` }
    seen.add(keyword)
    const wrong = readOption(timing, detector, { keyword, value })
    if (wrong) return wrong
  }
  if (timing.windowMs + timing.lagMs > LONGEST_REACH_MS)
    return {
      code: 'feature-reach',
      message: `the window${timing.lagMs ? ' and its lag reach' : ' reaches'} more than 60d back`,
      hint: 'choose a shorter one: readings are kept in memory for it',
    }
  return timing
}

function readOption(
  timing: Timing,
  detector: string,
  { keyword, value }: { keyword: string; value: string },
): Fault | undefined {
  if (keyword === 'gaps') {
    if (value !== 'zero' && value !== 'unknown')
      return {
        code: 'feature-gaps',
        message: `"gaps ${value}" is no option`,
        hint: 'known: gaps zero, gaps unknown',
      }
    if (value === 'zero' && detector !== 'sum')
      return {
        code: 'feature-gaps',
        message: `${detector} cannot take gaps as zero: no reading is not a reading of 0`,
        hint: 'only sum accepts gaps zero, for amounts such as rain',
      }
    timing.gaps = value
    return undefined
  }
  const ms = parseWholeMs(value)
  if (!ms) return badDuration(keyword, value)
  if (keyword === 'lag') timing.lagMs = ms
  else if (detector !== 'rate')
    return { code: 'feature-per', message: `only rate takes "per", not ${detector}` }
  else timing.perMs = ms
  return undefined
}

/** A duration of a whole number of ms above 0, otherwise undefined. */
function parseWholeMs(text: string): number | undefined {
  const ms = parseDuration(text)
  return ms !== undefined && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined
}

const badDuration = (what: string, text: string): Fault => ({
  code: 'feature-duration',
  message: `the ${what} "${text}" is no duration above zero`,
  hint: 'write for example 90s, 10m, 6h, 1h30m or 15d',
})

const fault = (code: string, message: string, hint?: string): FeatureResult => ({
  ok: false,
  fault: hint === undefined ? { code, message } : { code, message, hint },
})

/** A fault for a quantity that a model does not report. */
export const unknownQuantity = (quantity: string, known: readonly string[], where: string): Fault => ({
  code: 'feature-quantity',
  message: `${where} has no quantity "${quantity}"`,
  hint: didYouMean(quantity, known),
})
