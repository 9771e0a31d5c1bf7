import { describe, expect, it } from 'vitest'
import { CsvHistory } from './csv-history.ts'
import { readLabels } from './labels.ts'
import { at, devices, models } from './test-wall.ts'

function faultsOf(...rows: string[]): string[] {
  const [first = ''] = rows
  const text = first.startsWith('!')
    ? [first.slice(1), ...rows.slice(1)]
    : ['device,quantity,time,value,quality', ...rows]
  const read = CsvHistory.read([{ file: 'f.csv', text: text.join('\n') }], { devices, models })
  const faults = read.ok ? [] : read.faults
  return faults.map(({ line, message, hint }) => `${line}: ${message}${hint ? ` (${hint})` : ''}`)
}

function historyOfText(...texts: string[]): CsvHistory {
  const files = texts.map((text, at) => ({ file: `${at}.csv`, text }))
  const read = CsvHistory.read(files, { devices, models })
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  return read.history
}

describe('readings in CSV', () => {
  it('come with the quality of the file, or that of the model', () => {
    const text =
      'time,value,device,quantity,quality\r\n2026-01-01T08:00:00+08:00,1,a,level,3\r\n\r\n1767225660000,200,a,level,\r\n'
    const history = historyOfText(text)
    const [chunk] = [...history.chunks({ device: 'a', quantity: 'level' }, { from: 0, to: 2e12 })]
    expect([...(chunk?.times ?? [])]).toEqual([1767225600000, 1767225660000])
    expect([...(chunk?.values ?? [])]).toEqual([1, 200])
    expect([...(chunk?.qualities ?? [])]).toEqual([3, 4])
    expect(history.span).toEqual({ from: 1767225600000, to: 1767225660001 })
  })

  it('without quality are judged by the tests of the model, across files, as in the cloud', () => {
    const row = (device: string, minute: number, value: number, quality = '') =>
      `${device},tested,${at(minute)},${value},${quality}`
    const text = (...rows: string[]) => ['device,quantity,time,value,quality', ...rows].join('\n')
    const history = historyOfText(
      text(row('a', 0, 1), row('a', 1, 1), row('a', 2, 9), row('a', 3, 1), row('a', 4, 1)),
      text(row('a', 5, 1), row('b', 0, 1), row('b', 1, 1), row('b', 2, 9, '1'), row('b', 3, 1)),
    )
    const flagsOf = (device: string) => {
      const [chunk] = [...history.chunks({ device, quantity: 'tested' }, { from: 0, to: 2e12 })]
      return [...(chunk?.qualities ?? [])]
    }
    // The spike test of the last one waits for its successor.
    expect(flagsOf('a')).toEqual([1, 1, 4, 1, 1, 2])
    expect(flagsOf('b')).toEqual([1, 1, 1, 2])
  })

  it.each([
    [
      'an unknown column',
      ['!device,quantity,time,value,colour'],
      /^1: there is no column "colour" \(columns: /,
    ],
    ['a missing column', ['!device,quantity,time'], /^1: the column "value" is missing/],
    ['a column twice', ['!device,quantity,time,value,value'], /^1: the column "value" is there twice/],
    ['quotes', ['"a",level,1767225600000,1,'], /^1: cells in quotes/],
    [
      'an unknown device',
      ['aa,level,1767225600000,1,'],
      /^2: the registry has no device "aa" \(did you mean "a"\?\)/,
    ],
    [
      'an unknown quantity',
      ['a,levl,1767225600000,1,'],
      /^2: model gauge has no quantity "levl" \(did you mean "level"/,
    ],
    [
      'a time without a zone',
      ['a,level,2026-01-01T00:00:00,1,'],
      /^2: "2026-01-01T00:00:00" is no time with a zone/,
    ],
    ['no number', ['a,level,1767225600000,1e,'], /^2: "1e" is no number/],
    ['an empty value', ['a,level,1767225600000,,'], /^2: "" is no number/],
    ['a quality that is none', ['a,level,1767225600000,1,7'], /^2: "7" is no quality flag/],
    ['a time twice', ['a,level,1767225600000,1,', 'a,level,1767225600000,1,'], /^3: a\/level has two values/],
    [
      'rows that are not sorted',
      ['a,level,1767225600000,1,', '', 'a,level,1767225599000,1,'],
      /^4: a\/level goes back/,
    ],
  ])('%s is refused with its line', (_, rows, wanted) => {
    expect(faultsOf(...rows)[0]).toMatch(wanted)
  })
})

describe('labels', () => {
  it('are events with or without an end and a place', () => {
    const read = readLabels(
      'begin,end,site\n2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,north\n2026-01-03T00:00:00Z,,\n',
      'l',
    )
    expect(read).toEqual({
      ok: true,
      labels: [
        { begin: 1767225600000, end: 1767312000000, site: 'north' },
        { begin: 1767398400000, end: 1767398400001 },
      ],
    })
  })

  it.each([
    ['begin\nyesterday\n', '2: "yesterday" is no time'],
    ['begin,end\n2026-01-02T00:00:00Z,2026-01-01T00:00:00Z\n', '2: the event ends before it begins'],
    ['begin\n', '1: there is no event in it'],
    ['end\n', '1: the column "begin" is missing'],
  ])('%j is refused with its line', (text, wanted) => {
    const read = readLabels(text, 'l.csv')
    const [fault] = read.ok ? [] : read.faults
    expect(`${fault?.line}: ${fault?.message}`).toContain(wanted)
  })
})
