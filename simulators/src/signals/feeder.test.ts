import { describe, expect, it } from 'vitest'
import { Feeder } from './feeder.ts'
import { HOUR_MS, MINUTE_MS } from './signal.ts'

// 2026-07-01 00:00 in China.
const MIDNIGHT = Date.UTC(2026, 5, 30, 16)
const options = {
  seed: 5,
  ratedKva: 1000,
  nominalKv: 10,
  peakLoad: 0.9,
  powerFactor: 0.95,
  ambientMean: 28,
  ambientSwing: 5,
  overloads: [],
}
const feeder = new Feeder(options)
const hourly = Array.from({ length: 24 }, (_, hour) => MIDNIGHT + hour * HOUR_MS)

describe('feeder', () => {
  it('has its peak in the evening and its valley at night, in local time', () => {
    const loads = hourly.map(t => feeder.loadFactor(t))
    expect(loads.indexOf(Math.max(...loads))).toBeGreaterThan(17)
    expect(loads.indexOf(Math.min(...loads))).toBeLessThan(7)
  })

  it('heats the oil to what IEC 60076-7 says for a constant load, and cools with its time constant', () => {
    const flat = new Feeder({
      ...options,
      peakLoad: 0,
      ambientMean: 20,
      ambientSwing: 0,
      overloads: [{ fromMs: MIDNIGHT - 40 * HOUR_MS, lastsMs: 40 * HOUR_MS, factor: 1 }],
    })
    // Rated load: ambient plus the rated rise of 55 K; the ambient wanders by some degrees.
    expect(flat.oilTemperature(MIDNIGHT) - flat.ambient(MIDNIGHT)).toBeGreaterThan(50)
    expect(flat.oilTemperature(MIDNIGHT) - flat.ambient(MIDNIGHT)).toBeLessThan(60)
    // No load leaves 55 K x (1/6)^0.8 = 13 K; one time constant of 3 h takes 63 % of the difference.
    const later = MIDNIGHT + 3 * HOUR_MS
    const rise = flat.oilTemperature(later) - flat.ambient(later)
    expect(rise).toBeGreaterThan(13 + 0.25 * 42)
    expect(rise).toBeLessThan(13 + 0.5 * 42)
  })

  it('is continuous: no jump between two steps of its model', () => {
    for (let t = MIDNIGHT; t < MIDNIGHT + HOUR_MS; t += MINUTE_MS / 2)
      expect(Math.abs(feeder.oilTemperature(t + MINUTE_MS / 2) - feeder.oilTemperature(t))).toBeLessThan(0.2)
  })

  it('keeps voltage and frequency within what the Chinese standards allow', () => {
    for (const t of hourly) {
      expect(feeder.voltage(t)).toBeGreaterThan(220 * 0.9)
      expect(feeder.voltage(t)).toBeLessThan(220 * 1.07)
      expect(Math.abs(feeder.frequency(t) - 50)).toBeLessThan(0.2)
    }
  })

  it('draws the current of its power', () => {
    const t = MIDNIGHT + 19 * HOUR_MS
    expect(feeder.current(t)).toBeCloseTo(feeder.activePower(t) / (Math.sqrt(3) * 10 * 0.95), 6)
  })
})
