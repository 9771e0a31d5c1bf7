import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readModel } from './model.ts'

const model = (tests: string, ranges = 'span: [0, 10]'): string => `model: gauge
name: { en: Gauge, zh: 水位计 }
interval: 1m
quantities:
  flow: { name: { en: Flow, zh: 流量 }, unit: m3/s, source: none }
  level:
    name: { en: Level, zh: 水位 }
    unit: m
    ${ranges}
    source: the maker
    tests:
      source: the maker
      ${tests}
`

const faultsOf = (text: string): string[] => {
  const result = readModel(text, 'gauge.yaml')
  return 'faults' in result ? result.faults.map(({ line, message }) => `${line}: ${message}`) : []
}

describe('the tests of a device model', () => {
  it.each([
    'spike: { suspect: 0.5, fail: 2 }',
    'rateOfChange: { suspect: 1, per: 1h }',
    'flatLine: { tolerance: 0, suspect: 6h, fail: 1d }',
    'attenuated: { window: 2h, suspect: 0.01, fail: 0.001 }',
    'climatology: [{ season: 11-01..02-29, use: [0, 3] }]',
    'multiVariate: { other: flow, change: 1, otherChange: 2, per: 1h }',
    'neighbour: { suspect: 1, within: 10m }',
  ])('%s', tests => {
    expect(faultsOf(model(tests))).toEqual([])
  })

  it.each([
    ['spike: { suspect: 2, fail: 1 }', '13: level: spike.fail: 1 is less than suspect, 2'],
    [
      'flatLine: { tolerance: 0, suspect: 6h, fail: 1h }',
      '13: level: flatLine.fail: 1h is shorter than suspect, 6h',
    ],
    ['flatLine: { tolerance: 0, suspect: 1m }', '13: level: flatLine.suspect: 1m never holds three reports'],
    [
      'flatLine: { tolerance: 0, suspect: 365d }',
      '13: level: flatLine.suspect: 365d holds more than 10000 reports',
    ],
    [
      'attenuated: { window: 2h, suspect: 1, fail: 2 }',
      '13: level: attenuated.fail: 2 is more than suspect, 1',
    ],
    [
      'climatology: [{ season: 02-30..03-01, use: [0, 3] }]',
      '13: level: climatology.0.season: "02-30..03-01" is no part of the calendar',
    ],
    [
      'climatology: [{ season: 02-01..03-01, use: [3, 0] }]',
      '13: level: climatology.0.use: 3 is not below 0',
    ],
    [
      'multiVariate: { other: level, change: 1, otherChange: 2, per: 1h }',
      '13: level: multiVariate.other: there is no other quantity "level"',
    ],
    ['rateOfChange: { suspect: 1, per: 0s }', '13: level: rateOfChange.per: 0s is no time'],
  ])('%s is a fault at its line', (tests, fault) => {
    expect(faultsOf(model(tests))).toEqual([fault])
  })

  it('a unit that is none is a fault, with the code that was meant', () => {
    const text = model('gap: 5m').replace('unit: m\n', 'unit: °C\n')
    expect(readModel(text, 'gauge.yaml')).toMatchObject({
      faults: [{ line: 8, message: 'level: "°C" is no unit that is known here', hint: 'write Cel' }],
    })
  })

  it("the example of the rules' page is one", () => {
    const page = readFileSync(new URL('../../rules/README.md', import.meta.url), 'utf8')
    const example = /```yaml\n(quantities:.*?)```/s.exec(page)?.[1] as string
    const flow = '  flow: { name: { en: Flow, zh: 流量 }, unit: m3/s, source: none }\n'
    expect(
      faultsOf(`model: gauge\nname: { en: Gauge, zh: 水位计 }\ninterval: 5m\n${example}${flow}`),
    ).toEqual([])
  })

  it('a range whose ends are the wrong way round is a fault', () => {
    expect(faultsOf(model('gap: 5m', 'span: [10, 0]'))).toEqual(['9: level.span: 10 is not below 0'])
  })
})

