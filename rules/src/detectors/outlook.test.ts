import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Outlook } from './outlook.ts'
import { ArraySamples, detectorOf, featureOf } from './testing/array-samples.ts'

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

/** The last number within the upper or the lower end of an outlook; undefined where it has none. */
function edgeOf(outlook: Outlook | undefined, goes: string, noise: number): number | undefined {
  if (!outlook || goes === 'as it may' || goes === 'in turns') return undefined
  const { above, below } = outlook
  const isUp = goes === 'up' || (goes === 'either way' && noise > 0)
  const edge = isUp ? -numberAfter(-below) : numberAfter(above)
  return edge > above && edge < below ? edge : undefined
}

const number = new Float64Array(1)
const bits = new BigInt64Array(number.buffer)

function numberAfter(v: number): number {
  if (v === 0) return Number.MIN_VALUE
  number[0] = v
  bits[0] = (bits[0] as bigint) + (v > 0 ? 1n : -1n)
  return number[0]
}

const FEATURES = [
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
]

for (const text of FEATURES) {
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

/** A window, of which some of the oldest samples lie far from the others, and what comes. */
const turns = fc.record({
  count: fc.constantFrom(9, 24, 150),
  offset: fc.constantFrom(0, 4000, -1e9),
  slope: fc.constantFrom(0, 0, 3),
  noise: fc.constantFrom(0, 1e-3, 1),
  far: fc.record({
    from: fc.constantFrom(0, 0, 2, 3),
    many: fc.constantFrom(0, 1, 2, 3, 8),
    size: fc.constantFrom(2, 20, -20, 1e9),
    isEitherWay: fc.boolean(),
  }),
  comes: fc.record({
    apart: fc.constantFrom(0, 0, 0.01, 1, 10),
    side: fc.constantFrom('up', 'down', 'either way'),
    many: fc.integer({ min: 1, max: 4 }),
    afterSteps: fc.constantFrom(1, 1, 1, 2, 3),
    isRush: fc.boolean(),
    hasBegun: fc.boolean(),
  }),
  isOneSided: fc.boolean(),
  seed: fc.nat(),
})

type Turn = typeof turns extends fc.Arbitrary<infer T> ? T : never

/** Numbers from -1 to 1 (a linear congruential generator, Knuth 1997, The Art of Computer Programming 2, section 3.3.4). */
function noiseFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** The samples up to an instant, and those that come. */
function courseOf({ count, offset, slope, noise, far, comes, seed }: Turn, windowMs: number, lagMs: number) {
  const random = noiseFrom(seed)
  const apartMs = Math.floor(windowMs / count)
  const waiting = Math.floor(lagMs / apartMs)
  const all = Array.from({ length: count + waiting + 1 + waiting + comes.many }, (_, at) => {
    const place = at - 1
    const isFar = place >= far.from && place < far.from + far.many
    const ahead = place - count + (comes.hasBegun ? 1 : 0)
    const sign = comes.side === 'up' || (comes.side === 'either way' && ahead % 2 === 0) ? 1 : -1
    const usual = offset + slope * (at / count)
    const coming = place - count - waiting - 1
    const gapMs = comes.afterSteps * apartMs + (comes.isRush ? 1 : apartMs) * coming
    const t = coming < 0 ? at * apartMs : (at - 1 - coming) * apartMs + gapMs
    if (isFar) return { t, v: usual + far.size * (far.isEitherWay && place % 2 ? -1 : 1) }
    return { t, v: usual + (ahead < 0 ? noise * random() : sign * comes.apart) }
  })
  return { past: all.slice(0, count + waiting + 1), future: all.slice(count + waiting + 1) }
}

for (const text of FEATURES) {
  it(`${text}: no outlook holds until the value reaches a bound`, () => {
    const { windowMs, lagMs } = featureOf(text)
    let relied = 0
    fc.assert(
      fc.property(turns, turn => {
        const { past, future } = courseOf(turn, windowMs || HOUR, lagMs)
        const [asked, told] = [detectorOf(text), detectorOf(text)]
        const all = new ArraySamples([...past])
        const now = past.at(-1)?.t as number
        const value = asked.value([all], now)
        const values = future.map(sample => {
          all.all.push(sample)
          return asked.value([all], sample.t)
        })
        for (const [at, bound] of values.entries()) {
          if (value === undefined || bound === undefined || bound === value) continue
          const other = turn.isOneSided ? Number.POSITIVE_INFINITY : 1e4 * Math.abs(value - bound)
          const bounds =
            bound < value ? { low: bound, high: value + other } : { low: value - other, high: bound }
          const samples = new ArraySamples([...past])
          told.value([samples], now)
          const outlook = told.outlook?.([samples], now, bounds)
          if (!outlook) continue
          const held = future.slice(0, at + 1).findIndex(sample => {
            samples.all.push(sample)
            return !holds(outlook, samples, sample.t)
          })
          relied += held < 0 ? at + 1 : held
          if (held < 0) expect.fail(`it holds though the value goes from ${value} to ${bound}`)
        }
      }),
      { numRuns: 800, seed: 5, endOnFailure: true },
    )
    expect(relied).toBeGreaterThan(100)
  })
}

/** Bounds that may lie much further from a value than it lies from 0. */
const reaches = fc.record({
  scale: fc.constantFrom(1, 1, 1, Number.MIN_VALUE, 1e-162, 1e150),
  low: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 99 })),
  high: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 99 })),
  lowest: fc.constantFrom(Number.NEGATIVE_INFINITY, -1e308),
  highest: fc.constantFrom(Number.POSITIVE_INFINITY, 1e308),
})

