import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DETECTORS, type DetectorDefinition, type OptionDefinition } from '../detectors/index.ts'
import type { Feature } from '../rule.ts'
import { parseFeature, printFeature } from './index.ts'

const HOUR = 3_600_000

const feature = (text: string): Feature => {
  const result = parseFeature('x', text, ['gauge'])
  if (!result.ok) throw new Error(result.fault.message)
  return result.feature
}

const faultOf = (text: string): string => {
  const result = parseFeature('x', text)
  if (result.ok) throw new Error(`${text} was accepted`)
  return `${result.fault.message} (${result.fault.hint ?? ''})`
}

const durations = fc.integer({ min: 1, max: 30 * 24 * HOUR })

/** A value that an option may have. */
function optionValue(option: OptionDefinition): fc.Arbitrary<number | string> {
  if (option.kind === 'word') return fc.constantFrom(...option.words)
  if (option.kind === 'duration')
    return fc.integer({ min: option.minMs ?? 1, max: option.maxMs ?? 30 * 24 * HOUR })
  if (option.kind === 'text') return fc.constantFrom(...option.examples)
  const { min, max } = option
  return fc.oneof(
    fc.double({ min, max, noNaN: true }).map(value => value + 0),
    fc.constantFrom('creep', 'k_1'),
  )
}

function optionsOf(definition: DetectorDefinition): fc.Arbitrary<Record<string, number | string>> {
  const entries = Object.entries(definition.options)
  const values = entries.map(([, option]) =>
    fc.option(optionValue(option), {
      nil: option.default,
      freq: option.default === undefined && !option.optional ? Number.MAX_SAFE_INTEGER : 2,
    }),
  )
  return fc
    .tuple(...values)
    .map(given =>
      Object.fromEntries(
        entries.flatMap(([name], at) => (given[at] === undefined ? [] : [[name, given[at]]])),
      ),
    )
}

const features: fc.Arbitrary<Feature> = fc.constantFrom(...DETECTORS.values()).chain(definition =>
  fc
    .record({
      inputs: fc.tuple(
        ...definition.inputs.map(() =>
          fc.record({
            from: fc.constantFrom('', 'gauge'),
            quantity: fc.constantFrom('level', 'oil_temperature', 'temperature.1', '水位'),
          }),
        ),
      ),
      windowMs: durations,
      lagMs: fc.oneof(fc.constant(0), durations),
      options: optionsOf(definition),
      across: fc.constantFrom(undefined, 'max' as const, 'median' as const),
    })
    .map(given => ({
      ...given,
      ...(definition.windowed ? {} : { windowMs: 0, lagMs: 0 }),
      detector: definition.name,
      name: 'x',
      text: '',
    }))
    .filter(given => definition.check?.(given) === undefined),
)

fc.configureGlobal({ seed: 7 })

describe('a feature', () => {
  it('is read with its window and options', () => {
    expect(feature('rate(displacement, 6h)')).toMatchObject({
      detector: 'rate',
      inputs: [{ from: '', quantity: 'displacement' }],
      windowMs: 6 * HOUR,
      lagMs: 0,
      options: { per: 24 * HOUR, method: 'least-squares' },
    })
    expect(feature('rate(level, 1h, per 1h)').options.per).toBe(HOUR)
    expect(feature(' sum( rain , 360h, gaps  zero , lag 72h ) ')).toMatchObject({
      detector: 'sum',
      windowMs: 360 * HOUR,
      lagMs: 72 * HOUR,
      options: { gaps: 'zero' },
    })
    expect(feature('level')).toMatchObject({
      detector: 'last',
      inputs: [{ from: '', quantity: 'level' }],
      windowMs: 0,
    })
  })

  it('reads a further input by its name, and a dot in the name of a quantity as such', () => {
    expect(feature('sum(gauge.rain, 3h, across max)')).toMatchObject({
      inputs: [{ from: 'gauge', quantity: 'rain' }],
      across: 'max',
    })
    expect(feature('gauge.temperature.1').inputs).toEqual([{ from: 'gauge', quantity: 'temperature.1' }])
    expect(feature('temperature.1').inputs).toEqual([{ from: '', quantity: 'temperature.1' }])
    expect(feature('last(level, across max)').across).toBe('max')
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
    expect(faultOf('rates(level, 1h)')).toContain('no detector "rates" (did you mean "rate"?)')
    expect(faultOf('shake(level, 1h)')).toContain('known: rate, delta, rise, mean')
    expect(faultOf('rate(level)')).toContain('for example rate(level, 6h)')
    expect(faultOf('rate(level, soon)')).toContain('the window "soon" is no duration above zero')
    expect(faultOf('rate(level, 0h)')).toContain('no duration above zero')
    expect(faultOf('sum(rain, 50d, lag 11d)')).toContain('more than 60d back')
    expect(faultOf('mean(rain, 1h, gaps zero)')).toContain('no reading is not a reading of 0')
    expect(faultOf('mean(rain, 1h, per 1h)')).toContain(
      '"per 1h" is no option of mean (its options: lag, across)',
    )
    expect(faultOf('sum(rain, 1h, lag 1h, lag 2h)')).toContain('"lag" is given twice')
    expect(faultOf('sum(rain, 1h, often)')).toContain('"often" is no option of sum')
    expect(faultOf('rate(rain, 1h, method end)')).toContain('method "end" is unknown (known: least-squares')
    expect(faultOf('sum(rain, 1h, gaps nil)')).toContain('gaps "nil" is unknown (known: unknown, zero)')
    expect(faultOf('max(rain, 1h, across all)')).toContain('across "all" is unknown (known: min, max')
    expect(faultOf('rate(displacement)')).toContain('rate needs a window')
    expect(faultOf('rate()')).toContain('rate needs quantity (write rate(quantity, ...))')
    expect(faultOf('last(level)')).toContain('write "level"')
    expect(faultOf('rate(level, 1h) + 2')).toContain('cannot be read')
    expect(faultOf('')).toContain('cannot be read')
  })

  it('may reach back 60 days and not a millisecond more', () => {
    expect(feature('sum(rain, 60d)').windowMs).toBe(60 * 24 * HOUR)
    expect(faultOf('sum(rain, 60d1ms)')).toContain('more than 60d back')
  })
})
