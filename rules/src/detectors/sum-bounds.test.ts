import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ArraySamples, detectorOf } from './testing/array-samples.ts'

const HOUR = 3_600_000

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { weight: 100, arbitrary: fc.integer({ min: 1, max: 120_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * HOUR }) },
    ),
    v: fc.oneof(
      { weight: 50, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(1e17, -1e17, 1e305) },
    ),
    keep: fc.constantFrom(...Array<number>(60).fill(500), 50, 0),
    isComputed: fc.nat(9).map(dice => dice === 0),
    /** How far the value is within the bound, in numbers that can be told apart: from none to very many, or beyond it. */
    apart: fc.integer({ min: -60, max: 60 }).map(power => Math.sign(power) * (2 ** Math.abs(power) - 1)),
    side: fc.constantFrom('low', 'high'),
    backMs: fc.constantFrom(...Array<number>(20).fill(0), 90_000, HOUR / 2),
  }),
  { minLength: 150, maxLength: 300, size: 'max' },
)

for (const text of [
  'mean(level, 1h)',
  'mean(level, 1h, lag 20m)',
  'sum(level, 1h)',
  'sum(level, 1h, lag 20m)',
]) {
  it(`${text} that is certain to lie between bounds does, however near they are`, () => {
    let certain = 0
    fc.assert(
      fc.property(steps, some => {
        const samples = new ArraySamples()
        const followed = detectorOf(text)
        let t = Date.UTC(2026, 5, 1)
        for (const { afterMs, v, keep, isComputed, apart, side, backMs } of some) {
          t += afterMs
          samples.all.push({ t, v })
          samples.first = Math.max(samples.first, samples.next - keep)
          const now = t - backMs
          const value = detectorOf(text).value([samples], now)
          const distance = (Math.abs(value ?? 0) + Number.MIN_VALUE) * 2 ** -53 * apart
          const low = side === 'low' ? (value ?? 0) - distance : Number.NEGATIVE_INFINITY
          const high = side === 'high' ? (value ?? 0) + distance : Number.POSITIVE_INFINITY
          const isCertain = followed.staysBetween?.([samples], now, low, high)
          if (isCertain) {
            certain++
            expect(value).toBeGreaterThan(low)
            expect(value).toBeLessThan(high)
          }
          if (isComputed || !isCertain) expect(followed.value([samples], now)).toBe(value)
        }
      }),
      { numRuns: 60, seed: 5 },
    )
    expect(certain).toBeGreaterThan(300)
  })
}
