import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import { createCsv } from './csv.ts'
import { linesOf } from './lines.ts'
import { type CsvMapping, checkCsvMapping } from './mapping.ts'

const T = Date.UTC(2026, 10, 24)
const context = { topic: 'sensors/logger-1/up', arrivalMs: T }
const decode = (csv: CsvMapping, text: string) => createCsv({ csv }).decode(Buffer.from(text), context)
const LOGGER: CsvMapping = {
  separator: ';',
  heading: true,
  device: 'station',
  time: { column: 'time', as: 'text' },
  columns: [
    { quantity: 'level', column: 'WL', scale: 0.01, missing: -999 },
    { fact: 'state', column: 4 },
  ],
}
const TABLE = 'time;station;WL;state\r\n2026-07-01 08:00;east;231;ok\r\n2026/7/1 8:05:30;west;-999;"a;b"\r\n'
const MORNING = Date.UTC(2026, 6, 1)

describe('CSV', () => {
  it('reads columns by heading and number, with calendar times of their zone', () => {
    expect(decode(LOGGER, TABLE)).toEqual({
      readings: [{ device: 'east', quantity: 'level', t: MORNING, v: 2.31, q: Quality.NOT_EVALUATED }],
      facts: [
        { device: 'east', name: 'state', value: 'ok', t: MORNING },
        { device: 'west', name: 'level', value: 'missing', t: MORNING + 330_000 },
        { device: 'west', name: 'state', value: 'a;b', t: MORNING + 330_000 },
      ],
      faults: [],
    })
  })

  it.each([
    ['2026-07-01T00:00:00Z', MORNING],
    ['2026-07-01T02:00:00.25+02:00', MORNING + 250],
    ['2026-06-30 20:00:00 -0400', MORNING],
  ])('takes the offset that a time has itself: %s', (cell, t) => {
    const columns = [{ quantity: 'x', column: 2 }]
    expect(decode({ time: { column: 1, as: 'text' }, columns }, `${cell},1`).readings).toMatchObject([{ t }])
  })

  it('counts seconds since 1970, or the arrival', () => {
    const columns = [{ quantity: 'x', column: 2 }]
    expect(decode({ time: { column: 1, as: 's' }, columns }, '1782864000,7').readings).toMatchObject([
      { t: MORNING },
    ])
    expect(decode({ columns }, 'a,7').readings).toEqual([
      { device: 'logger-1', quantity: 'x', t: T, v: 7, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
    ])
  })

  it.each([
    ['31 April', '2026-04-31 08:00;e;1;', 'time'],
    ['a text as number', '2026-07-01 08:00;e;1,5;', 'value'],
    ['a line that is too short', '2026-07-01 08:00;e', 'cut-off'],
    ['no device', '2026-07-01 08:00;;1;', 'device'],
    ['an open quotation mark', '2026-07-01 08:00;"e;1;', 'quote'],
  ])('names %s, with its place, and reads the other lines', (_, line, what) => {
    const table = `time;station;WL;state\n2026-07-01 08:00;east;231;ok\n${line}\n`
    const { readings, faults } = decode(LOGGER, table)
    expect(readings).toMatchObject([{ device: 'east' }])
    expect(faults[0]).toMatchObject({ code: `csv-${what}`, offset: 51 })
  })

  it('finds what in a mapping cannot be right', () => {
    const wrong: CsvMapping = {
      device: 'station',
      time: { column: 'time', as: 's' },
      columns: [{ quantity: 'depth', column: 1 }, { column: 2 }, { quantity: 'level', column: 'WL' }],
    }
    expect(checkCsvMapping(wrong, ['level']).map(({ path }) => path.join('.'))).toEqual([
      'columns.0.quantity',
      'columns.1',
      'columns.2.column',
      'device',
      'time.column',
    ])
  })

  it('gives back cells as they were written, whatever they hold', () => {
    const cells = fc.array(
      fc.string({ unit: 'grapheme' }).map(text => text.trim()),
      { minLength: 1, maxLength: 6 },
    )
    const written = (row: string[]): string => row.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 5 }), rows => {
        const table = Buffer.from(rows.map(row => `${written(row)}\r\n`).join(''))
        expect([...linesOf(table, ',')].map(line => line.cells)).toEqual(rows)
      }),
    )
  })

  codecContract({
    create: () =>
      createCsv({ csv: { time: { column: 1, as: 's' }, columns: [{ quantity: 'x', column: 2 }] } }),
    context,
    messages: [Buffer.from('1782864000,7\n'), Buffer.from('1782864000,1')],
    isChecked: false,
    nearMisses: fc
      .array(fc.constantFrom('1782864000', ',', '7', '\n', '"', 'x'), { maxLength: 20 })
      .map(parts => Buffer.from(parts.join(''))),
  })
})
