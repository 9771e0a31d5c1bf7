import { linesOf } from '../codecs/csv/lines.ts'
import { COLUMNS, cellOf, unmarked, valueIn } from './columns.ts'
import { type BadRow, type Entry, isKind, KINDS, type Kind, MOST_ROWS, type Row, type Rows } from './entry.ts'
import type { Registry } from './registry.ts'

const HEADINGS = ['kind', 'id', ...COLUMNS.keys()]
/** A cell that takes its field away; an empty one leaves it as it is. */
const NOTHING = '-'

/**
 * Reads a table of sites, gateways and devices (RFC 4180, UTF-8 or UTF-16). An empty cell leaves what the registry has;
 * a cell `-` takes it away.
 */
export function readCsv(bytes: Uint8Array): Rows {
  const text = textOf(bytes)
  if (text === undefined) return { fault: 'it is neither UTF-8 nor UTF-16; save it as "CSV UTF-8"' }
  const rows: (Row | BadRow)[] = []
  let headings: string[] | undefined
  for (const { number, cells, isOpen } of linesOf(Buffer.from(text), ',')) {
    if (rows.length === MOST_ROWS) return { fault: `more than ${MOST_ROWS} rows; cut the file into several` }
    if (isOpen) return { fault: `row ${number}: a quotation mark opens and none closes` }
    if (headings) {
      if (cells.some(cell => cell !== '')) rows.push(rowOf(cells, headings, number))
    } else {
      const fault = headingFault(cells)
      if (fault) return { fault }
      headings = cells
    }
  }
  return headings ? { rows } : { fault: 'it is empty' }
}

function headingFault(headings: readonly string[]): string | undefined {
  const known = `columns: ${HEADINGS.join(', ')}`
  const unknown = headings.find(one => !HEADINGS.includes(one))
  if (unknown !== undefined) return `there is no column "${unknown}"; ${known}`
  const twice = headings.find((one, at) => headings.indexOf(one) < at)
  if (twice !== undefined) return `the column "${twice}" is there twice`
  const missing = ['kind', 'id'].find(one => !headings.includes(one))
  return missing === undefined ? undefined : `the column "${missing}" is missing; ${known}`
}

function rowOf(cells: readonly string[], headings: readonly string[], number: number): Row | BadRow {
  const cell = (column: string): string => cells[headings.indexOf(column)] ?? ''
  const id = unmarked(cell('id'))
  const kind = cell('kind')
  if (cells.length > headings.length)
    return { number, id, why: `${cells.length} cells under ${headings.length} headings` }
  if (!isKind(kind)) return { number, id, why: `kind "${kind}" is none of ${Object.keys(KINDS).join(', ')}` }
  const fields = new Map<string, unknown>()
  for (const [column, form] of COLUMNS) {
    const text = cell(column)
    if (text === '') continue
    try {
      fields.set(column, text === NOTHING ? undefined : valueIn(text, form))
    } catch (error) {
      return { number, id, why: `${column}: ${(error as Error).message}` }
    }
  }
  return { number, kind, id, fields }
}

/** Text in UTF-8 or, with its byte order mark, UTF-16; undefined where it is neither. */
function textOf(bytes: Uint8Array): string | undefined {
  const [a, b] = bytes
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

/** The registry as a table that spreadsheets open as it is: with a byte order mark, and nothing that they compute. */
export function writeCsv(registry: Registry): string {
  const lines = [HEADINGS]
  for (const [kind, list] of Object.entries(KINDS))
    for (const entry of registry[list]) lines.push(cellsOf(entry, kind as Kind))
  return `\uFEFF${lines.map(cells => cells.map(quoted).join(',')).join('\r\n')}\r\n`
}

const cellsOf = (entry: Entry, kind: Kind): string[] => [
  kind,
  cellOf(entry.id, 'text'),
  ...[...COLUMNS].map(([path, form]) => cellOf(fieldOf(entry, path), form)),
]

function fieldOf(entry: Entry, path: string): unknown {
  const [name = '', inner] = path.split('.')
  const value = (entry as Record<string, unknown>)[name]
  return inner === undefined ? value : (value as Record<string, unknown> | undefined)?.[inner]
}

const quoted = (cell: string): string =>
  /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
