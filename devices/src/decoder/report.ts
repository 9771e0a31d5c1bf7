import { formatBeijing } from '../codecs/local-time.ts'
import { Mark } from '../reading.ts'
import type { Reading as Inspected } from './guess.ts'

const MAX_RAW = 24

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

/** The same as one JSON value a message. */
export const jsonOf = ({ codec, fields, decoded }: Inspected): string =>
  JSON.stringify({ codec: codec.name, ...decoded, fields })

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
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => widthOf(row[column] ?? ''))))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))).join('  ')
  return rows.map(row => `  ${line(row)}`.trimEnd()).join('\n')
}

const widthOf = (text: string): number =>
  [...text].reduce((width, char) => width + (/[\u1100-\u115f\u2e80-\uffdc]/.test(char) ? 2 : 1), 0)
