import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArraySamples, detectorOf, featureOf, type Sample } from './testing/array-samples.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 1)

const hourly = (values: readonly number[]): Sample[] =>
  values.map((v, hour) => ({ t: START + hour * HOUR, v }))

/** What the detector says at each reading. */
function answers(text: string, samples: Sample[]): (number | undefined)[] {
  const detector = detectorOf(text)
  const ring = new ArraySamples(samples)
  return samples.map(({ t }) => detector.value([ring], t))
}

/** Caine's exceedance at the newest sample, read from the end: back to where it had been dry for 2 h, or silent for longer. */
function exceedanceOf(samples: readonly Sample[]): number {
  const dry = 2 * HOUR
  const newest = samples.at(-1) as Sample
  const silences = samples.map(({ t }, at) => at === 0 || t - (samples[at - 1] as Sample).t > dry)
  const wet = samples.flatMap(({ t, v }, at) => (v > 0 ? [{ t, v, at }] : []))
  const isSplit = (from: number, to: number): boolean => silences.slice(from + 1, to + 1).includes(true)
  let first = wet.length - 1
  const last = wet[first]
  if (!last || isSplit(last.at, samples.length - 1)) return 0
  if (newest.v === 0 && newest.t - last.t >= dry) return 0
  // Dry weather ends a storm where some reading says so, 2 h after the last rain or later.
  const isOver = (a: { t: number; at: number }, b: { at: number }): boolean =>
    samples.slice(a.at + 1, b.at).some(({ t }) => t - a.t >= dry) || isSplit(a.at, b.at)
  while (first > 0 && !isOver(wet[first - 1] as (typeof wet)[0], wet[first] as (typeof wet)[0])) first--
  const begin = wet[first] as (typeof wet)[0]
  const start = silences[begin.at] ? begin.t : (samples[begin.at - 1] as Sample).t
  const hours = Math.max(HOUR, newest.t - start) / HOUR
  const total = wet.slice(first).reduce((sum, { v }) => sum + v, 0)
  return total / hours / (14.82 * hours ** -0.39)
}

describe('rain over the threshold of its duration', () => {
  const storm = (values: number[], options: string) =>
    answers(`rain-threshold(rain, ${options})`, hourly(values))

  it('is 1 on the curves of Caine, of Guzzetti and of Seattle', () => {
    const tenHours = (total: number): number[] => [0, ...Array<number>(10).fill(total / 10)]
    expect(storm(tenHours(10 * 14.82 * 10 ** -0.39), 'curve caine').at(-1)).toBeCloseTo(1, 9)
    expect(storm(tenHours(10 * 2.2 * 10 ** -0.44), 'curve guzzetti').at(-1)).toBeCloseTo(1, 9)
    expect(storm(tenHours(10 * 25.4 * 3.257 * 10 ** -1.13), 'curve seattle').at(-1)).toBeCloseTo(1, 9)
    expect(storm(tenHours(80), 'curve own, a 40, b 0').at(-1)).toBeCloseTo(0.2, 9)
  })

  it('ends with the third dry hour, and not with the second', () => {
    expect(storm([0, 5, 0, 0, 0, 4], 'curve own, a 1, b 0')).toEqual([0, 5, 2.5, 5 / 3, 0, 4])
    expect(storm([0, 5, 0, 0, 4], 'curve own, a 1, b 0')).toEqual([0, 5, 2.5, 5 / 3, 9 / 4])
  })

  it('does not take one tip of the bucket for a storm, nor a gap for part of one', () => {
    const samples = [0, 1].map(v => ({ t: START + v * 60_000, v }))
    expect(answers('rain-threshold(rain, curve own, a 1, b 0)', samples)).toEqual([0, 1])
    const gap = [...hourly([0, 2]), { t: START + 10 * HOUR, v: 3 }]
    expect(answers('rain-threshold(rain, curve own, a 1, b 0)', gap)).toEqual([0, 2, 3])
  })

  it('is what a recomputation from all readings says', () => {
    // Mostly every half hour, now and then after a silence.
    const halfHours = fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) },
    )
    const tip = fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      fc.double({ min: 0.1, max: 30, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(halfHours, tip), { minLength: 1, maxLength: 80 }), rains => {
        let t = START
        const samples = rains.map(([steps, v]) => {
          t += (steps * HOUR) / 2
          return { t, v }
        })
        const got = answers('rain-threshold(rain, curve caine, dry 2h, shortest 1h)', samples)
        samples.forEach((_, at) => {
          const expected = exceedanceOf(samples.slice(0, at + 1))
          expect(Math.abs((got[at] as number) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected))
        })
      }),
      { numRuns: 200, seed: 7 },
    )
  })

  it('knows which curve needs numbers', () => {
    expect(() => featureOf('rain-threshold(rain, curve own, a 3)')).toThrow('needs a and b')
    expect(() => featureOf('rain-threshold(rain, curve caine, a 3)')).toThrow('has its own a and b')
    expect(() => featureOf('rain-threshold(rain)')).toThrow('needs "curve"')
  })
})

