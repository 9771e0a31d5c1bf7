import { StartError } from '@picket/devices'

/** Splits one line of a text into fields. */
export type Splitter = (line: string) => string[]

/**
 * The splitter for a separator: a single character with quoting as in RFC 4180 (a quoted field may not hold a
 * line break here, because input is read line by line), or `whitespace` for runs of blanks and tabs.
 *
 * @throws StartError for anything else
 */
export function splitterOf(separator: string): Splitter {
  if (separator === 'whitespace') return line => line.trim().split(/\s+/)
  const character = separator === 'tab' ? '\t' : separator
  if (character.length !== 1 || character === '"')
    throw new StartError(
      'replay-separator',
      `--separator "${separator}": give one character, tab or whitespace`,
    )
  return line => (line.includes('"') ? splitQuoted(line, character) : line.split(character))
}

function splitQuoted(line: string, separator: string): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const character = line[i] as string
    if (character === '"' && quoted && line[i + 1] === '"') {
      field += '"'
      i++
    } else if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  fields.push(field)
  return fields
}

/**
 * The places of columns given by number (`3`, `1-5`) or by name in the header.
 *
 * @param header - the fields of the header line, or undefined without one
 * @returns indices from 0
 * @throws StartError for a name that the header lacks or a number that is no place
 */
export function columnsOf(text: string, header: readonly string[] | undefined): number[] {
  const numbers = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (numbers) {
    const first = Number(numbers[1])
    const last = Number(numbers[2] ?? first)
    if (first >= 1 && last >= first && last <= 1000)
      return Array.from({ length: last - first + 1 }, (_, index) => first - 1 + index)
  }
  const named = header?.map(name => name.trim()).indexOf(text) ?? -1
  if (named >= 0) return [named]
  const known = header
    ? `the header has: ${header.join(', ')}`
    : 'without a header, columns have numbers from 1'
  throw new StartError('replay-column', `there is no column "${text}"; ${known}`)
}

/** A fixed-width line, as its picture describes it. */
export interface Picture {
  length: number
  time(line: string): string
  value(line: string): string
}

/**
 * Reads a picture of a fixed-width line: one character per column, `V` for the value, `Y M D H m s` for the
 * parts of the time, anything else for what is skipped. The USGS rain files are `..YYYYMMDDHHVVV`.
 *
 * @returns the picture, and the format of the times that it cuts out
 * @throws StartError for a picture without a value or without a year
 */
export function pictureOf(text: string): { picture: Picture; timeFormat: string } {
  const places = [...text]
  const timeAt = places.flatMap((character, index) => ('YMDHms'.includes(character) ? [index] : []))
  const valueAt = places.flatMap((character, index) => (character === 'V' ? [index] : []))
  if (valueAt.length === 0 || !text.includes('YYYY'))
    throw new StartError(
      'replay-picture',
      `--fixed-width "${text}" needs YYYY for the year and V for the value`,
    )
  const pick = (line: string, at: readonly number[]): string => at.map(index => line[index] ?? '').join('')
  return {
    picture: {
      length: text.length,
      time: line => pick(line, timeAt),
      value: line => pick(line, valueAt),
    },
    timeFormat: pick(text, timeAt),
  }
}
