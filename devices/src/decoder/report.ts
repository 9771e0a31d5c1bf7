import { hexOf } from '../codecs/findings.ts'
import { formatBeijing } from '../codecs/local-time.ts'
import { Mark, Quality, qualityOf } from '../reading.ts'
import type { Inspected } from './guess.ts'

const MAX_RAW = 24
/** What the sender itself says against a reading. */
const QUALITY_WORDS = new Map<number, string>([
  [Quality.SUSPECT, 'suspect'],
  [Quality.FAIL, 'failed'],
])

/** What a message says, as text for a terminal. */
export function reportOf({ codec, fields, decoded }: Inspected): string {
  const { readings, facts, faults } = decoded
  const parts = [codec.name]
  if (fields.length > 0) parts.push(fieldTable(fields))
  if (facts.length > 0)
    parts.push(
      `facts\n${table(facts.map(({ device, name, value, t }) => [device, name, String(value), t === undefined ? '' : formatBeijing(t)]))}`,
    )
  if (readings.length > 0)
    parts.push(
      `readings\n${table(
        readings.map(({ device, quantity, t, v, q }) => [
          device,
          quantity,
          String(v),
          formatBeijing(t) + (q & Mark.ARRIVAL_TIME ? ' (arrival)' : ''),
          QUALITY_WORDS.get(qualityOf(q)) ?? '',
        ]),
      )}`,
    )
  if (faults.length > 0)
    parts.push(
      `faults\n${table(
        faults.map(({ code, message, hint, offset, lengthBytes }) => [
          lengthBytes > 1 ? `bytes ${offset}..${offset + lengthBytes - 1}` : `byte ${offset}`,
          code,
          hint === undefined ? message : `${message} (${hint})`,
        ]),
      )}`,
    )
  return parts.join('\n\n')
}

/** The same as a value for one line of JSON. */
export const recordOf = ({ codec, fields, decoded }: Inspected): object => ({
  codec: codec.name,
  ...decoded,
  fields,
})

/** The bytes of a message in hex, with dots where a field is secret. */
export function hexShown(bytes: Uint8Array, { fields }: Inspected): string {
  let hex = hexOf(bytes)
  for (const { offset, raw } of fields)
    if (raw.startsWith('.')) hex = hex.slice(0, 2 * offset) + raw + hex.slice(2 * offset + raw.length)
  return hex
}

function fieldTable(fields: Inspected['fields']): string {
  const rows = fields.map(({ name, offset, raw, meaning, unit }) => [
    String(offset).padStart(5),
    raw.length > 2 * MAX_RAW ? `${raw.slice(0, 2 * MAX_RAW)}...` : raw,
    name,
    unit === undefined || unit === '1' ? meaning : `${meaning} ${unit}`,
  ])
  return table([['byte'.padStart(5), 'raw', 'field', 'meaning'], ...rows])
}

/** Rows in columns as wide as their widest cell; Chinese characters take two places. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map(row => row.map(harmless))
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => widthOf(row[column] ?? ''))))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))).join('  ')
  return rows.map(row => `  ${line(row)}`.trimEnd()).join('\n')
}

// What came over a wire must not move the cursor of whoever looks at it.
const harmless = (text: string): string => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·')

const widthOf = (text: string): number =>
  [...text].reduce((width, char) => width + (/[\u1100-\u115f\u2e80-\uffdc]/.test(char) ? 2 : 1), 0)
