import { describe, expect, test } from 'vitest'
import type { Device, LiveReading } from '../api/shapes.ts'
import { freshnessAt } from './freshness.ts'
import { applyReadings } from './latest.ts'

const device = (id: string): Device => ({
  id,
  model: 'crack-meter',
  modelName: null,
  site: 'slope',
  siteName: null,
  name: null,
  gateways: ['gw-1'],
  tags: [],
  quantities: [
    { quantity: 'displacement', name: null, unit: 'mm', last: { t: 1000, v: 1, q: 1, marks: 0 } },
    { quantity: 'battery', name: null, unit: 'V', last: null },
  ],
  freshness: { state: 'fresh', lastSeen: 1000, ageMs: 0, intervalMs: 60_000 },
})
const reading = (fields: Partial<LiveReading>): LiveReading => ({
  device: 'a',
  quantity: 'displacement',
  t: 2000,
  v: 2,
  q: 1,
  ...fields,
})

describe('live readings', () => {
  test('become the last values; devices without news stay the same object', () => {
    const given = [device('a'), device('b')]
    const [a, b] = applyReadings(given, [reading({}), reading({ quantity: 'battery', t: 1500, v: 12 })])
    expect(a?.quantities[0]?.last).toEqual({ t: 2000, v: 2, q: 1, marks: 0 })
    expect(a?.quantities[1]?.last?.v).toBe(12)
    expect(a?.freshness.lastSeen).toBe(2000)
    expect(b).toBe(given[1])
    expect(given[0]?.quantities[0]?.last?.v).toBe(1)
  })

  test('quality flag and marks are told apart', () => {
    const [a] = applyReadings([device('a')], [reading({ q: 0x23 })])
    expect(a?.quantities[0]?.last).toMatchObject({ q: 3, marks: 0x20 })
  })

  test('an older reading changes nothing, an unknown device is left out, a new quantity is added', () => {
    const given = [device('a')]
    expect(applyReadings(given, [reading({ t: 999 }), reading({ device: 'ghost' })])).toEqual(given)
    const [a] = applyReadings(given, [reading({ quantity: 'rate' })])
    expect(a?.quantities.map(({ quantity }) => quantity)).toEqual(['displacement', 'battery', 'rate'])
  })
})

describe('freshness', () => {
  test.each([
    [0, 'fresh'],
    [120_000, 'fresh'],
    [120_001, 'late'],
    [300_000, 'late'],
    [300_001, 'silent'],
    [-50_000, 'fresh'],
  ])('%d ms after the last reading of a device that speaks every minute: %s', (ageMs, state) => {
    expect(freshnessAt(1_000_000, 60_000, 1_000_000 + ageMs)).toBe(state)
  })

  test('without a reading or without an interval nothing is late', () => {
    expect(freshnessAt(null, 60_000, 5)).toBe('never')
    expect(freshnessAt(0, null, 1e12)).toBe('fresh')
  })
})
