import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import { MAX_READINGS_PER_MESSAGE } from '../codec.ts'
import { GEOHAZARD_TOPIC, geohazardJson } from './geohazard-json.ts'

const T = Date.UTC(2026, 10, 23)
const decode = (value: unknown) =>
  geohazardJson.decode(Buffer.from(JSON.stringify(value)), { topic: GEOHAZARD_TOPIC, arrivalMs: T })
const quantities = (value: unknown): string[] => decode(value).readings.map(({ quantity }) => quantity)
const at = (value: unknown) => ({ '2026-11-23T00:00:00Z': value })

describe('a message of the geohazard platform', () => {
  it('gives a reading for each device, sensor and time', () => {
    const { readings, faults } = decode({
      'LF-1': { L1_LF_1: { '2026-11-23T00:00:00Z': 12.5, '2026-11-23T08:10:00+08:00': '12.6' } },
      'YL-1': { L3_YL_1: { '2026-11-22 23:50:00': 0.2 } },
    })
    expect(faults).toEqual([])
    expect(readings).toEqual([
      { device: 'LF-1', quantity: 'displacement', t: T, v: 12.5, q: Quality.NOT_EVALUATED },
      { device: 'LF-1', quantity: 'displacement', t: T + 600_000, v: 12.6, q: Quality.NOT_EVALUATED },
      { device: 'YL-1', quantity: 'rain', t: T - 600_000, v: 0.2, q: Quality.NOT_EVALUATED },
    ])
  })

  it('takes the form without times, at its arrival', () => {
    expect(decode({ deviceId: '7', data: { 'LF-1': { L1_LF_1: '3.5' } } }).readings).toEqual([
      {
        device: 'LF-1',
        quantity: 'displacement',
        t: T,
        v: 3.5,
        q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
      },
    ])
  })

  it('names quantities by sensor, number and part', () => {
    expect(
      quantities({
        d: {
          L1_LF_2: at(1),
          L1_QJ_1: at({ X: 1, angle: 2, AZI: 3 }),
          L1_GP_1: at({ gpsTotalX: 1 }),
          L3_YL_1: at({ value: 1, totalValue: 2 }),
          L9_NEW_1: at(1),
        },
      }),
    ).toEqual([
      'displacement_2',
      'tilt_x',
      'tilt_angle',
      'tilt_azi',
      'gnss_gps_total_x',
      'rain',
      'rain_total',
      'L9_NEW_1',
    ])
  })

  it.each([
    ['an array', [], 'shape'],
    ['a device that is no object', { d: 5 }, 'device'],
    ['a device with a slash', { 'a/b': { L1_LF_1: 1 } }, 'device'],
    ['a time that is none', { d: { L1_LF_1: { '2026-99-99': 1 } } }, 'time'],
    ['no value at all', { d: { L1_LF_1: {} } }, 'empty'],
    ['31 April', { d: { L1_LF_1: { '2026-04-31T00:00:00Z': 1 } } }, 'time'],
    ['an absurd time', { d: { L1_LF_1: { '1066-10-14T09:00:00Z': 1 } } }, 'time'],
    ['a word for a number', { d: { L1_LF_1: at('many') } }, 'value'],
    ['an empty text for a number', { d: { L1_LF_1: at('') } }, 'value'],
    ['a sensor with a wildcard', { d: { '#': at(1) } }, 'sensor'],
  ])('is refused with %s', (_, value, what) => {
    expect(decode(value)).toMatchObject({ readings: [], faults: [{ code: `geohazard-json-${what}` }] })
  })

  it('is bounded in readings and in faults', () => {
    const parts = (value: unknown) =>
      Object.fromEntries(
        Array.from({ length: MAX_READINGS_PER_MESSAGE + 50 }, (_, part) => [`p${part}`, value]),
      )
    expect(decode({ d: { L1_QJ_1: at(parts(1)) } }).readings).toHaveLength(MAX_READINGS_PER_MESSAGE)
    expect(decode({ d: { L1_QJ_1: at(parts(null)) } }).faults.length).toBeLessThanOrEqual(100)
  })

  codecContract({
    create: () => geohazardJson,
    context: { topic: GEOHAZARD_TOPIC },
    messages: [
      Buffer.from('{"SK00EA0D1307986":{"L1_LF_1":{"2026-04-05T20:34:06.000Z":10.86}}}'),
      Buffer.from('{"deviceId":"48416578","data":{"48416578":{"L3_YL_1":"23.5"}}}'),
    ],
    isChecked: false,
    nearMisses: fc.object({ maxDepth: 4 }).map(value => Buffer.from(JSON.stringify(value))),
  })
})
