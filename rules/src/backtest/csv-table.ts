import type { FileFault } from '@picket/devices'

/** A line of a table. */
export interface CsvRow {
  /** Counts from 1. */
  line: number
  /** The cell of a column, without blanks around it; empty where the file has no such column. */
  cell(column: string): string
}

/**
 * A text of comma-separated values with a line of headings, as RFC 4180 has it without quotes: no id, number or time
 * needs them, and a file with quotes is refused rather than misread.
 */
export class CsvTable {
  readonly #text: string
  readonly #columns: ReadonlyMap<string, number>

  private constructor(text: string, columns: ReadonlyMap<string, number>) {
    this.#text = text
    this.#columns = columns
  }

  /** @returns the table, or what is wrong with its headings; never throws */
  static read(
    text: string,
    file: string,
    { needed, optional }: { needed: readonly string[]; optional: readonly string[] },
  ): { ok: true; table: CsvTable } | { ok: false; faults: FileFault[] } {
    const headings = (lineFrom(text, 0) ?? '')
      .replace(/^\uFEFF/, '')
      .split(',')
      .map(one => one.trim())
    const known = [...needed, ...optional]
    const hint = `columns: ${known.join(', ')}; needed: ${needed.join(', ')}`
    const report = (message: string): FileFault => ({ code: 'csv-columns', message, hint, file, line: 1 })
    const faults = [
      ...headings.filter(one => !known.includes(one)).map(one => report(`there is no column "${one}"`)),
      ...headings
        .filter((one, at) => headings.indexOf(one) < at)
        .map(one => report(`the column "${one}" is there twice`)),
      ...needed.filter(one => !headings.includes(one)).map(one => report(`the column "${one}" is missing`)),
    ]
    if (text.includes('"'))
      faults.push({ code: 'csv-quotes', message: 'cells in quotes are not understood', file, line: 1 })
    if (faults.length > 0) return { ok: false, faults }
    return { ok: true, table: new CsvTable(text, new Map(headings.map((one, at) => [one, at]))) }
  }

  /** The lines that are not empty, after the headings. The row is good until the next one is asked for. */
  *rows(): Generator<CsvRow> {
    let cells: string[] = []
    const row = {
      line: 1,
      cell: (column: string): string => cells[this.#columns.get(column) ?? -1]?.trim() ?? '',
    }
    for (let begin = endOfLine(this.#text, 0) + 1; begin < this.#text.length; ) {
      const line = lineFrom(this.#text, begin)
      row.line++
      begin += line.length + 1
      if (line.trim() === '') continue
      cells = line.split(',')
      yield row
    }
  }
}

function endOfLine(text: string, begin: number): number {
  const end = text.indexOf('\n', begin)
  return end < 0 ? text.length : end
}

const lineFrom = (text: string, begin: number): string => text.slice(begin, endOfLine(text, begin))
