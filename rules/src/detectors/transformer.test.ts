import { describe, expect, it } from 'vitest'
import { ArraySamples, detectorOf, featureOf } from './testing/array-samples.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)

/** Oil and windings of the check case: see the name of its test. */
const CASE = [
  'oil-rise 38.3, losses 1000, gradient 14.5, hot-spot-factor 1.4, x 0.8, y 1.3',
  'k11 0.5, k21 2, k22 2, tau-oil 150m, tau-winding 7m, start 38.3',
].join(', ')

const loadAt = (minute: number): number => (minute < 190 ? 1 : minute < 365 ? 0.6 : 1.5)

/** A detector over load and ambient temperature, read every `every` minutes until minute 500. */
function run(detector: string, every: number, options = CASE) {
  const minutes = Array.from({ length: 500 / every + 1 }, (_, at) => at * every)
  const load = new ArraySamples(minutes.map(minute => ({ t: START + minute * MINUTE, v: loadAt(minute) })))
  const ambient = new ArraySamples(minutes.map(minute => ({ t: START + minute * MINUTE, v: 25.6 })))
  const one = detectorOf(`${detector}(load, ambient_temperature, ${options})`)
  return new Map(
    minutes.map(minute => [minute, one.value([load, ambient], START + minute * MINUTE)] as const),
  )
}

describe('the thermal model of a transformer', () => {
  it.each([1, 5])('gives the temperatures of the IEC example, read every %d minutes', every => {
    const oil = run('top-oil', every)
    const hot = run('hot-spot', every)
    for (const [minute, oilExpected, hotExpected] of [
      [190, 61.9, 83.8],
      [365, 44.4, 54],
      [500, 89.2, 127],
    ] as const) {
      expect(Math.abs((oil.get(minute) as number) - oilExpected)).toBeLessThan(1.5)
      expect(Math.abs((hot.get(minute) as number) - hotExpected)).toBeLessThan(1.5)
    }
  })

  it('adds up: hot spot above the oil, and ageing that doubles every 6 degrees', () => {
    const [oil, hot, rise, rate] = ['top-oil', 'hot-spot', 'hot-spot-rise', 'ageing'].map(name =>
      run(name, 5).get(500),
    )
    expect((oil as number) + (rise as number)).toBeCloseTo(hot as number, 9)
    expect(rate).toBeCloseTo(2 ** (((hot as number) - 98) / 6), 6)
  })

  it('does not depend on how often a constant load is read', () => {
    const [often, seldom] = [1, 5].map(every => run('hot-spot', every).get(185)) as [number, number]
    expect(often).toBeCloseTo(seldom, 9)
  })

  it('is unknown until the oil has forgotten where it began, and after an input fell silent', () => {
    const plate = 'oil-rise 45, gradient 14, losses 5, tau-oil 1h'
    const hours = [...Array(10).keys(), 20]
    const samples = (v: number) => new ArraySamples(hours.map(hour => ({ t: START + hour * 60 * MINUTE, v })))
    const detector = detectorOf(`top-oil(load, ambient_temperature, ${plate})`)
    const inputs = [samples(1), samples(20)] as const
    const known = [...hours, 20.5].map(hour => detector.value(inputs, START + hour * 60 * MINUTE))
    expect(known.slice(0, 3)).toEqual([undefined, undefined, undefined])
    expect(known[3]).toBeCloseTo(65, 9)
    expect(known.slice(10)).toEqual([undefined, undefined])
    expect(detectorOf(`top-oil(load, ambient_temperature, ${plate}, start 20)`).value(inputs, START)).toBe(20)
  })

  it('does not ask in which order readings within a minute came', () => {
    const load = new ArraySamples([{ t: START, v: 1 }])
    const ambient = new ArraySamples([{ t: START, v: 10 }])
    const inOrder = detectorOf(`hot-spot(load, ambient_temperature, ${CASE})`)
    const inputs = [load, ambient] as const
    inOrder.value(inputs, START)
    load.all.push({ t: START + MINUTE, v: 1.5 })
    inOrder.value(inputs, START + MINUTE)
    // The ambient temperature of half a minute before comes after it.
    ambient.all.push({ t: START + MINUTE / 2, v: 30 })
    const all = detectorOf(`hot-spot(load, ambient_temperature, ${CASE})`)
    expect(inOrder.value(inputs, START + 2 * MINUTE)).toBe(all.value(inputs, START + 2 * MINUTE))
  })

  it('has its units, and needs what the nameplate says', () => {
    expect(() => featureOf('hot-spot(load, ambient_temperature, gradient 14)')).toThrow('needs "oil-rise"')
    expect(() => featureOf('hot-spot(load)')).toThrow('needs ambient temperature')
  })
})
