import { type Fault, formatDuration, parseDuration } from '@picket/devices'
import type { OptionDefinition } from '../detectors/index.ts'
import { didYouMean } from './nearest.ts'

/** The options that were left out, where they have a default. */
export function defaultOptions(
  definitions: Readonly<Record<string, OptionDefinition>>,
): Record<string, number | string> {
  const options: Record<string, number | string> = {}
  for (const [name, { default: value }] of Object.entries(definitions))
    if (value !== undefined) options[name] = value
  return options
}

/**
 * Reads what stands after an option's keyword.
 *
 * @returns the value as a feature keeps it (ms for a length of time, a text for a word or a parameter's name), or
 * what is wrong and what would be right
 */
export function readOption(
  keyword: string,
  text: string,
  option: OptionDefinition,
): { value: number | string } | { fault: Fault } {
  switch (option.kind) {
    case 'number':
      return readNumber(keyword, text, option)
    case 'duration':
      return readDuration(keyword, text, option)
    case 'word':
      return option.words.includes(text)
        ? { value: text }
        : fault(`${keyword} "${text}" is unknown`, didYouMean(text, option.words))
    case 'text': {
      const read = option.read(text)
      return 'fault' in read ? read : { value: read.text }
    }
  }
}

/** The text of an option's value: `readOption` of it gives the same value. */
export const printOption = ({ kind }: OptionDefinition, value: number | string): string =>
  kind === 'duration' ? formatDuration(value as number) : String(value)

function readNumber(
  keyword: string,
  text: string,
  { min, max, meaning }: OptionDefinition & { kind: 'number' },
): { value: number | string } | { fault: Fault } {
  // Whether the rule has such a parameter is for the compiler of the rule to say.
  if (/^[A-Za-z]\w*$/.test(text)) return { value: text }
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text))
    return fault(
      `${keyword} "${text}" is neither a number nor the name of a parameter`,
      `${keyword}: ${meaning}`,
    )
  // -0 and 0 are one number.
  const value = Number(text) + 0
  return value >= min && value <= max
    ? { value }
    : fault(`${keyword} ${text} is not between ${min} and ${max}`, `${keyword}: ${meaning}`)
}

function readDuration(
  keyword: string,
  text: string,
  { minMs = 1, maxMs = Number.MAX_SAFE_INTEGER }: OptionDefinition & { kind: 'duration' },
): { value: number } | { fault: Fault } {
  const ms = parseDuration(text)
  if (ms === undefined || !Number.isSafeInteger(ms) || ms <= 0)
    return {
      fault: {
        code: 'feature-duration',
        message: `the ${keyword} "${text}" is no duration above zero`,
        hint: 'write for example 90s, 10m, 6h, 1h30m or 15d',
      },
    }
  return ms >= minMs && ms <= maxMs
    ? { value: ms }
    : fault(`${keyword} ${text} is not between ${formatDuration(minMs)} and ${formatDuration(maxMs)}`)
}

const fault = (message: string, hint?: string): { fault: Fault } => ({
  fault: { code: 'feature-option', message, ...(hint === undefined ? {} : { hint }) },
})
