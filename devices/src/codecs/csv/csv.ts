import type { DeviceModel } from '../../model.ts'
import { timeOf } from '../calendar-time.ts'
import {
  type Codec,
  type CodecContext,
  type Decoded,
  type Field,
  MAX_READINGS_PER_MESSAGE,
} from '../codec.ts'
import { withoutDescription } from '../described.ts'
import { Findings, type Place } from '../findings.ts'
import { brief } from '../json-text.ts'
import { scaledBy } from '../numbers.ts'
import { speakerOf, wireName } from '../wire-name.ts'
import { type Line, linesOf } from './lines.ts'
import type { CsvMapping } from './mapping.ts'

const NAME = 'csv'
/** More lines than readings are allowed would only make work. */
const MAX_LINES = MAX_READINGS_PER_MESSAGE

/** Reads tables of text as the `csv` of a device model says. */
export function createCsv(model?: Pick<DeviceModel, 'csv'>): Codec {
  const mapping = model?.csv
  if (!mapping) return withoutDescription(NAME, 'csv')
  return {
    name: NAME,
    decode: (payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded => {
      const findings = new Findings(NAME, context, fields)
      findings.enter(payload, 0)
      readTable(payload, mapping, findings)
      return findings.decoded
    },
  }
}

function readTable(payload: Uint8Array, mapping: CsvMapping, findings: Findings): void {
  let heading: string[] | undefined
  let count = 0
  for (const line of linesOf(payload, mapping.separator ?? ',')) {
    if (mapping.heading && heading === undefined) {
      heading = line.cells
      findings.field('heading', line, line.cells.join(', '))
      continue
    }
    if (++count > MAX_LINES) {
      findings.fault('length', line, `more than ${MAX_LINES} lines`)
      return
    }
    if (line.isOpen) {
      findings.fault('quote', line, 'a quotation mark is not closed')
      return
    }
    new Row(line, heading ?? [], findings).read(mapping)
  }
  if (count === 0)
    findings.fault('empty', { offset: 0, lengthBytes: payload.length }, 'there is no line of values')
}

/** One line of values. */
class Row {
  readonly #line: Line
  readonly #heading: readonly string[]
  readonly #findings: Findings

  constructor(line: Line, heading: readonly string[], findings: Findings) {
    this.#line = line
    this.#heading = heading
    this.#findings = findings
  }

  read({ device: who, time, columns }: CsvMapping): void {
    const findings = this.#findings
    const place: Place = { offset: this.#line.offset, lengthBytes: this.#line.lengthBytes }
    const named = who === undefined ? undefined : this.#cell(who)
    const device = named === undefined ? speakerOf(findings.context.topic) : wireName(named)
    if (device === '') {
      findings.fault('device', place, 'the line names no device')
      return
    }
    let t: number | undefined
    if (time) {
      const cell = this.#cell(time.column)
      t = timeOf(cell ?? '', time)
      if (Number.isNaN(t)) {
        findings.fault('time', place, `${brief(cell)} is no time`)
        return
      }
    }
    const words: string[] = []
    for (const { column, quantity, fact, ...scaling } of columns) {
      const cell = this.#cell(column)
      const name = quantity ?? (fact as string)
      const raw = cell === undefined || cell === '' ? Number.NaN : Number(cell)
      words.push(`${name} ${cell ?? '(no cell)'}`)
      if (cell === undefined) findings.fault('cut-off', place, `the line has no column ${brief(column)}`)
      else if (cell === '' || raw === scaling.missing)
        findings.fact({ device, name, value: 'missing', ...(t === undefined ? {} : { t }) })
      else if (quantity === undefined)
        findings.fact({ device, name, value: cell, ...(t === undefined ? {} : { t }) })
      else if (Number.isNaN(raw)) findings.fault('value', place, `${name}: ${brief(cell)} is no number`)
      else
        findings.measured({ address: device, channel: name, quantity, v: scaledBy(raw, scaling), t }, place)
    }
    if (findings.looking) findings.field('line', place, words.join(', '))
  }

  #cell(column: string | number): string | undefined {
    return this.#line.cells[typeof column === 'number' ? column - 1 : this.#heading.indexOf(column)]
  }
}