describe('P3 over P15', () => {
  it('is how far the last 72 h lie above 3.5 - 0.67 P15 inches', () => {
    const inch = 25.4
    const values = Array.from({ length: 433 }, (_, hour) =>
      hour === 100 ? 3 * inch : hour === 420 ? 2 * inch : 0,
    )
    const last = answers('p3-p15(rain)', hourly(values)).at(-1) as number
    expect(last / inch).toBeCloseTo(2 - (3.5 - 0.67 * 3), 9)
  })

  it('is what two sums say', () => {
    const rain = fc.array(fc.constantFrom(0, 0, 0, 1, 12), { minLength: 400, maxLength: 500, size: 'max' })
    fc.assert(
      fc.property(rain, values => {
        const samples = hourly(values)
        const now = samples.at(-1)!.t
        const sum = (from: number, to: number) =>
          samples.filter(({ t }) => t > now - from && t <= now - to).reduce((all, { v }) => all + v, 0)
        const [p3, p15] = [sum(3 * DAY, 0), sum(18 * DAY, 3 * DAY)]
        expect(answers('p3-p15(rain, gaps zero)', samples).at(-1)).toBeCloseTo(p3 - (88.9 - 0.67 * p15), 9)
      }),
      { numRuns: 10, seed: 7 },
    )
  })
})

describe('antecedent rain', () => {
  it('follows API_t = k API_{t-1} + P_t by the day', () => {
    const rain = fc.array(fc.constantFrom(0, 0, 3, 40), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(rain, values => {
        let api = 10
        const expected = values.map((p, day) => {
          api = (day === 0 ? api : 0.84 * api) + p
          return api
        })
        const samples = values.map((v, day) => ({ t: START + day * DAY, v }))
        answers('antecedent-rain(rain, k 0.84, start 10)', samples).forEach((got, day) => {
          expect(got).toBeCloseTo(expected[day] as number, 9)
        })
      }),
      { numRuns: 50, seed: 7 },
    )
  })

  it('is unknown until what was before weighs 5 %, and again after a gap', () => {
    const days = (count: number, from = 0): Sample[] =>
      Array.from({ length: count }, (_, day) => ({ t: START + (from + day) * DAY, v: 1 }))
    const first = answers('antecedent-rain(rain, k 0.84)', days(30)).findIndex(value => value !== undefined)
    expect(first).toBe(Math.ceil(Math.log(0.05) / Math.log(0.84)))
    const gap = [...days(30), ...days(30, 31)]
    const after = answers('antecedent-rain(rain, k 0.84)', gap).slice(30)
    expect(after.findIndex(value => value !== undefined)).toBe(first)
    expect(answers('antecedent-rain(rain, k 0.84, gaps zero)', gap)[30]).toBeDefined()
  })
})

describe('the antecedent water index', () => {
  it('follows its recursion by the hour: below 0 it fills, above 0 it drains', () => {
    const rain = fc.array(fc.constantFrom(0, 0, 0, 2, 30), { minLength: 20, maxLength: 100 })
    fc.assert(
      fc.property(rain, values => {
        let awi = -20
        const expected = values.map((p, hour) => {
          if (hour === 0) awi += p
          else if (awi < 0) awi += p - 0.2
          else awi = awi * Math.exp(-0.01) + ((p - 0.2) / 0.01) * (1 - Math.exp(-0.01))
          awi = Math.max(-180, awi)
          return awi
        })
        answers('water-index(rain, evaporation 0.2, start -20)', hourly(values)).forEach((got, hour) => {
          expect(got).toBeCloseTo(expected[hour] as number, 9)
        })
      }),
      { numRuns: 50, seed: 7 },
    )
  })

  it('does not dry below its floor', () => {
    const dry = answers('water-index(rain, evaporation 0.5, start -170)', hourly(Array<number>(100).fill(0)))
    expect(dry.at(-1)).toBe(-180)
  })
})
