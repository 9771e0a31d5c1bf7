import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { printFeature } from '../language/feature-text.ts'
import { ArraySamples, detectorOf, featureOf } from './testing/array-samples.ts'

const discharge = (curve: string, stage: number): number | undefined =>
  detectorOf(`rating-curve(level, curve ${curve})`).value([new ArraySamples([{ t: 0, v: stage }])], 0)

describe('a rating curve', () => {
  const two = '0.3..1.2 C 20 a 0.3 b 1.5 / 1.2..4 C 30 a 0.5 b 2 Q0 2.3'

  it('gives the discharge of the segment that the stage is in', () => {
    expect(discharge(two, 0.7)).toBeCloseTo(20 * 0.4 ** 1.5, 12)
    expect(discharge(two, 2.5)).toBe(122.3)
    expect(discharge(two, 0.3)).toBe(0)
  })

  it('is unknown beyond its gaugings', () => {
    expect(discharge(two, 0.29)).toBeUndefined()
    expect(discharge(two, 4.01)).toBeUndefined()
    expect(discharge('0..1 C 1 a 0 b 1 / 2..3 C 1 a 0 b 1', 1.5)).toBeUndefined()
  })

  it('is printed as it is read', () => {
    const feature = featureOf(`rating-curve(level, curve ${two})`)
    expect(printFeature(feature)).toBe(`rating-curve(level, curve ${two})`)
  })

  it.each([
    ['0.3..1.2 C 20', 'cannot be read'],
    ['1.2..0.3 C 20 a 0 b 1.5', 'ends before it begins'],
    ['0..1 C 20 a 0.5 b 1.5', 'below its own zero flow'],
    ['0..2 C 20 a 0 b 1.5 / 1..3 C 2 a 0 b 1', 'begins below the end of the one before'],
    ['0..2 C 0 a 0 b 1.5', 'must be above 0'],
  ])('refuses %s', (curve, why) => {
    expect(() => featureOf(`rating-curve(level, curve ${curve})`)).toThrow(why)
  })
})

const gaugings = new URL('../../../../shared/data/usgs-ratingcurve/isere.csv', import.meta.url)

describe.skipIf(!existsSync(gaugings))('the gaugings of the Isere (skipped without ../shared/data)', () => {
  it('lie about one curve, fitted to every second of them', () => {
    const rows = readFileSync(gaugings, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(line => line.split(',').slice(1).map(Number) as [number, number])
      .filter(([stage, q]) => stage > 0.5 && q > 0)
    // ln Q = ln C + b ln (h - a), by least squares at the best of some zero flows a.
    const fit = (a: number) => {
      const points = rows
        .filter((_, at) => at % 2 === 0 && rows[at]![0] > a)
        .map(([h, q]) => [Math.log(h - a), Math.log(q)] as const)
      const x = points.reduce((sum, [at]) => sum + at / points.length, 0)
      const y = points.reduce((sum, [, at]) => sum + at / points.length, 0)
      const b =
        points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) /
        points.reduce((sum, [px]) => sum + (px - x) ** 2, 0)
      const misfit = points.reduce((sum, [px, py]) => sum + (py - y - b * (px - x)) ** 2, 0)
      return { a, b, c: Math.exp(y - b * x), misfit }
    }
    const best = Array.from({ length: 30 }, (_, at) => fit(-2 + at * 0.08)).sort(
      (p, q) => p.misfit - q.misfit,
    )[0]!
    const curve = `0.5..10 C ${best.c.toFixed(4)} a ${best.a.toFixed(3)} b ${best.b.toFixed(4)}`
    const errors = rows
      .filter((_, at) => at % 2 === 1)
      .map(([stage, q]) => Math.abs((discharge(curve, stage) as number) / q - 1))
      .sort((p, q) => p - q)
    expect(errors.length).toBeGreaterThan(20)
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.1)
  })
})
