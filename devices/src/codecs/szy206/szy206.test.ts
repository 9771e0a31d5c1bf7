import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Decoded } from '../codec.ts'
import { szy206 } from './szy206.ts'

const REPORT = '681A68B35303810D00C00059000000826110000001106000004508090A3516'
const arrivalMs = Date.UTC(2026, 10, 9, 0, 46)
const decode = (frame: string | Uint8Array, arrival = arrivalMs): Decoded =>
  szy206.decode(typeof frame === 'string' ? Buffer.from(frame, 'hex') : frame, {
    topic: 'tcp',
    arrivalMs: arrival,
  })

function frame(parameter: number, data: string, code = 'C0', direction = 'up'): Uint8Array {
  const encoded = szy206.encode?.({ direction, address: '5303810D00', parameter, function: code, data })
  if (!encoded?.ok) throw new Error('not encoded')
  return encoded.bytes
}
const TAIL = '000000000045080905'
const valuesOf = ({ readings }: Decoded): unknown[] =>
  readings
    .filter(
      ({ quantity }) =>
        /^(rain|level|flow|volume|velocity|gate)/.test(quantity) && !/alarm|failed/.test(quantity),
    )
    .map(({ quantity, v }) => [quantity, v])

describe('SZY 206-2016', () => {
  it('reads a report of flow and volume, with alarms and status', () => {
    const { readings, facts, faults } = decode(REPORT)
    expect(faults).toEqual([])
    expect(readings.slice(0, 2)).toEqual([
      {
        device: '5303810D00',
        quantity: 'flow',
        t: Date.UTC(2026, 10, 9, 0, 45),
        v: 5.9,
        q: Quality.NOT_EVALUATED,
      },
      {
        device: '5303810D00',
        quantity: 'volume',
        t: Date.UTC(2026, 10, 9, 0, 45),
        v: 106_182,
        q: Quality.NOT_EVALUATED,
      },
    ])
    const set = readings
      .slice(2)
      .filter(({ v }) => v === 1)
      .map(({ quantity }) => quantity)
    expect(set).toEqual(['mains_failed', 'water_left_low', 'door_closed', 'on_battery'])
    expect(facts).toEqual([
      { device: '5303810D00', name: 'function', value: 'report of current values' },
      { device: '5303810D00', name: 'working_mode', value: 'reports and answers' },
    ])
  })

  it('takes month and year from the arrival, across their ends', () => {
    const t = (label: string, arrival: number): number | undefined =>
      decode(frame(1, `500000${'00000000'}${label}`), arrival).readings[0]?.t
    expect(t('5959233105', Date.UTC(2026, 10, 30, 16, 1))).toBeUndefined()
    expect(t('5959233005', Date.UTC(2026, 10, 30, 16, 1))).toBe(Date.UTC(2026, 10, 30, 15, 59, 59))
    expect(t('5959233105', Date.UTC(2026, 11, 31, 16, 1))).toBe(Date.UTC(2026, 11, 31, 15, 59, 59))
    expect(t('0001000105', Date.UTC(2026, 11, 31, 15, 59))).toBe(Date.UTC(2026, 11, 31, 16, 1))
  })

  it('reads several values, signs and missing ones', () => {
    expect(valuesOf(decode(frame(1, `500000${TAIL}`)))).toEqual([['rain', 5]])
    expect(valuesOf(decode(frame(2, `34120000341200F0${TAIL}`)))).toEqual([
      ['level', 1.234],
      ['level_2', -1.234],
    ])
    const missing = decode(frame(3, `AAAAAAAAAA0100000000${TAIL}`))
    expect(valuesOf(missing)).toEqual([['volume', 1]])
    expect(missing.facts).toContainEqual({
      device: '5303810D00',
      name: 'flow',
      value: 'missing',
      t: Date.UTC(2026, 10, 9, 0, 45),
    })
  })

  it('keeps what it does not take apart', () => {
    expect(decode(frame(9, `1502${TAIL}`)).facts).toContainEqual({
      device: '5303810D00',
      name: 'water_temperature',
      value: '1502',
    })
    expect(decode(frame(0, 'F2', '02')).facts).toContainEqual({
      device: '5303810D00',
      name: 'link_test',
      value: 'stay on line',
    })
    expect(decode(frame(0, '1234', '51', 'down')).facts).toContainEqual({
      device: '5303810D00',
      name: 'data',
      value: '1234',
    })
    expect(JSON.stringify(decode(frame(0, '0102031234', '11', 'down')))).not.toContain('1234')
  })

  it('names what is wrong', () => {
    expect(decode(REPORT.replace('3516', '3616')).faults).toMatchObject([
      { code: 'szy206-check-sum', expected: '35' },
    ])
    expect(decode(frame(2, `3A120000${TAIL}`)).faults).toMatchObject([{ code: 'szy206-digits', offset: 10 }])
    expect(decode(frame(2, `341200${TAIL}`)).faults).toMatchObject([{ code: 'szy206-length' }])
    expect(decode(frame(2, '1234')).faults).toMatchObject([{ code: 'szy206-length' }])
  })

  codecContract({
    create: () => szy206,
    context: { arrivalMs },
    messages: [Buffer.from(REPORT, 'hex'), frame(2, `34120000341200F0${TAIL}`), frame(0, 'F2', '02')],
    isChecked: true,
    encoded: {
      messages: fc
        .record({ address: fc.nat({ max: 999_999 }), level: fc.nat({ max: 99_999_999 }) })
        .map(({ address, level }) => ({
          direction: 'up',
          address: `${String(address).padStart(6, '0')}0D00`,
          parameter: 2,
          function: 'C0',
          data: Buffer.from(String(level).padStart(8, '0'), 'hex').reverse().toString('hex') + TAIL,
        })),
      expectBack: ({ address, data }: { address: string; data: string }, { readings, faults }) => {
        expect(faults).toEqual([])
        const digits = Buffer.from(data.slice(0, 8), 'hex').reverse().toString('hex')
        expect(readings[0]).toMatchObject({ device: address, quantity: 'level', v: Number(digits) / 1000 })
      },
    },
  })
})
