import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Outlook } from './outlook.ts'
import { ArraySamples, detectorOf } from './testing/array-samples.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/**
 * A signal: its level, its slope an hour and its noise, all the time or in turns with stillness; or it goes as far up or down
 * as an outlook allows.
 */
const signals = fc.record({
  goes: fc.constantFrom('as it may', 'in turns', 'up', 'down', 'either way'),
  offset: fc.constantFrom(0, 4000, -1e9),
  slope: fc.constantFrom(0, 0.3, -20),
  noise: fc.constantFrom(0, 1e-7, 0.1, 500),
})

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { weight: 60, arbitrary: fc.constant(MINUTE) },
      { weight: 60, arbitrary: fc.integer({ min: 1, max: 2 * MINUTE }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: HOUR }) },
    ),
    noise: fc.double({ min: -1, max: 1, noNaN: true }),
    spike: fc.constantFrom(...Array<number>(80).fill(0), 10, 1e17, -1e305),
    /** Another series' sample alone, when false. */
    isOwn: fc.nat(9).map(dice => dice > 0),
    keep: fc.constantFrom(...Array<number>(60).fill(500), 50),
    /** How far the bounds are from the value, in numbers that can be told apart: from one to very many. */
    apart: fc
      .oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(49, 50, 51, 52))
      .map(power => 2 ** power),
    side: fc.constantFrom('low', 'high', 'both'),
  }),
  { minLength: 150, maxLength: 250, size: 'max' },
)

const holds = ({ until, above, below, from, to }: Outlook, samples: ArraySamples, now: number): boolean => {
  const newest = samples.value(samples.next - 1)
  return now < until && newest > above && newest < below && samples.first <= from && samples.next <= to
}

/** Just within the upper or the lower end of an outlook; undefined where it has none. */
function edgeOf(outlook: Outlook | undefined, goes: string, noise: number): number | undefined {
  if (!outlook || goes === 'as it may' || goes === 'in turns') return undefined
  const { above, below } = outlook
  const isUp = goes === 'up' || (goes === 'either way' && noise > 0)
  const edge = isUp ? below - Math.abs(below) * 2 ** -52 : above + Math.abs(above) * 2 ** -52
  return edge > above && edge < below ? edge : undefined
}

for (const text of [
  'level',
  'mean(level, 1h)',
  'mean(level, 30m, lag 20m)',
  'sum(level, 1h)',
  'min(level, 1h)',
  'max(level, 30m, lag 20m)',
  'spread(level, 1h)',
  'delta(level, 1h)',
  'delta(level, 30m, lag 20m)',
  'std(level, 1h)',
  'rate(level, 1h, per 1h)',
  'rate(level, 30m, lag 20m)',
]) {
  it(`${text}: while an outlook holds the value lies between its bounds`, () => {
    let relied = 0
    fc.assert(
      fc.property(signals, steps, (signal, some) => {
        const samples = new ArraySamples()
        const watched = detectorOf(text)
        let outlook: Outlook | undefined
        let bounds = { low: 0, high: 0 }
        let t = Date.UTC(2026, 5, 1)
        for (const { afterMs, noise, spike, isOwn, keep, apart, side } of some) {
          t += afterMs
          const hours = (t - Date.UTC(2026, 5, 1)) / HOUR
          const isStill = signal.goes === 'in turns' && (2 * hours) % 2 > 1
          const usual = signal.offset + signal.slope * hours + (isStill ? 0 : signal.noise * noise)
          const v = spike || (edgeOf(outlook, signal.goes, noise) ?? usual)
          if (isOwn || samples.next === 0) samples.all.push({ t, v })
          samples.first = Math.max(samples.first, samples.next - keep)
          const value = detectorOf(text).value([samples], t)
          if (outlook && holds(outlook, samples, t)) {
            relied++
            expect(value).toBeGreaterThan(bounds.low)
            expect(value).toBeLessThan(bounds.high)
            continue
          }
          expect(watched.value([samples], t)).toBe(value)
          if (value === undefined) outlook = undefined
          else {
            const distance = Math.max((Math.abs(value) + Number.MIN_VALUE) * 2 ** -53 * apart, apart * 1e-19)
            bounds = {
              low: side === 'high' ? Number.NEGATIVE_INFINITY : value - distance,
              high: side === 'low' ? Number.POSITIVE_INFINITY : value + distance,
            }
            const isBetween = value > bounds.low && value < bounds.high
            outlook = isBetween ? watched.outlook?.([samples], t, bounds) : undefined
          }
        }
      }),
      { numRuns: 25, seed: 5, endOnFailure: true },
    )
    expect(relied).toBeGreaterThan(150)
  })
}
