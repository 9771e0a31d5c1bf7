import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Feature } from '../rule.ts'
import { parseFeature, printFeature } from './index.ts'

const HOUR = 3_600_000

const feature = (text: string): Feature => {
  const result = parseFeature('x', text)
  if (!result.ok) throw new Error(result.fault.message)
  return result.feature
}

const faultOf = (text: string): string => {
  const result = parseFeature('x', text)
  if (result.ok) throw new Error(`${text} was accepted`)
  return `${result.fault.message} (${result.fault.hint ?? ''})`
}

const durations = fc.integer({ min: 1, max: 30 * 24 * HOUR })

const features: fc.Arbitrary<Feature> = fc
  .record({
    detector: fc.constantFrom('last', 'rate', 'delta', 'mean', 'min', 'max', 'sum', 'std', 'spread'),
    quantity: fc.constantFrom('level', 'oil_temperature', 'temperature.1', '水位'),
    windowMs: durations,
    lagMs: fc.oneof(fc.constant(0), durations),
    perMs: fc.oneof(fc.constant(24 * HOUR), durations),
    gaps: fc.constantFrom('zero' as const, 'unknown' as const),
  })
  .map(given => {
    const timed = given.detector === 'last' ? { windowMs: 0, lagMs: 0 } : {}
    const perMs = given.detector === 'rate' ? given.perMs : 0
    const gaps = given.detector === 'sum' ? given.gaps : 'unknown'
    return { ...given, ...timed, perMs, gaps, name: 'x', text: '' }
  })

fc.configureGlobal({ seed: 7 })

describe('a feature', () => {
  it('is read with its window and options', () => {
    expect(feature('rate(displacement, 6h)')).toMatchObject({
      detector: 'rate',
      quantity: 'displacement',
      windowMs: 6 * HOUR,
      lagMs: 0,
      perMs: 24 * HOUR,
      gaps: 'unknown',
    })
    expect(feature('rate(level, 1h, per 1h)').perMs).toBe(HOUR)
    expect(feature(' sum( rain , 360h, gaps  zero , lag 72h ) ')).toMatchObject({
      detector: 'sum',
      windowMs: 360 * HOUR,
      lagMs: 72 * HOUR,
      gaps: 'zero',
    })
    expect(feature('level')).toMatchObject({ detector: 'last', quantity: 'level', windowMs: 0 })
  })

  it('reads what was printed as the same feature', () => {
    fc.assert(
      fc.property(features, given => {
        const text = printFeature(given)
        expect(feature(text)).toEqual({ ...given, text })
      }),
    )
  })

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'rate',
      '(',
      ')',
      ',',
      ' ',
      'level',
      '6h',
      'lag',
      'per',
      'gaps',
      'zero',
      '-1h',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map(parts => parts.join('')),
    )
    fc.assert(fc.property(texts, text => typeof parseFeature('x', text).ok === 'boolean'))
  })

  it('has its faults explained', () => {
    expect(faultOf('rates(level, 1h)')).toContain(
      'no detector "rates" (known: rate, delta, mean, min, max, sum, std, spread)',
    )
    expect(faultOf('rate(level)')).toContain('for example rate(level, 6h)')
    expect(faultOf('rate(level, soon)')).toContain('the window "soon" is no duration above zero')
    expect(faultOf('rate(level, 0h)')).toContain('no duration above zero')
    expect(faultOf('sum(rain, 50d, lag 11d)')).toContain('more than 60d back')
    expect(faultOf('mean(rain, 1h, gaps zero)')).toContain('no reading is not a reading of 0')
    expect(faultOf('mean(rain, 1h, per 1h)')).toContain('only rate takes "per"')
    expect(faultOf('sum(rain, 1h, lag 1h, lag 2h)')).toContain('"lag" is given twice')
    expect(faultOf('sum(rain, 1h, often)')).toContain('"often" is no option')
    expect(faultOf('last(level)')).toContain('write "level"')
    expect(faultOf('rate(level, 1h) + 2')).toContain('cannot be read')
    expect(faultOf('')).toContain('cannot be read')
  })

  it('may reach back 60 days and not a millisecond more', () => {
    expect(feature('sum(rain, 60d)').windowMs).toBe(60 * 24 * HOUR)
    expect(faultOf('sum(rain, 60d1ms)')).toContain('more than 60d back')
  })
})
