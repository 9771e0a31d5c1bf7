import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ArraySamples, detectorOf } from './testing/array-samples.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 5, 1)

/** Detectors whose value is that of the samples that they can see, and of nothing else. */
const TEXTS = [
  'level',
  'delta(level, 1h)',
  'max(level, 1h)',
  'mean(level, 1h)',
  'mean(level, 1h, lag 20m)',
  'min(level, 1h)',
  'rate(level, 1h)',
  'rate(level, 1h, method end-point)',
  'rise(level, 1h)',
  'spread(level, 1h)',
  'std(level, 1h)',
  'stuck(level, 1h)',
  'sum(level, 1h, gaps zero)',
  'tangent-angle(level, 1h, creep 5)',
]

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { weight: 150, arbitrary: fc.integer({ min: 1, max: 120_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * HOUR }) },
    ),
    v: fc.double({ min: -1000, max: 1000, noNaN: true }),
    /** Most samples that are kept from here on. */
    keep: fc.constantFrom(...Array<number>(60).fill(500), 50, 0),
    ask: fc.boolean(),
    backMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 90_000, HOUR / 2),
  }),
  { minLength: 150, maxLength: 300, size: 'max' },
)

for (const text of TEXTS) {
  it(`${text} is the same to the last bit whenever it was asked before, and asked about an earlier time`, () => {
    let known = 0
    fc.assert(
      fc.property(steps, some => {
        const samples = new ArraySamples()
        const followed = detectorOf(text)
        let t = START
        for (const { afterMs, v, keep, ask, backMs } of some) {
          t += afterMs
          samples.all.push({ t, v })
          samples.first = Math.max(samples.first, samples.next - keep)
          if (!ask) continue
          const asked = followed.value([samples], t - backMs)
          expect(asked).toBe(detectorOf(text).value([samples], t - backMs))
          if (asked !== undefined) known++
        }
      }),
      { numRuns: 30, seed: 3 },
    )
    expect(known).toBeGreaterThan(200)
  })
}
