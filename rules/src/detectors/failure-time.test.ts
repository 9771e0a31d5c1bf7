import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from './inverse-velocity.ts'
import { ArraySamples, detectorOf, featureOf, type Sample } from './testing/array-samples.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 2, 1)

/** Displacement in mm whose 1/v falls to 0 at `failure` hours: v = 1 / (slope (failure - t)). */
const accelerating = (hours: number, failure: number, slope: number): Sample[] =>
  Array.from({ length: hours * 4 }, (_, quarter) => {
    const t = quarter / 4
    return { t: START + t * HOUR, v: -Math.log(1 - t / failure) / slope }
  })

function answers(text: string, samples: Sample[]): (number | undefined)[] {
  const detector = detectorOf(text)
  const ring = new ArraySamples(samples)
  return samples.map(({ t }) => detector.value([ring], t))
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

/** Hours to failure at the newest sample, from all of them: `failure-time(displacement, 6h, smooth 1h, points 4, r2 0)`. */
function hoursToFailure(samples: readonly Sample[]): number | undefined {
  const now = (samples.at(-1) as Sample).t
  const stretches = [...Map.groupBy(samples, ({ t }) => Math.floor(t / HOUR))]
    .slice(0, -1)
    .map(([index, some]) => ({
      index,
      t: mean(some.map(({ t }) => t - START)),
      v: mean(some.map(({ v }) => v)),
    }))
  const gap = stretches.findLastIndex(({ index }, at) => at > 0 && stretches[at - 1]?.index !== index - 1)
  const speeds = stretches.slice(Math.max(0, gap)).flatMap(({ t, v }, at, all) => {
    const before = all[at - 1]
    return before ? [{ t: START + (t + before.t) / 2, v: ((v - before.v) * HOUR) / (t - before.t) }] : []
  })
  const isFaster = (at: number): boolean => {
    const seven = speeds.slice(Math.max(0, at - 6), at + 1).map(({ v }) => v)
    return seven.length === 7 && (seven[6] as number) > 0 && mean(seven.slice(-3)) > mean(seven)
  }
  const onset = speeds.findLastIndex((_, at) => !isFaster(at)) + 1
  const newest = speeds.at(-1)?.t ?? 0
  const points = speeds
    .slice(onset)
    .filter(({ t }) => t > newest - 6 * HOUR)
    .map(({ t, v }) => ({ t, inverse: 1 / v }))
  const failure = failureOf(points, { leastPoints: 4, leastR2: 0 })
  return failure && now - newest <= 6 * HOUR ? Math.max(0, (failure.likely - now) / HOUR) : undefined
}

describe('the time to failure', () => {
  it('is what a recomputation from all readings says', () => {
    // Twenty minutes apart, now and then hours; the ground speeds up for a while and slows down.
    const step = fc.record({
      thirds: fc.oneof(
        { weight: 60, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 9 }) },
      ),
      growth: fc.double({ min: 0.98, max: 1.12, noNaN: true }),
      slows: fc.nat(60).map(dice => dice === 0),
    })
    let known = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 150, size: 'max' }), steps => {
        const newest = { t: START, v: 0 }
        let speed = 1
        const samples = steps.map(({ thirds, growth, slows }) => {
          speed = slows ? 1 : speed * growth
          newest.t += (thirds * HOUR) / 3
          newest.v += speed * thirds
          return { ...newest }
        })
        const got = answers('failure-time(displacement, 6h, smooth 1h, points 4, r2 0)', samples)
        samples.forEach((_, at) => {
          const expected = hoursToFailure(samples.slice(0, at + 1))
          if (expected === undefined) expect(got[at]).toBeUndefined()
          else
            expect(Math.abs((got[at] as number) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, expected))
          if (expected !== undefined) known++
        })
      }),
      { numRuns: 40, seed: 7 },
    )
    expect(known).toBeGreaterThan(300)
  })

  it('is found on a slope that accelerates as Fukuzono and Voight have it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 300 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (failure, slope) => {
          const hours = Math.floor(failure * 0.8)
          const likely = answers(
            'failure-time(displacement, 10d, smooth 2h)',
            accelerating(hours, failure, slope),
          )
          expect(Math.abs((likely.at(-1) as number) - (failure - hours + 0.25))).toBeLessThan(1)
        },
      ),
      { numRuns: 20, seed: 7 },
    )
  })

  it('lies within its interval, which narrows as readings come', () => {
    // Some mm of noise that repeats, so that the test is the same every time.
    const noisy = accelerating(160, 200, 0.02).map(({ t, v }, at) => ({
      t,
      v: v + 0.3 * Math.sin(at * 12.9898),
    }))
    const [low, likely, high] = ['low', 'likely', 'high'].map(bound =>
      answers(`failure-time(displacement, 10d, smooth 4h, bound ${bound})`, noisy),
    ) as [number[], number[], number[]]
    const at = noisy.length - 1
    expect(low[at]).toBeLessThan(likely[at] as number)
    expect(likely[at]).toBeLessThan(high[at] as number)
    expect(low[at]).toBeLessThan(40)
    expect(high[at]).toBeGreaterThan(40)
    const early = likely.findIndex(value => value !== undefined)
    expect((high[at] as number) - (low[at] as number)).toBeLessThan(
      (high[early] as number) - (low[early] as number),
    )
  })

  it('is unknown while the ground creeps evenly, slows down or is not read', () => {
    const even = Array.from({ length: 400 }, (_, hour) => ({ t: START + hour * HOUR, v: 0.2 * hour }))
    expect(new Set(answers('failure-time(displacement, 10d, smooth 4h)', even))).toEqual(new Set([undefined]))
    const braking = even.map(({ t }, hour) => ({ t, v: 100 * Math.log1p(hour / 50) }))
    expect(new Set(answers('failure-time(displacement, 10d, smooth 4h)', braking))).toEqual(
      new Set([undefined]),
    )
    const detector = detectorOf('failure-time(displacement, 10d, smooth 2h)')
    const ring = new ArraySamples(accelerating(160, 200, 0.1))
    expect(detector.value([ring], START + 160 * HOUR)).toBeGreaterThan(30)
    expect(detector.value([ring], START + 500 * HOUR)).toBeUndefined()
  })

  it('is given up when the ground slows down, and begins anew', () => {
    const rush = accelerating(150, 200, 0.1)
    const end = rush.at(-1)!
    const rest = Array.from({ length: 200 }, (_, at) => ({
      t: end.t + (at + 1) * HOUR,
      v: end.v + 0.01 * at,
    }))
    const seen = answers('failure-time(displacement, 10d, smooth 2h)', [...rush, ...rest])
    expect(seen[rush.length - 1]).toBeGreaterThan(0)
    expect(new Set(seen.slice(rush.length + 12))).toEqual(new Set([undefined]))
  })

  it('refuses shapes that never give an answer, or too many points', () => {
    expect(() => featureOf('failure-time(displacement, 8h, smooth 2h)')).toThrow('fewer than 5 times smooth')
    expect(() => featureOf('failure-time(displacement, 30d, smooth 5m)')).toThrow('512 at most')
  })
})
