import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecContract } from '../codec.contract.ts'
import type { Codec, Decoded } from '../codec.ts'
import { createModbusRtu, createModbusTcp } from './modbus.ts'
import { checkRegisterMap, type RegisterMap } from './register-map.ts'

const context = { topic: 'rs485', arrivalMs: Date.UTC(2026, 10, 24) }
const REQUEST = '1103007C00020743'
const REPLY = '110304008D008EFBBD'
const decode = (codec: Codec, hex: string): Decoded => codec.decode(Buffer.from(hex, 'hex'), context)
const quantity = { name: { en: 'x', zh: 'x' }, unit: 'V', source: 'test' }

function encoded(codec: Codec, message: unknown): Uint8Array {
  const result = codec.encode?.(message)
  if (!result?.ok) throw new Error(JSON.stringify(result?.faults))
  return result.bytes
}

/** The readings of a reply that begins at register 0. */
function mapped(map: RegisterMap['map'], data: string, reply = 'holding') {
  const codec = createModbusRtu({ quantities: { x: quantity }, registers: { replyFrom: 0, map } })
  return codec.decode(encoded(codec, { unit: 1, reply, data }), context)
}

describe('Modbus RTU', () => {
  it('reads a reply by the request before it', () => {
    const { facts, readings, faults } = decode(createModbusRtu(), REQUEST + REPLY)
    expect({ readings, faults }).toEqual({ readings: [], faults: [] })
    expect(facts.filter(({ name }) => name !== 'function')).toEqual([
      { device: 'unit-17', name: 'request', value: 'holding 124..125' },
      { device: 'unit-17', name: 'holding_124', value: 141 },
      { device: 'unit-17', name: 'holding_125', value: 142 },
    ])
  })

  it('keeps the registers of a reply that nobody asked for', () => {
    expect(decode(createModbusRtu(), REPLY).facts).toContainEqual({
      device: 'unit-17',
      name: 'holdings',
      value: '008D008E',
    })
  })

  it('names an exception', () => {
    expect(decode(createModbusRtu(), '118302C134').facts).toContainEqual({
      device: 'unit-17',
      name: 'error',
      value: 'illegal data address',
    })
  })

  it('says what a check sum should have been', () => {
    expect(decode(createModbusRtu(), '1103007C00020744')).toMatchObject({
      faults: [{ code: 'modbus-rtu-check-sum', expected: '0743' }],
    })
  })

  it.each([
    ['scaled', { address: 1, scale: 0.1 }, '000000D7', 21.5],
    ['signed', { address: 0, type: 'i16', scale: 0.1 }, 'FFFE', -0.2],
    ['over two registers', { address: 0, type: 'u32' }, '00010002', 65538],
    ['with its low word first', { address: 0, type: 'u32', words: 'little' }, '00020001', 65538],
    ['a float', { address: 0, type: 'f32' }, '43668000', 230.5],
    [
      'a double with its low word first',
      { address: 0, type: 'f64', words: 'little' },
      '0000000000003FF8',
      1.5,
    ],
  ] as const)('reads a register by its map: %s', (_, register, data, v) => {
    expect(mapped([{ quantity: 'x', ...register }], data)).toMatchObject({
      readings: [{ device: 'unit-1', quantity: 'x', v }],
      faults: [],
    })
  })

  it('reads bits, and knows what is missing or lies elsewhere', () => {
    expect(
      mapped([{ quantity: 'x', table: 'discrete', address: 9 }], '0002', 'discrete').readings,
    ).toMatchObject([{ v: 1 }])
    expect(mapped([{ quantity: 'x', address: 0, missing: 0xffff }], 'FFFF')).toMatchObject({
      readings: [],
      facts: [{}, { name: 'x', value: 'missing' }],
    })
    expect(mapped([{ quantity: 'x', address: 5 }], '0001').readings).toEqual([])
    expect(mapped([{ quantity: 'x', address: 0, table: 'input' }], '0001').readings).toEqual([])
  })

  it('finds what in a map cannot be right', () => {
    const map: RegisterMap['map'] = [
      { quantity: 'x', address: 0, type: 'u8' },
      { quantity: 'y', address: 1 },
      { address: 2 },
      { fact: 'far', address: 0xffff, type: 'u32' },
      { fact: 'bit', address: 0, table: 'coil', type: 'f32' },
    ]
    expect(checkRegisterMap({ map }, ['x']).map(({ path }) => path.join('.'))).toEqual([
      'map.1.quantity',
      'map.0.type',
      'map.2.address',
      'map.3.address',
      'map.4.type',
    ])
  })

  codecContract({
    create: createModbusRtu,
    messages: [REQUEST + REPLY, REPLY, '118302C134', '1106000100039A9B'].map(hex => Buffer.from(hex, 'hex')),
    wholeAt: [[8]],
    isChecked: true,
    encoded: {
      messages: fc
        .record({
          unit: fc.nat({ max: 247 }),
          words: fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 125 }),
        })
        // Else its first bytes could be a request, one in 65536 times with a right check sum.
        .filter(({ words: [first = 0] }) => first % 256 > 0)
        .map(({ unit, words }) => ({
          unit,
          reply: 'holding',
          data: words.map(word => word.toString(16).padStart(4, '0').toUpperCase()).join(''),
        })),
      expectBack: ({ unit, data }: { unit: number; data: string }, { facts, faults }) => {
        expect(faults).toEqual([])
        expect(facts[1]).toEqual({ device: `unit-${unit}`, name: 'holdings', value: data })
      },
    },
  })
})

describe('Modbus TCP', () => {
  it('reads a request and its reply', () => {
    const { facts, faults } = decode(createModbusTcp(), '0C05000000061103007C00020C0500000007110304008D008E')
    expect(faults).toEqual([])
    expect(facts).toContainEqual({ device: 'unit-17', name: 'holding_125', value: 142 })
  })

  it('names a length that does not fit', () => {
    expect(decode(createModbusTcp(), '0C05000000051103007C00')).toMatchObject({
      faults: [{ code: 'modbus-tcp-length', offset: 0, lengthBytes: 11 }],
    })
  })

  codecContract({
    create: createModbusTcp,
    messages: ['0C0500000007110304008D008E', '0C0500000003118302'].map(hex => Buffer.from(hex, 'hex')),
    isChecked: false,
  })
})
