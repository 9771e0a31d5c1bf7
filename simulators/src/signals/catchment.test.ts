import { describe, expect, it } from 'vitest'
import { Catchment } from './catchment.ts'
import { HOUR_MS, MINUTE_MS } from './signal.ts'
import { Weather } from './weather.ts'

const ANCHOR = Date.UTC(2026, 6, 1)
const STORM = { fromMs: ANCHOR, lastsMs: 4 * HOUR_MS, depthMm: 80 }
const weatherWith = (showerDepthMm: number): Weather =>
  new Weather({ seed: 3, anchorMs: ANCHOR, storms: [STORM], showerPeriodMs: 30 * HOUR_MS, showerDepthMm })

const options = {
  areaKm2: 120,
  runoff: 0.5,
  reservoirs: 3,
  storageMs: 2 * HOUR_MS,
  baseFlow: 4,
  rating: { c: 22, a: 0.3, b: 1.6 },
}

describe('weather', () => {
  it('rains as much as the storm holds, however it is divided', () => {
    const weather = weatherWith(0)
    expect(weather.depthMm(ANCHOR - HOUR_MS, ANCHOR + 5 * HOUR_MS)).toBeCloseTo(80, 9)
    let sum = 0
    for (let t = ANCHOR; t < ANCHOR + 4 * HOUR_MS; t += 7 * MINUTE_MS)
      sum += weather.depthMm(t, t + 7 * MINUTE_MS)
    expect(sum).toBeCloseTo(80, 9)
  })

  it('peaks in the first half of the storm', () => {
    const weather = weatherWith(0)
    const hours = [0, 1, 2, 3].map(hour =>
      weather.depthMm(ANCHOR + hour * HOUR_MS, ANCHOR + (hour + 1) * HOUR_MS),
    )
    expect(Math.max(...hours)).toBe(hours[1])
  })

  it('has showers whose mean is near the stated one', () => {
    const weather = weatherWith(8)
    const days = 400
    const depth = weather.depthMm(ANCHOR - days * 24 * HOUR_MS, ANCHOR - HOUR_MS)
    // 320 periods of 30 h with 8 mm each, of which the cut tail takes some 5 %.
    expect(depth / (320 * 8)).toBeGreaterThan(0.8)
    expect(depth / (320 * 8)).toBeLessThan(1.1)
  })
})

describe('catchment', () => {
  const catchment = new Catchment(weatherWith(0), options)

  it('gives back the effective rain: volume in is volume out', () => {
    let volume = 0
    for (let t = ANCHOR; t < ANCHOR + 80 * HOUR_MS; t += MINUTE_MS)
      volume += (catchment.discharge(t) - options.baseFlow) * 60
    expect(volume / (80 * 120 * 1000 * 0.5)).toBeCloseTo(1, 2)
  })

  it('crests hours after the rain and recedes slower than it rose', () => {
    const at = (hour: number): number => catchment.levelM(ANCHOR + hour * HOUR_MS)
    const hours = Array.from({ length: 48 }, (_, hour) => hour)
    const crest = hours.reduce((best, hour) => (at(hour) > at(best) ? hour : best), 0)
    expect(crest).toBeGreaterThan(4)
    expect(crest).toBeLessThan(9)
    expect(at(crest + 5) - at(crest)).toBeGreaterThan(at(crest - 5) - at(crest))
  })

  it('stands at the rating curve of the base flow in dry weather', () => {
    const level = catchment.levelM(ANCHOR - HOUR_MS)
    expect(22 * (level - 0.3) ** 1.6).toBeCloseTo(4, 9)
  })
})
