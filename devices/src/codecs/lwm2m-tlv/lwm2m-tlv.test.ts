import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Field } from '../codec.ts'
import { lwm2mTlv } from './lwm2m-tlv.ts'

const T = Date.UTC(2026, 10, 24)
// The Device object of OMA TS LightweightM2M 1.0, 6.4.3.1.
const DEVICE =
  'C800144F70656E204D6F62696C6520416C6C69616E6365C801164C69676874776569676874204D324D20436C69656E74C80209333435303030313233C303312E30860641000141010588070842000ED842011388870841007D42010384C10964C10A0F830B410000C40D5182428FC60E2B30323A3030C11055'
const decode = (hex: string, path = '3/0', fields?: Field[]) =>
  lwm2mTlv.decode(Buffer.from(hex, 'hex'), { topic: `sensors/node-1/${path}`, arrivalMs: T }, fields)
const encoded = (message: unknown): string => {
  const result = lwm2mTlv.encode?.(message)
  if (!result?.ok) throw new Error(JSON.stringify(result))
  return Buffer.from(result.bytes).toString('hex').toUpperCase()
}
const values = (hex: string, path: string) => {
  const { readings, faults } = decode(hex, path)
  expect(faults).toEqual([])
  return readings.map(({ quantity, v }) => [quantity, v])
}

