import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Feature } from '../rule.ts'
import { DETECTORS, type Detector, detectorFor, type Inputs, type Samples } from './index.ts'
import { ArraySamples, detectorOf, featureOf, type Sample } from './testing/array-samples.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 5, 1)

/** Options that a detector cannot do without. */
const REQUIRED: Record<string, string[]> = { quantile: ['q 0.9'], 'tangent-angle': ['creep 5'] }

/** A feature over an hour of `level`, other options left out. */
const textOf = (detector: string, options: readonly string[] = []): string =>
  detector === 'last'
    ? 'level'
    : `${detector}(${['level', '1h', ...(REQUIRED[detector] ?? []), ...options].join(', ')})`

const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b)

/** Between the two values at a share of the ordered ones. */
function quantileOf(values: number[], share: number): number {
  const place = (values.length - 1) * share
  const [low, high] = [Math.floor(place), Math.ceil(place)].map(at => sorted(values)[at]!) as [number, number]
  return low + (high - low) * (place - Math.floor(place))
}

const NAIVE: Record<string, (samples: Sample[], perMs: number) => number | undefined> = {
  sum: samples => samples.reduce((sum, { v }) => sum + v, 0),
  mean: samples => samples.reduce((sum, { v }) => sum + v, 0) / samples.length,
  min: samples => Math.min(...samples.map(({ v }) => v)),
  max: samples => Math.max(...samples.map(({ v }) => v)),
  spread: samples => Math.max(...samples.map(({ v }) => v)) - Math.min(...samples.map(({ v }) => v)),
  std: samples => {
    const mean = samples.reduce((sum, { v }) => sum + v, 0) / samples.length
    const squares = samples.reduce((sum, { v }) => sum + (v - mean) ** 2, 0)
    return Math.sqrt(squares / (samples.length - 1))
  },
  delta: samples => samples.at(-1)!.v - samples[0]!.v,
  'rate end-point': (samples, perMs) =>
    ((samples.at(-1)!.v - samples[0]!.v) / (samples.at(-1)!.t - samples[0]!.t)) * perMs,
  rise: (samples, perMs) => ((samples.at(-1)!.v - Math.min(...samples.map(({ v }) => v))) / HOUR) * perMs,
  quantile: samples =>
    quantileOf(
      samples.map(({ v }) => v),
      0.9,
    ),
  hampel: samples => {
    const values = samples.map(({ v }) => v)
    const median = quantileOf(values, 0.5)
    const distance = Math.abs(samples.at(-1)!.v - median)
    const scale =
      1.4826 *
      quantileOf(
        values.map(v => Math.abs(v - median)),
        0.5,
      )
    return distance === 0 ? 0 : scale === 0 ? undefined : distance / scale
  },
  stuck: samples => (new Set(samples.map(({ v }) => v)).size === 1 ? 1 : 0),
  'tangent-angle': (samples, perMs) => (Math.atan(NAIVE.rate!(samples, perMs)! / 5) * 180) / Math.PI,
  rate: (samples, perMs) => {
    const meanT = samples.reduce((sum, { t }) => sum + (t - samples[0]!.t), 0) / samples.length
    const meanV = samples.reduce((sum, { v }) => sum + v, 0) / samples.length
    const distance = ({ t }: Sample): number => t - samples[0]!.t - meanT
    const products = samples.reduce((sum, sample) => sum + distance(sample) * (sample.v - meanV), 0)
    return (products / samples.reduce((sum, sample) => sum + distance(sample) ** 2, 0)) * perMs
  },
}

function naive({ detector, windowMs, lagMs, options }: Feature, samples: Sample[], now: number) {
  if (detector === 'last') return samples.findLast(({ t }) => t <= now)?.v
  const end = now - lagMs
  const inside = samples.filter(({ t }) => t > end - windowMs && t <= end)
  const span = inside.length > 1 ? inside.at(-1)!.t - inside[0]!.t : 0
  if (options.gaps !== 'zero' && (span === 0 || span < windowMs / 2)) return undefined
  return NAIVE[`${detector}${options.method === 'end-point' ? ' end-point' : ''}`]?.(
    inside,
    options.per as number,
  )
}

/** What happens to a detector: samples come, the ring lets some go, somebody asks. */
const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { weight: 60, arbitrary: fc.integer({ min: 1, max: 6 }).map(tens => tens * 10_000) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * HOUR }) },
    ),
    v: fc.oneof(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.constantFrom(0, 1e9, -1e9)),
    // Mostly let go of what the longest window no longer needs, sometimes of more than that.
    keep: fc.constantFrom(...Array<null>(100).fill(null), 0, 1, 30, 100),
    ask: fc.option(
      fc.integer({ min: 0, max: 9 }).map(tens => tens * 10_000),
      { freq: 3 },
    ),
    restart: fc.nat(9).map(dice => dice === 0),
  }),
  { minLength: 100, maxLength: 300, size: 'max' },
)

type Happening = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never

/** Another detector that goes on from what this one remembers, as after a restart. */
function restarted(detector: Detector, shape: Feature, inputs: Inputs): Detector {
  const next = detectorFor(shape)
  next.recall(inputs, structuredClone(detector.memory()))
  return next
}