for (const text of FEATURES) {
  it(`${text}: at the very edge of an outlook the value lies between its bounds`, () => {
    const { windowMs, lagMs } = featureOf(text)
    let relied = 0
    fc.assert(
      fc.property(turns, reaches, (turn, { scale, low, high, lowest, highest }) => {
        const { past, future } = courseOf(turn, windowMs || HOUR, lagMs)
        const samples = new ArraySamples(past.map(({ t, v }) => ({ t, v: v * scale })))
        const detector = detectorOf(text)
        const now = past.at(-1)?.t as number
        const value = detector.value([samples], now)
        if (value === undefined) return
        const distance = Math.max(Math.abs(value) * 2 ** -53, scale * 1e-19, Number.MIN_VALUE)
        const bounds = {
          low: low > 90 ? lowest : value - distance * 2 ** low,
          high: high > 90 ? highest : value + distance * 2 ** high,
        }
        if (!(value > bounds.low && value < bounds.high)) return
        const outlook = detector.outlook?.([samples], now, bounds)
        for (const [at, { t, v }] of future.entries()) {
          samples.all.push({ t, v: edgeOf(outlook, turn.comes.side, (at % 2) - 0.5) ?? v * scale })
          if (!outlook || !holds(outlook, samples, t)) return
          relied++
          const then = detector.value([samples], t)
          expect(then).toBeGreaterThan(bounds.low)
          expect(then).toBeLessThan(bounds.high)
        }
      }),
      { numRuns: 800, seed: 5, endOnFailure: true },
    )
    expect(relied).toBeGreaterThan(40)
  })
}

/** A sample a minute, and the last instant. */
function minutely(text: string, valueAt: (minute: number) => number): { samples: ArraySamples; now: number } {
  const { windowMs, lagMs } = featureOf(text)
  const last = (2 * (windowMs || HOUR) + lagMs) / MINUTE
  const all = Array.from({ length: last + 1 }, (_, at) => ({ t: at * MINUTE, v: valueAt(at) }))
  return { samples: new ArraySamples(all), now: last * MINUTE }
}

it.each(FEATURES)('%s: a still series has an outlook, though one bound alone was given', text => {
  const { samples, now } = minutely(text, () => 0)
  const detector = detectorOf(text)
  expect(detector.value([samples], now)).toBe(0)
  for (const bounds of [
    { low: Number.NEGATIVE_INFINITY, high: 1 },
    { low: -1, high: Number.POSITIVE_INFINITY },
  ])
    expect(detector.outlook?.([samples], now, bounds)).toBeDefined()
})

it.each(['mean(level, 1h)', 'sum(level, 1h)', 'std(level, 1h)', 'rate(level, 1h, per 1h)'])(
  '%s: where numbers are so small that they lose digits there is no outlook',
  text => {
    const { samples, now } = minutely(text, minute => (minute % 2) * 1e-300)
    const detector = detectorOf(text)
    const value = detector.value([samples], now) as number
    const bounds = { low: value - 1e-300, high: value + 1e-300 }
    expect(detector.outlook?.([samples], now, bounds)).toBeUndefined()
  },
)

it.each([
  // 2 ** -48 of 1e12 is 0.004.
  ['values lie far from 0', () => 1e12, 1e-3],
  // The sums hold four values of 1, which take no part in the slope.
  ['values lie far from the line', (minute: number) => [1, -1, -1, 1][minute - 89] ?? 0, 1e-8],
])('rate: where %s no outlook is closer than its sums are right', (_, valueAt, tooClose) => {
  const text = 'rate(level, 1h, per 1h)'
  const { samples, now } = minutely(text, valueAt)
  const detector = detectorOf(text)
  expect(detector.value([samples], now)).toBeCloseTo(0, 9)
  const within = (apart: number) => detector.outlook?.([samples], now, { low: -apart, high: apart })
  expect(within(tooClose)).toBeUndefined()
  expect(within(1e4 * tooClose)).toBeDefined()
})
