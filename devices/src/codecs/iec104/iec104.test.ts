import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../model.ts'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Field } from '../codec.ts'
import { createIec104 } from './iec104.ts'

const T = Date.UTC(2026, 10, 24, 4, 10)
const FLOAT = '6819BE010000240103009101040000BCF4474200983A2D8E420614'
const SCALED =
  '68345A147C000B0703000C000E30007500000F30000F0A00103000BE09001130009009002830002509002930007500002E3000AE0500'
const bytes = (hex: string) => Buffer.from(hex, 'hex')
const decode = (hex: string, fields?: Field[], codec = createIec104()) =>
  codec.decode(bytes(hex), { topic: 'iec104', arrivalMs: T }, fields)
/** An I frame of station 1 with one data unit: type, count and the rest of it, cause spontaneous. */
const unit = (type: string, count: string, objects: string, cause = '03'): string => {
  const data = `00000000${type}${count}${cause}000100${objects}`
  return `68${(data.length / 2).toString(16).padStart(2, '0')}${data}`
}
const encoded = (message: unknown): string => {
  const result = createIec104().encode?.(message)
  if (!result?.ok) throw new Error(JSON.stringify(result))
  return Buffer.from(result.bytes).toString('hex').toUpperCase()
}

describe('IEC 60870-5-104', () => {
  it('reads a float with its time', () => {
    const { readings, facts, faults } = decode(FLOAT)
    expect(faults).toEqual([])
    expect(readings).toEqual([
      {
        device: 'station-401',
        quantity: 'ioa_4',
        t: Date.parse('2020-06-02T14:45:15+08:00'),
        v: Math.fround(49.98899841),
        q: Quality.NOT_EVALUATED,
      },
    ])
    expect(facts).toEqual([
      { device: 'station-401', name: 'function', value: 'M_ME_TF_1 spontaneous' },
      { device: 'station-401', name: 'sent', value: 223 },
    ])
  })

  it('reads several scaled values, at their arrival', () => {
    const { readings } = decode(SCALED)
    expect(readings.map(({ quantity, v }) => [quantity, v])).toEqual([
      ['ioa_12302', 117],
      ['ioa_12303', 2575],
      ['ioa_12304', 2494],
      ['ioa_12305', 2448],
      ['ioa_12328', 2341],
      ['ioa_12329', 117],
      ['ioa_12334', 1454],
    ])
    expect(readings[0]).toMatchObject({ t: T, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME })
  })

  it('knows frames without data', () => {
    expect(decode('680407000000680401001475').facts).toEqual([
      { device: '', name: 'function', value: 'STARTDT act' },
      { device: '', name: 'received', value: 14986 },
    ])
  })

  it.each([
    ['a single point', '01', '01', '0A0000' + '01', [['ioa_10', 1]]],
    [
      'single points in sequence',
      '01',
      '83',
      '0A0000' + '010001',
      [
        ['ioa_10', 1],
        ['ioa_11', 0],
        ['ioa_12', 1],
      ],
    ],
    [
      'a double point',
      '03',
      '02',
      '0A0000' + '02' + '0B0000' + '01',
      [
        ['ioa_10', 1],
        ['ioa_11', 0],
      ],
    ],
    ['a step below zero', '05', '01', '0A0000' + '7F00', [['ioa_10', -1]]],
    ['normalized values', '09', '01', '0A0000' + '00C000', [['ioa_10', -0.5]]],
    ['normalized values without quality', '15', '01', '0A0000' + '0040', [['ioa_10', 0.5]]],
    ['a float', '0D', '01', '0A0000' + '0000C03F00', [['ioa_10', 1.5]]],
    ['a counter', '0F', '01', '0A0000' + 'FFFFFFFF05', [['ioa_10', -1]]],
  ])('reads %s', (_, type, count, objects, values) => {
    const { readings, faults } = decode(unit(type, count, objects))
    expect(faults).toEqual([])
    expect(readings.map(({ quantity, v }) => [quantity, v])).toEqual(values)
  })

  it('takes no value from a switch that is between its ends, and none that is a test', () => {
    expect(decode(unit('03', '01', '0A000000'))).toMatchObject({
      readings: [],
      facts: [{}, {}, { name: 'ioa_10', value: 'intermediate' }],
    })
    expect(decode(unit('01', '01', '0A000001', '83'))).toMatchObject({
      readings: [],
      facts: [{ value: 'M_SP_NA_1 spontaneous, test' }, {}, { name: 'ioa_10', value: 'test 1' }],
    })
  })

  it.each([
    ['80', Quality.FAIL],
    ['40', Quality.SUSPECT],
    ['20', Quality.SUSPECT],
    ['01', Quality.SUSPECT],
    ['00', Quality.NOT_EVALUATED],
  ])('takes the quality %s as it is said', (quality, q) => {
    expect(decode(unit('24', '01', `0A0000${'0000C03F'}${quality}983A2D0E020614`)).readings).toMatchObject([
      { q },
    ])
  })

  it('completes a time of minutes by the arrival, over the turn of an hour', () => {
    const at = (hex: string) => decode(unit('02', '01', `0A000001${hex}`)).readings[0]
    expect(at('E80309')).toMatchObject({ t: T - 59_000, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME })
    expect(at('000037')).toMatchObject({ t: T - 15 * 60_000 })
    expect(at('000089')).toMatchObject({ t: T })
  })

  it.each([
    ['an impossible date', unit('1E', '01', '0A000001' + '000000001F0214'), 'time', 15],
    ['a second 60', unit('1E', '01', '0A000001' + '60EA0000010114'), 'time', 15],
    ['a length that type and count do not give', unit('0D', '02', '0A00000000C03F00'), 'length', 1],
    ['a length of none', '6803000000', 'length', 1],
    ['an I frame without data', '680408000000', 'length', 1],
    ['an unknown U function', '680403000000', 'control', 2],
    ['a cut-off frame', FLOAT.slice(0, 40), 'cut-off', 0],
  ])('names %s', (_, hex, what, offset) => {
    expect(decode(hex)).toMatchObject({ readings: [], faults: [{ code: `iec104-${what}`, offset }] })
  })

  it('keeps the data of a type that it does not read', () => {
    expect(decode(unit('7A', '01', '0A00001122')).facts).toContainEqual({
      device: 'station-1',
      name: 'data',
      value: '0A00001122',
    })
  })

  it('reads by the points of a device model, which is checked', () => {
    const text = (points: string) => `
model: feeder-terminal
name: { en: Feeder, zh: 馈线 }
interval: 1m
codec: iec104
points:
${points}
quantities:
  voltage: { name: { en: Voltage, zh: 电压 }, unit: V, source: data sheet }
`
    const result = readModel(
      text('  - { quantity: voltage, address: 12303, scale: 0.1 }\n  - { fact: spare, address: 12304 }'),
      'f.yaml',
    )
    if (!('model' in result)) throw new Error(JSON.stringify(result))
    const { readings, facts } = decode(SCALED, undefined, createIec104(result.model))
    expect(readings).toMatchObject([{ device: 'station-12', quantity: 'voltage', v: 257.5 }])
    expect(facts).toContainEqual({ device: 'station-12', name: 'ioa_12302', value: 117 })
    const wrong = readModel(text('  - { quantity: current, address: 1 }\n  - { address: 1 }'), 'f.yaml')
    expect('faults' in wrong && wrong.faults.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '7 points: current is no quantity of this model',
      '8 points: a point is either a quantity or a fact',
      '8 points: the address 1 stands here twice',
    ])
  })

  it('encodes interrogations, clocks, starts and acknowledgements', () => {
    expect(encoded({ function: 'STARTDT act' })).toBe('680407000000')
    expect(encoded({ received: 14986 })).toBe('680401001475')
    expect(encoded({ station: 1, interrogate: 'station' })).toBe('680E0000000064010600010000000014')
    expect(encoded({ station: 1, interrogate: 2, send: 3, receive: 4 })).toBe(
      '680E0600080064010600010000000016',
    )
    expect(encoded({ station: 1, interrogate: 'counters' })).toBe('680E0000000065010600010000000005')
    const clock = Date.parse('2020-06-02T14:45:15.250+08:00')
    expect(encoded({ station: 401, clock })).toBe('681400000000670106009101000000923B2D0E020614')
    expect(decode(encoded({ station: 401, clock })).facts).toContainEqual({
      device: 'station-401',
      name: 'clock',
      value: '2020-06-02T14:45:15+08:00',
    })
  })

  it('answers what waits for it', () => {
    const answer = (hex: string) => {
      const bytesOf = createIec104().answer?.(bytes(hex), { topic: '', arrivalMs: T })
      return bytesOf && Buffer.from(bytesOf).toString('hex').toUpperCase()
    }
    expect(answer('680443000000')).toBe('680483000000')
    expect(answer('680407000000')).toBe('68040B000000')
    expect(answer(FLOAT)).toBe('68040100C001')
    expect(answer('680483000000')).toBeUndefined()
    expect(answer('680401001475')).toBeUndefined()
  })

  const sequence = fc.nat({ max: 0x7fff })
  codecContract({
    create: createIec104,
    messages: [
      FLOAT,
      SCALED,
      '680407000000',
      '680401001475',
      encoded({ station: 1, interrogate: 'station' }),
    ].map(bytes),
    isChecked: false,
    lostAfterCut: 10,
    encoded: {
      messages: fc.record({
        station: fc.integer({ min: 1, max: 0xffff }),
        send: sequence,
        receive: sequence,
        interrogate: fc.integer({ min: 1, max: 16 }),
      }),
      expectBack: (
        { station, send, interrogate }: { station: number; send: number; interrogate: number },
        { facts, faults },
      ) => {
        expect(faults).toEqual([])
        expect(facts).toEqual([
          { device: `station-${station}`, name: 'function', value: 'C_IC_NA_1 activation' },
          { device: `station-${station}`, name: 'sent', value: send },
          { device: `station-${station}`, name: 'interrogation_0', value: `group ${interrogate}` },
        ])
      },
    },
    nearMisses: fc
      .record({
        type: fc.constantFrom(1, 3, 9, 11, 13, 15, 30, 34, 36, 103),
        count: fc.nat({ max: 255 }),
        data: fc.uint8Array({ maxLength: 240 }),
      })
      .map(({ type, count, data }) =>
        Uint8Array.from([0x68, 10 + data.length, 0, 0, 0, 0, type, count, 3, 0, 1, 0, ...data]),
      ),
  })
})