/** Compares after every question; returns how many answers were known. */
function compare(shape: Feature, happenings: Happening[]): number {
  let known = 0
  let detector = detectorFor(shape)
  const samples = new ArraySamples()
  let now = START
  for (const { afterMs, v, keep, ask, restart } of happenings) {
    const t = (samples.all.at(-1)?.t ?? START) + afterMs
    samples.all.push({ t, v })
    while (
      samples.first < samples.next &&
      samples.time(samples.first) < t - shape.windowMs - shape.lagMs - 60_000
    )
      samples.first++
    if (keep !== null) samples.first = Math.max(samples.first, samples.next - keep)
    if (ask === null) continue
    // Not always up to the newest sample: readings may be ahead of the engine's time.
    now = Math.max(now, t - 30_000 + ask)
    const expected = naive(shape, samples.all.slice(samples.first), now)
    if (restart) detector = restarted(detector, shape, [samples])
    const got = detector.value([samples], now)
    if (expected === undefined) {
      expect(got).toBeUndefined()
      continue
    }
    known++
    const largest = Math.max(1, ...samples.all.slice(samples.first).map(({ v }) => Math.abs(v)))
    const slopes = (largest * ((shape.options.per as number) ?? 1)) / shape.windowMs
    const scale = { rate: slopes, rise: slopes, hampel: Math.abs(expected) }[shape.detector] ?? largest
    expect(Math.abs(got! - expected)).toBeLessThanOrEqual(1e-11 * scale)
  }
  return known
}

const NAIVES = ['last', ...Object.keys(NAIVE).filter(name => DETECTORS.has(name))]

describe('every detector', () => {
  for (const detector of NAIVES) {
    it(`${detector} says what a recomputation from the samples says`, () => {
      let known = 0
      const options = fc.record({
        lag: fc.constantFrom('', 'lag 10s', 'lag 1h'),
        gaps: fc.constantFrom('', ...(detector === 'sum' ? ['gaps zero'] : [])),
        per: fc.constantFrom('', ...(['rate', 'rise', 'tangent-angle'].includes(detector) ? ['per 2h'] : [])),
        method: fc.constantFrom('', ...(detector === 'rate' ? ['method end-point'] : [])),
      })
      fc.assert(
        fc.property(options, steps, (given, happenings) => {
          const text = textOf(
            detector,
            Object.values(given).filter(option => option !== ''),
          )
          known += compare(featureOf(text), happenings)
        }),
        { numRuns: 100, seed: 7 },
      )
      expect(known).toBeGreaterThan(1000)
    })
  }

  it('is unknown without samples, save a sum whose gaps are zero', () => {
    for (const detector of NAIVES)
      expect(detectorOf(textOf(detector)).value([new ArraySamples()], START)).toBeUndefined()
    expect(detectorOf('sum(level, 1h, gaps zero)').value([new ArraySamples()], START)).toBe(0)
  })

  it('becomes unknown again when nothing comes any more, save the last value', () => {
    const samples = new ArraySamples()
    for (let minute = 0; minute < 90; minute++) samples.all.push({ t: START + minute * 60_000, v: 5 })
    for (const name of NAIVES) {
      const detector = detectorOf(textOf(name))
      const whole = detector.value([samples], START + 89 * 60_000)
      expect(whole).toBeDefined()
      expect(detector.value([samples], START + 120 * 60_000)).toBe(name === 'last' ? 5 : undefined)
    }
  })

  it('does not exist under a name that is not in the table', () => {
    expect(() => detectorFor({ ...featureOf('level'), detector: 'constructor' })).toThrow(
      'no detector named constructor',
    )
  })
})

describe('rate', () => {
  it('keeps its digits at a great height above zero and after a spike has left', () => {
    const samples = new ArraySamples()
    const detector = detectorOf('rate(level, 1h, per 1h)')
    let value: number | undefined
    for (let minute = 0; minute < 300; minute++) {
      const spike = minute === 100 ? 1e12 : 0
      samples.all.push({ t: START + minute * 60_000, v: 4000 + minute * 0.001 + spike })
      value = detector.value([samples], START + minute * 60_000)
    }
    expect(value).toBeCloseTo(0.06, 9)
  })
})

describe('sum', () => {
  it('is exactly 0 once the rain has left the window', () => {
    const samples = new ArraySamples()
    const detector = detectorOf('sum(level, 1h, gaps zero)')
    const seen: (number | undefined)[] = []
    for (let minute = 0; minute < 130; minute++) {
      samples.all.push({ t: START + minute * 60_000, v: minute < 7 ? 0.1 * (minute + 1) : 0 })
      seen.push(detector.value([samples], START + minute * 60_000))
    }
    expect(seen[10]).toBeCloseTo(2.8, 12)
    expect(seen.at(-1)).toBe(0)
  })

  it('of the 360 h before the last 72 h leaves those 72 h out', () => {
    const samples = new ArraySamples()
    const detector = detectorOf('sum(level, 360h, lag 72h, gaps zero)')
    for (let hour = 1; hour <= 432; hour++)
      samples.all.push({ t: START + hour * HOUR, v: hour <= 360 ? 1 : 1000 })
    expect(detector.value([samples], START + 432 * HOUR)).toBe(360)
  })
})

describe('a long window', () => {
  it('costs no more reads per sample than a short one', () => {
    const reads = (windowMs: number): number => {
      const samples = new ArraySamples()
      const detector = detectorOf(`rate(level, ${windowMs}ms)`)
      let count = 0
      const counted: Samples = {
        get first() {
          return samples.first
        },
        get next() {
          return samples.next
        },
        time: at => samples.time(at),
        after: t => samples.after(t),
        value: at => {
          count++
          return samples.value(at)
        },
      }
      for (let minute = 0; minute < 20_000; minute++) {
        samples.all.push({ t: START + minute * 60_000, v: minute })
        detector.value([counted], START + minute * 60_000)
      }
      return count / 20_000
    }
    expect(reads(HOUR)).toBeLessThan(40)
    expect(reads(100 * HOUR)).toBeLessThan(40)
  })
})