describe('LwM2M TLV', () => {
  it('reads the Device object of the standard', () => {
    const { readings, facts, faults } = decode(DEVICE)
    expect(faults).toEqual([])
    expect(readings.map(({ quantity, v }) => [quantity, v])).toEqual([
      ['supply_voltage_0', 3.8],
      ['supply_voltage_1', 5],
      ['supply_current_0', 0.125],
      ['supply_current_1', 0.9],
      ['battery_level', 100],
    ])
    expect(readings[0]).toMatchObject({
      device: 'node-1',
      t: T,
      q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
    })
    expect(facts.map(({ name, value }) => [name, value])).toEqual([
      ['manufacturer', 'Open Mobile Alliance'],
      ['model_number', 'Lightweight M2M Client'],
      ['serial_number', '345000123'],
      ['firmware_version', '1.0'],
      ['power_source_0', 1],
      ['power_source_1', 5],
      ['memory_free_kb', 15],
      ['error_code_0', 0],
      ['clock', 1367491215],
      ['utc_offset', '+02:00'],
      ['binding', 'U'],
    ])
  })

  it('reads sensors at the time that they give', () => {
    const hex = encoded({
      instances: [
        {
          id: 0,
          resources: [
            { id: 5700, float: 21.5 },
            { id: 5518, integer: T / 1000 - 60 },
            { id: 5701, text: 'Cel' },
          ],
        },
        { id: 2, resources: [{ id: 5700, float: -0.1 }] },
      ],
    })
    const { readings, facts, faults } = decode(hex, '3303')
    expect(faults).toEqual([])
    expect(readings).toEqual([
      { device: 'node-1', quantity: 'temperature', t: T - 60_000, v: 21.5, q: Quality.NOT_EVALUATED },
      {
        device: 'node-1',
        quantity: 'temperature_2',
        t: T,
        v: -0.1,
        q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
      },
    ])
    expect(facts).toContainEqual({ device: 'node-1', name: 'unit', value: 'Cel', t: T - 60_000 })
  })

  it.each([
    ['3303/0/5700', 5700, 'temperature'],
    ['3304/0', 5700, 'humidity'],
    ['3300', 5700, 'value'],
    ['3323/1', 5700, 'pressure_1'],
    ['3315/0', 5700, 'air_pressure'],
    ['3316/0', 5700, 'voltage'],
    ['3317/0', 5700, 'current'],
    ['3305/0', 5800, 'active_power'],
    ['3305/0', 5805, 'energy'],
    ['3331/0', 5805, 'energy'],
    ['3322/0', 5700, 'load'],
    ['3313/0', 5703, 'acceleration_y'],
    ['3330/0', 5700, 'distance'],
    ['3202/0', 5600, 'analog_input'],
  ])('knows %s/%i as %s', (path, id, quantity) => {
    expect(values(encoded({ resources: [{ id, float: 1.25 }] }), path)).toEqual([[quantity, 1.25]])
  })

  it('reads signal and the data of an application', () => {
    expect(
      values(
        encoded({
          resources: [
            { id: 2, integer: -97 },
            { id: 8, integer: 70_000 },
          ],
        }),
        '4/0',
      ),
    ).toEqual([['signal_strength', -97]])
    expect(decode(encoded({ resources: [{ id: 0, data: '7e7e01' }] }), '19/0').facts).toEqual([
      { device: 'node-1', name: 'data', value: '7E7E01' },
    ])
  })

  it('without a path knows what every sensor has, and keeps the rest in hex', () => {
    const hex = encoded({
      resources: [
        { id: 5700, float: 2 },
        { id: 1, integer: 7 },
      ],
    })
    expect(lwm2mTlv.decode(Buffer.from(hex, 'hex'), { topic: 'up', arrivalMs: T })).toMatchObject({
      readings: [{ device: 'up', quantity: 'value', v: 2 }],
      facts: [{ device: 'up', name: 'resource_1', value: '07' }],
      faults: [],
    })
  })

  it('takes the quantity from the registry by the path', () => {
    const { readings } = lwm2mTlv.decode(
      Buffer.from(encoded({ resources: [{ id: 5700, float: 2 }] }), 'hex'),
      {
        topic: 'sensors/node-1/3303/0',
        arrivalMs: T,
        channelOf: (address, channel) =>
          address === 'node-1' && channel === '3303.0.5700' ? { device: 'a', quantity: 'oil' } : undefined,
      },
    )
    expect(readings).toMatchObject([{ device: 'a', quantity: 'oil', v: 2 }])
  })

  it.each([
    ['what is no TLV', '0011223344556677889900', 'cut-off', 5],
    ['a resource that claims more than there is', 'E41644412CCCCD'.replace('E4', 'E5'), 'cut-off', 0],
    ['a float of two bytes', 'E216440102', 'value', 3],
    ['a resource instance without its resource', '410001', 'place', 0],
    ['an object instance in an object instance', '03000100', 'cut-off', 0],
    ['an object instance within another', '02000000', 'place', 2],
    ['nothing', '', 'cut-off', 0],
  ])('names %s', (_, hex, what, offset) => {
    expect(decode(hex, '3303/0')).toMatchObject({
      readings: [],
      faults: expect.arrayContaining([expect.objectContaining({ code: `lwm2m-tlv-${what}`, offset })]),
    })
  })

  it('shows each entry', () => {
    const fields: Field[] = []
    decode('E4164441AC0000', '3303/0', fields)
    expect(fields).toEqual([
      { name: 'resource', offset: 0, lengthBytes: 3, raw: 'E41644', meaning: '5700, temperature' },
      { name: 'value', offset: 3, lengthBytes: 4, raw: '41AC0000', meaning: '21.5', unit: 'Cel' },
    ])
  })

  const sensors = encoded({
    instances: [
      {
        id: 0,
        resources: [
          { id: 5700, float: 21.5 },
          { id: 5701, text: 'Cel' },
        ],
      },
    ],
  })
  const long = encoded({ resources: [{ id: 5750, text: 'x'.repeat(300) }] })
  codecContract({
    create: () => lwm2mTlv,
    context: { topic: 'sensors/node-1/3303' },
    messages: [sensors, long, encoded({ resources: [{ id: 5700, float: 0.1 }] })].map(hex =>
      Buffer.from(hex, 'hex'),
    ),
    isChecked: false,
    encoded: {
      messages: fc
        .array(
          fc.record({
            id: fc.nat({ max: 0xffff }),
            resources: fc.tuple(
              fc.record({
                id: fc.constant(5700),
                float: fc.double({ noNaN: true, noDefaultInfinity: true }),
              }),
              fc.record({ id: fc.constant(5604), float: fc.float({ noNaN: true, noDefaultInfinity: true }) }),
              fc.record({ id: fc.constant(5701), text: fc.string({ maxLength: 10 }) }),
            ),
          }),
          { minLength: 1, maxLength: 2 },
        )
        .map(instances => ({ instances })),
      expectBack: (
        {
          instances,
        }: { instances: { resources: [{ float: number }, { float: number }, { text: string }] }[] },
        { readings, facts, faults },
      ) => {
        expect(faults).toEqual([])
        expect(readings.map(({ v }) => v)).toEqual(instances.map(({ resources: [{ float }] }) => float))
        expect(facts.map(({ value }) => value)).toEqual(
          instances.flatMap(({ resources: [, { float }, { text }] }) => [float, text]),
        )
      },
    },
    nearMisses: fc
      .array(fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 7 })), {
        maxLength: 20,
      })
      .map(entries =>
        Buffer.concat(
          entries.map(([type, id, value]) => Uint8Array.of((type & 0xf8) | value.length, id, ...value)),
        ),
      ),
  })

  it('reads back any integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), integer => {
        expect(decode(encoded({ resources: [{ id: 8, integer }] }), '4/0').facts).toMatchObject([
          { value: integer },
        ])
      }),
    )
  })
})
