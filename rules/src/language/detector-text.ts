import { DETECTORS, type DetectorDefinition, type OptionDefinition } from '../detectors/index.ts'
import { printOption } from './option-text.ts'

/** What a person writes for an option's value. */
function writtenAs(option: OptionDefinition): string {
  switch (option.kind) {
    case 'number':
      return 'a number or a parameter'
    case 'duration':
      return 'a time'
    case 'word':
      return option.words.join(' | ')
    case 'text':
      return option.examples[0] ?? 'text'
  }
}

function howOften(option: OptionDefinition): string {
  if (option.default !== undefined) return `; ${printOption(option, option.default)} if absent`
  return option.optional ? '; may be absent' : ''
}

/** How a detector is written: `rate(quantity, window)`. The bare quantity is its newest reading. */
const formOf = ({ name, inputs, windowed }: DetectorDefinition): string => {
  const places = inputs.map(input => input.replaceAll(' ', '-'))
  return name === 'last'
    ? places.join()
    : `${name}(${[...places, ...(windowed ? ['window'] : [])].join(', ')})`
}

/**
 * What rules can compute from readings, for the person who writes one.
 *
 * @returns a paragraph for each detector: how it is written, what its value is, and its options
 */
export const detectorTexts = (): ReadonlyMap<string, string> =>
  new Map(
    [...DETECTORS.values()].map(definition => [
      definition.name,
      [
        formOf(definition),
        `    ${definition.meaning}`,
        ...Object.entries(definition.options).map(
          ([keyword, option]) =>
            `    ${keyword} (${writtenAs(option)}): ${option.meaning}${howOften(option)}`,
        ),
      ].join('\n'),
    ]),
  )
