import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../model.ts'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import { createJson } from './json.ts'
import { parsePath } from './path.ts'

const T = Date.UTC(2026, 10, 24)
const modelText = (json: string): string => `
model: level-probe
name: { en: Level probe, zh: 液位探头 }
interval: 10m
codec: json
json:
${json}
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: data sheet }
  battery: { name: { en: Battery, zh: 电池 }, unit: V, source: data sheet }
`
function codecOf(json: string) {
  const result = readModel(modelText(json), 'probe.yaml')
  if (!('model' in result)) throw new Error(JSON.stringify(result.faults))
  return createJson(result.model)
}
const context = { topic: 'sensors/probe-1/up', arrivalMs: T }
const decode = (json: string, message: unknown) =>
  codecOf(json).decode(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), context)

const PROBE = `  device: meta.sn
  time: { path: ts, as: s }
  values:
    - { quantity: level, path: "data.wl", scale: 0.01, missing: -999 }
    - { quantity: battery, path: "data.power[0]" }
    - { fact: state, path: '["st.code"]' }`
const MESSAGE = { meta: { sn: 'A/7' }, ts: T / 1000, data: { wl: 231, power: ['3.6'] }, 'st.code': 'ok' }

describe('JSON by a mapping', () => {
  it('reads values, a time, a device and facts from where they stand', () => {
    expect(decode(PROBE, MESSAGE)).toEqual({
      readings: [
        { device: 'A.7', quantity: 'level', t: T, v: 2.31, q: Quality.NOT_EVALUATED },
        { device: 'A.7', quantity: 'battery', t: T, v: 3.6, q: Quality.NOT_EVALUATED },
      ],
      facts: [{ device: 'A.7', name: 'state', value: 'ok', t: T }],
      faults: [],
    })
  })

  it('keeps what is null, empty or marked as missing, and says nothing of what is left out', () => {
    expect(decode(PROBE, { ...MESSAGE, data: { wl: -999, power: [null] }, 'st.code': '' })).toMatchObject({
      readings: [],
      facts: [
        { name: 'level', value: 'missing' },
        { name: 'battery', value: 'missing' },
        { value: 'missing' },
      ],
      faults: [],
    })
    expect(decode(PROBE, { ...MESSAGE, data: { wl: 1 } })).toMatchObject({
      readings: [{ v: 0.01 }],
      faults: [],
    })
  })

  it('reads items with what the whole message says', () => {
    const json = `  each: "rows.*"
  device: $.sn
  time: { path: at, as: text }
  values: [{ quantity: level, path: v }]`
    const rows = [
      { at: '2026-07-01 08:00', v: 1 },
      { at: '2026-04-31 08:00', v: 2 },
      { at: '2026-07-01T01:00:00Z', v: true },
    ]
    const { readings, faults } = decode(json, { sn: 12, rows })
    expect(readings).toMatchObject([
      { device: '12', t: Date.UTC(2026, 6, 1), v: 1 },
      { device: '12', t: Date.UTC(2026, 6, 1, 1), v: 1 },
    ])
    expect(faults).toMatchObject([{ code: 'json-time', message: '"2026-04-31 08:00" is no time' }])
  })

  it('reads pairs of name and value', () => {
    const json = `  each: "*"
  named: { name: id, value: value, names: { wl: { quantity: level, scale: 0.001 } } }`
    const { readings, facts } = decode(json, [
      { id: 'wl', value: '1500' },
      { id: 'door', value: false },
    ])
    expect(readings).toEqual([
      { device: 'probe-1', quantity: 'level', t: T, v: 1.5, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
    ])
    expect(facts).toEqual([{ device: 'probe-1', name: 'door', value: 0 }])
  })

  it('reads keys as device, name and time', () => {
    const json = `  each: "*.*.*"
  device: "@1"
  time: { path: "@3", as: text }
  named: { name: "@2", value: ., names: { L: { quantity: level } } }`
    expect(decode(json, { SK1: { L: { '2026-07-01T00:00:00Z': 7 } } }).readings).toEqual([
      { device: 'SK1', quantity: 'level', t: Date.UTC(2026, 6, 1), v: 7, q: Quality.NOT_EVALUATED },
    ])
  })

  it.each([
    ['half a message', '{"ts":', 'syntax'],
    ['none of its values', { meta: { sn: 'a' }, ts: 1782864000, datum: 1 }, 'value'],
    ['a text for a number', { meta: { sn: 'a' }, ts: 1782864000, data: { wl: 'high' } }, 'value'],
    ['no device', { ts: 1782864000, data: { wl: 1 } }, 'device'],
    ['no time', { meta: { sn: 'a' }, data: { wl: 1 } }, 'time'],
    ['a time in the year 2200', { meta: { sn: 'a' }, ts: 7258118400, data: { wl: 1 } }, 'time'],
    ['a number beyond doubles', '{"meta":{"sn":"a"},"ts":1782864000,"data":{"wl":1e999}}', 'value'],
    ['keys of every object', '{"meta":{"sn":"a"},"ts":1782864000,"__proto__":{"data":{"wl":1}}}', 'value'],
  ])('names a fault in %s', (_, message, what) => {
    expect(decode(PROBE, message)).toMatchObject({ readings: [], faults: [{ code: `json-${what}` }] })
  })

  it('says so where there are no items, or too many', () => {
    const json = '  each: rows.*\n  values: [{ quantity: level, path: . }]'
    expect(decode(json, { row: [1] }).faults).toMatchObject([{ code: 'json-empty' }])
    expect(decode(json, { rows: Array(10_001).fill(1) }).faults).toMatchObject([{ code: 'json-length' }])
  })

  it('keeps what the whole message says once, although it is a fact of each of its items', () => {
    const json = '  each: rows.*\n  values: [{ fact: about, path: $.about }]'
    const begun = performance.now()
    const { facts } = decode(json, { about: Array(50_000).fill(1), rows: Array(10_000).fill(1) })
    expect(new Set(facts.map(({ value }) => value)).size).toBe(1)
    expect(facts).toHaveLength(10_000)
    // Each for itself would take a gigabyte, and ten times as long.
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  it('without a model says what it needs', () => {
    expect(createJson().decode(Buffer.from('{}'), context).faults).toMatchObject([{ code: 'json-model' }])
  })

  it('is checked with file and line', () => {
    const result = readModel(
      modelText(`  each: data.*
  device: "@2"
  time: { path: a..b, as: s }
  values:
    - { quantity: depth, path: wl }
    - { path: "a.*" }`),
      'probe.yaml',
    )
    expect('faults' in result && result.faults.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '11 json: depth is no quantity of this model',
      '12 json: a value is either a quantity or a fact',
      '8 json: "each" has no star number 2',
      '9 json: "a..b" is no path',
      '12 json: "a.*" has a star, which only "each" may have',
    ])
    expect(readModel(modelText('  device: sn'), 'probe.yaml')).toMatchObject({
      faults: [{ code: 'model-json', line: 6 }],
    })
  })

  const codec = codecOf(PROBE)
  const odd = fc.oneof(
    fc.constantFrom(null, true, '', 'x', '1e9', -0, T, 1e300, [], [1], {}, { sn: 1 }),
    fc.integer(),
  )
  codecContract({
    create: () => codec,
    messages: [Buffer.from(JSON.stringify(MESSAGE))],
    isChecked: false,
    nearMisses: fc
      .record({
        meta: fc.record({ sn: odd }),
        ts: odd,
        data: fc.oneof(odd, fc.record({ wl: odd, power: odd })),
      })
      .map(value => Buffer.from(JSON.stringify(value))),
  })
})

describe('a path', () => {
  it.each([
    ['a.b', ['a', 'b']],
    ['a[0].b', ['a', 0, 'b']],
    ['["a.b"].c', ['a.b', 'c']],
    ['rows.*', ['rows', '*']],
    ['*.*', ['*', '*']],
    ['.', []],
  ])('%s is read', (text, steps) => {
    expect(parsePath(text)).toEqual({ fromWhole: false, steps })
    if (text !== '.')
      expect(parsePath(`$${text.startsWith('[') ? '' : '.'}${text}`)).toEqual({ fromWhole: true, steps })
  })

  it.each(['', 'a..b', 'a.', '.a', 'a[', 'a[b]', 'a[0]b', '@0', '@10', 'a.@1', '[""]'])(
    '%s is none',
    text => {
      expect(parsePath(text)).toBeUndefined()
    },
  )
})