describe('the conversions of a device model', () => {
  const gauge = (conversions: string): string => `model: gauge
name: { en: Gauge, zh: 水位计 }
interval: 5m
quantities:
  pressure: { name: { en: Pressure, zh: 压力 }, unit: hPa, source: none }
  head: { name: { en: Head, zh: 水头 }, unit: cm, source: none }
  level: { name: { en: Level, zh: 水位 }, unit: m, source: none }
conversions:
${conversions}`

  it('scale units of one kind', () => {
    expect(faultsOf(gauge('  head: { by: head, from: { pressure: pressure }, within: 5m }'))).toEqual([])
  })

  it.each([
    [
      '  head: { by: heat, from: { pressure: pressure }, within: 5m }',
      '9: conversions: there is no conversion "heat"',
    ],
    [
      '  depth: { by: head, from: { pressure: pressure }, within: 5m }',
      '9: conversions: depth is no quantity of this model',
    ],
    [
      '  head: { by: head, from: { pressure: level }, within: 5m }',
      '9: conversions: level is in m, and pressure wants kPa',
    ],
    [
      '  pressure: { by: head, from: { pressure: pressure }, within: 5m }',
      '9: conversions: head gives m, which is not in hPa',
      '9: conversions: pressure is computed from itself',
    ],
    ['  head: { by: head, from: {}, within: 5m }', '9: conversions: the input pressure is missing'],
    [
      '  head:\n    by: head\n    from: { pressure: air }\n    within: 5m',
      '11: conversions: air is no quantity of this model',
    ],
    [
      '  head:\n    by: head\n    from: { pressure: pressure, constructor: level }\n    within: 5m',
      '11: conversions: there is no input "constructor"',
    ],
    [
      '  head: { by: head, from: { pressure: { site: pressure } }, within: 5m }',
      '9: conversions: the first input must be of the device itself',
    ],
    [
      '  head:\n    by: head\n    from: { pressure: pressure }\n    within: soon',
      '12: conversions: "soon" is no time up to 7d',
    ],
    [
      '  head: { by: head, from: { pressure: pressure }, within: 8d }',
      '9: conversions: "8d" is no time up to 7d',
    ],
  ])('%s is a fault at its line', (conversions, ...faults) => {
    expect(faultsOf(gauge(conversions))).toEqual(faults)
  })
})

describe('a model that is wrong is told with its line', () => {
  const good = `model: gauge
name: { en: Gauge, zh: 水位计 }
interval: 5m
codec: csv
csv: { columns: [{ column: 2, quantity: level }] }
quantities:
  level:
    name: { en: Level, zh: 水位 }
    unit: m
    span: [0, 10]
    source: the maker
`

  it.each<[string, string, number]>([
    ['model: gauge', 'model: a/b', 1],
    ['zh: 水位计', 'de: Pegel', 2],
    ['interval: 5m', 'interval: often', 3],
    ['codec: csv\ncsv: { columns: [{ column: 2, quantity: level }] }', 'codec: csv', 4],
    ['quantity: level', 'quantity: depth', 5],
    ['unit: m\n', 'unit: metre\n', 9],
    ['span: [0, 10]', 'span: [10, 0]', 10],
    ['span: [0, 10]', 'span: [0]', 10],
    ['source: the maker', 'sauce: the maker', 11],
    ['unit: m\n', 'unit: m\n    unit: mm\n', 10],
    ['interval: 5m', 'interval: [5m', 4],
    ['model: gauge', 'model: *gauge', 1],
  ])('%s -> %s', (from, to, line) => {
    expect(faultsOf(good)).toEqual([])
    expect(good).toContain(from)
    expect(faultsOf(good.replace(from, to)).map(fault => Number(fault.split(':')[0]))).toContain(line)
  })
})
