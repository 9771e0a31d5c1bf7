import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DETECTORS, type Inputs } from './index.ts'
import { ArraySamples, detectorOf, type Sample } from './testing/array-samples.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.UTC(2026, 5, 1)

const readings = fc
  .array(
    fc.record({
      afterMs: fc.oneof(
        { weight: 20, arbitrary: fc.constant(5 * MINUTE) },
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 5 * HOUR }) },
      ),
      v: fc.constantFrom(0, 0, 0.2, 1, 3.5, 20),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map(steps => {
    let t = START
    return steps.map(({ afterMs, v }) => {
      t += afterMs
      return { t, v }
    })
  })

/** What the detector says at each reading, asked only then. */
function answers(text: string, samples: Sample[]): (number | undefined)[] {
  const detector = detectorOf(text)
  const ring = new ArraySamples(samples)
  return samples.map(({ t }) => detector.value([ring], t))
}

/** Compares a detector with a recomputation from all readings so far. */
function compare(text: string, naive: (samples: Sample[]) => number | undefined): void {
  let known = 0
  fc.assert(
    fc.property(readings, samples => {
      answers(text, samples).forEach((got, at) => {
        const expected = naive(samples.slice(0, at + 1))
        if (expected === undefined) expect(got).toBeUndefined()
        else {
          known++
          expect(got).toBeCloseTo(expected, 9)
        }
      })
    }),
    { numRuns: 60, seed: 7 },
  )
  expect(known).toBeGreaterThan(200)
}

describe('ewma', () => {
  it('is the mean of all readings, each weighing by its age', () => {
    compare('ewma(level, tau 2h)', samples => {
      const now = samples.at(-1)!.t
      if (now - samples[0]!.t < 2 * HOUR) return undefined
      // The first reading stands for all time before it.
      const left = (t: number) => Math.exp(-(now - t) / (2 * HOUR))
      return samples.reduce(
        (sum, { t, v }, at) => sum + v * (left(t) - (at === 0 ? 0 : left(samples[at - 1]!.t))),
        0,
      )
    })
  })

  it('forgets a step by e within tau', () => {
    const samples = Array.from({ length: 121 }, (_, minute) => ({
      t: START + minute * MINUTE,
      v: minute < 61 ? 0 : 1,
    }))
    expect(answers('ewma(level, tau 1h)', samples).at(-1)).toBeCloseTo(1 - Math.exp(-1), 12)
  })
})

describe('cusum', () => {
  it('is the largest sum of the newest readings beyond target and slack', () => {
    for (const [side, sign] of [
      ['up', 1],
      ['down', -1],
    ] as const)
      compare(`cusum(level, target 1, slack 0.3, side ${side})`, samples => {
        let sum = 0
        return samples.reduceRight((most, { v }) => {
          sum += sign * (v - 1) - 0.3
          return Math.max(most, sum)
        }, 0)
      })
  })

  it('gives the upper sums of the NIST handbook, 6.3.2.3', () => {
    const values = [
      324.925, 324.675, 324.725, 324.35, 325.35, 325.225, 324.125, 324.525, 325.225, 324.6, 324.625, 325.15,
      328.325, 327.25, 327.825, 328.5, 326.675, 327.775, 326.875, 328.35,
    ]
    const samples = values.map((v, at) => ({ t: START + at * HOUR, v }))
    const sums = answers('cusum(level, target 325, slack 0.3175)', samples)
    // The handbook rounds at every step.
    const upper = [0, 0, 0, 0, 0.03, 0, 0, 0, 0, 0, 0, 0, 3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16, 19.04]
    upper.forEach((expected, at) => {
      expect(Math.abs((sums[at] as number) - expected)).toBeLessThan(0.02)
    })
  })
})

