import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../model.ts'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Field } from '../codec.ts'
import { createBinaryLayout } from './binary-layout.ts'

const T = Date.UTC(2026, 10, 24)
const modelText = (layout: string): string => `
model: level-probe
name: { en: Level probe, zh: 液位探头 }
interval: 10m
codec: binary-layout
layout:
${layout}
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: data sheet }
  battery: { name: { en: Battery, zh: 电池 }, unit: V, source: data sheet }
`
const PROBE = modelText(`  lengthBytes: 10
  starts: a501
  time: { offset: 2, type: u32, unit: s }
  fields:
    - { quantity: level, offset: 6, type: i16, scale: 0.001, missing: -32768 }
    - { quantity: battery, offset: 8, type: u8, bits: [2, 7], scale: 0.1 }
    - { fact: door, offset: -2, type: u8, bits: [0, 0] }
    - { fact: count, offset: -1, type: u8 }`)

function codecOf(text: string) {
  const result = readModel(text, 'probe.yaml')
  if (!('model' in result)) throw new Error(JSON.stringify(result.faults))
  return createBinaryLayout(result.model)
}
const context = { topic: 'sensors/probe-1/up', arrivalMs: T }
const decode = (text: string, hex: string, fields?: Field[]) =>
  codecOf(text).decode(Buffer.from(hex, 'hex'), context, fields)
const MESSAGE = 'A5016A0F3B800929920C'

describe('a binary layout', () => {
  it('reads numbers, bits, a time and facts', () => {
    const t = 0x6a0f3b80 * 1000
    const fields: Field[] = []
    expect(decode(PROBE, MESSAGE, fields)).toEqual({
      readings: [
        { device: 'probe-1', quantity: 'level', t, v: 2.345, q: Quality.NOT_EVALUATED },
        { device: 'probe-1', quantity: 'battery', t, v: 3.6, q: Quality.NOT_EVALUATED },
      ],
      facts: [
        { device: 'probe-1', name: 'door', value: 0, t },
        { device: 'probe-1', name: 'count', value: 12, t },
      ],
      faults: [],
    })
    expect(fields[1]).toEqual({
      name: 'level',
      offset: 6,
      lengthBytes: 2,
      raw: '0929',
      meaning: '2.345',
      unit: 'm',
    })
  })

  it('keeps what was not measured as such', () => {
    expect(decode(PROBE, 'A5016A0F3B808000920C')).toMatchObject({
      readings: [{ quantity: 'battery' }],
      facts: [{ name: 'level', value: 'missing' }, {}, {}],
    })
  })

  it.each([
    ['another length', 'A501', 'length'],
    ['another start', 'A5026A0F3B800929920C', 'start'],
    ['a time that is none', 'A501000000000929920C', 'time'],
  ])('refuses %s', (_, hex, what) => {
    expect(decode(PROBE, hex)).toMatchObject({
      readings: [],
      faults: expect.arrayContaining([expect.objectContaining({ code: `binary-layout-${what}` })]),
    })
  })

  it('reads who speaks, and little-endian numbers at their arrival', () => {
    const text = modelText(`  order: little
  device: { offset: 0, lengthBytes: 2, as: hex }
  fields:
    - { quantity: level, offset: 2, type: f32, add: -1 }
    - { quantity: battery, offset: 6, type: u24, order: big }`)
    expect(decode(text, '0A0B00002040000102').readings).toEqual([
      { device: '0A0B', quantity: 'level', t: T, v: 1.5, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
      { device: '0A0B', quantity: 'battery', t: T, v: 258, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
    ])
    expect(decode(text, '0A0B0000')).toMatchObject({
      readings: [],
      faults: [{ code: 'binary-layout-cut-off' }, { code: 'binary-layout-cut-off' }],
    })
  })

  it('without a model says what it needs', () => {
    expect(createBinaryLayout().decode(Uint8Array.of(1), context).faults).toMatchObject([
      { code: 'binary-layout-model' },
    ])
  })

  it('is checked with file and line', () => {
    const text = modelText(`  lengthBytes: 4
  fields:
    - { quantity: depth, offset: 0, type: u8 }
    - { quantity: level, offset: 3, type: u16 }
    - { quantity: battery, offset: 0, type: u8, bits: [4, 8] }
    - { offset: 0, type: u8 }`)
    const result = readModel(text, 'probe.yaml')
    expect('faults' in result && result.faults.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '9 layout: depth is no quantity of this model',
      '10 layout: u16 at 3 does not lie in the message',
      '11 layout: bits 4 to 8 are not in a u8',
      '12 layout: a field is either a quantity or a fact',
    ])
    const without = PROBE.replace(/layout:\n(?: .*\n)+/, '')
    expect(readModel(without, 'probe.yaml')).toMatchObject({ faults: [{ line: 5, code: 'model-wire' }] })
  })

  // It remembers nothing: one will do.
  const codec = codecOf(PROBE)
  codecContract({
    create: () => codec,
    context,
    messages: [Buffer.from(MESSAGE, 'hex')],
    isChecked: false,
    nearMisses: fc
      .uint8Array({ minLength: 8, maxLength: 8 })
      .map(bytes => Uint8Array.from([0xa5, 1, ...bytes])),
  })
})