describe('silence', () => {
  it('is 1 from the end of the window on, and asks to be looked at then', () => {
    const detector = detectorOf('silent(rain, 40m)')
    const inputs: Inputs = [new ArraySamples([{ t: START, v: 0 }])]
    expect(detector.value([new ArraySamples()], START)).toBeUndefined()
    expect(detector.value(inputs, START + 40 * MINUTE - 1)).toBe(0)
    expect(detector.nextChange?.(inputs, START + 40 * MINUTE - 1)).toBe(START + 40 * MINUTE)
    expect(detector.value(inputs, START + 40 * MINUTE)).toBe(1)
    expect(detector.nextChange?.(inputs, START + 40 * MINUTE)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is told in steps that grow, the same whenever it is asked', () => {
    const detector = detectorOf('since(level)')
    const inputs: Inputs = [new ArraySamples([{ t: START, v: 0 }])]
    let steps = 0
    let now = START
    while (now < START + 60 * 24 * HOUR) {
      detector.value(inputs, now)
      const next = detector.nextChange?.(inputs, now) as number
      expect(detector.nextChange?.(inputs, now + (next - now) / 2)).toBe(next)
      expect(next - now).toBeLessThanOrEqual(Math.max(5 * MINUTE, (now - START) / 32))
      now = next
      steps++
    }
    expect(steps).toBeLessThan(600)
    expect(detector.value(inputs, START + 90 * MINUTE + 60 * 24 * HOUR)).toBe(1441.5)
  })

  it('counts from the last change by more than a sensor resolves', () => {
    compare('unchanged(level, by 0.5)', samples => {
      let from = samples[0]!
      for (const sample of samples) if (Math.abs(sample.v - from.v) > 0.5) from = sample
      return (samples.at(-1)!.t - from.t) / HOUR
    })
  })
})

/** One feature of every detector that remembers, and how often its answers are known. */
const REMEMBERING = [
  'ewma(level, tau 1h)',
  'cusum(level, target 1, slack 0.3)',
  'silent(level, 3h, lag 1h)',
  'since(level)',
  'unchanged(level, by 0.5)',
  'failure-time(level, 3h, smooth 15m, r2 0)',
  'rain-threshold(level, curve caine)',
  'antecedent-rain(level, k 0.5, start 3)',
  'water-index(level, evaporation 0.1, start -5)',
  'top-oil(level, ambient, oil-rise 40, gradient 14, losses 6, start 20)',
  'hot-spot(level, ambient, oil-rise 40, gradient 14, losses 6, start 20)',
  'hot-spot-rise(level, ambient, oil-rise 40, gradient 14, losses 6, start 20)',
  'ageing(level, ambient, oil-rise 40, gradient 14, losses 6, start 20)',
]

describe('a detector that remembers', () => {
  it('is in the list of this test', () => {
    const named = REMEMBERING.map(text => text.slice(0, text.indexOf('(')))
    const all = [...DETECTORS.values()].filter(({ remembers }) => remembers).map(({ name }) => name)
    expect(named.toSorted()).toEqual(all.toSorted())
  })

  it.each(REMEMBERING)(
    'goes on to the last bit from what it remembers, late readings among the others: %s',
    text => {
      fc.assert(
        fc.property(readings, fc.nat(1000), fc.nat(30), (samples, cut, lateAfter) => {
          const others = samples.map(({ t, v }) => ({ t: t - (t % 2), v: v + 1 }))
          const inputs = (list: Sample[]): Inputs =>
            text.includes('ambient')
              ? [new ArraySamples(list), new ArraySamples(others)]
              : [new ArraySamples(list)]
          const whole = detectorOf(text)
          const expected = samples.map(({ t }) => whole.value(inputs(samples), t))
          const at = cut % samples.length
          const late = Math.min(samples.length - 1, at + 1 + lateAfter)
          const punctual = samples.filter((_, index) => index !== late)
          const before = detectorOf(text)
          for (const { t } of samples.slice(0, at + 1)) before.value(inputs(punctual), t)
          const memory = structuredClone(before.memory())
          for (const { t } of samples.slice(at + 1)) before.value(inputs(punctual), t)
          const again = detectorOf(text)
          again.recall(inputs(samples), memory)
          const got = samples.slice(at + 1).map(({ t }) => again.value(inputs(samples), t))
          if (late > at) expect(got).toEqual(expected.slice(at + 1))
        }),
        { numRuns: 100, seed: 7 },
      )
    },
  )
})
