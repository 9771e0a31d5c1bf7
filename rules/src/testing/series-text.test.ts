import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSeries, printSeries, type SeriesItem, valuesOf } from './series-text.ts'

const values = (text: string): (number | undefined)[] => {
  const result = parseSeries(text)
  if (!result.ok) throw new Error(result.fault.message)
  return valuesOf(result.items)
}

describe('the notation of series', () => {
  it('means what it means in promtool', () => {
    expect(values('-2+4x3')).toEqual([-2, 2, 6, 10])
    expect(values('1-2x4')).toEqual([1, -1, -3, -5, -7])
    expect(values('1x4')).toEqual([1, 1, 1, 1, 1])
    expect(values(' 1 _x3 4 _ stale')).toEqual([1, undefined, undefined, undefined, 4, undefined])
    expect(values('1e3+5e-1x1 -2--1x1')).toEqual([1000, 1000.5, -2, -1])
  })

  it('counts in decimals, so that a limit that is written is met', () => {
    expect(values('3.2+0.1x3').at(-1)).toBe(3.5)
    expect(values('0.3-0.1x3').at(-1)).toBe(0)
    expect(values('0+1e-7x3').at(-1)).toBe(3e-7)
  })

  it('says what is wrong', () => {
    const message = (text: string): string => {
      const result = parseSeries(text)
      return result.ok ? '' : result.fault.message
    }
    expect(message('1 2y3')).toBe('"2y3" is no part of a series')
    expect(message('1+2')).toBe('"1+2" is no part of a series')
    expect(message('stale 1')).toBe('"1" follows "stale", after which nothing comes')
    expect(message('1x999999999')).toBe('more than 200000 instants')
    expect(message('1e308+1e308x9')).toBe('"1e308+1e308x9" leaves what a number can hold')
    expect(message('1e999')).toBe('"1e999" leaves what a number can hold')
    expect(message('  ')).toBe('the series is empty')
  })

  const number = fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map(value => value + 0)
  const item: fc.Arbitrary<SeriesItem> = fc.oneof(
    number.map(from => ({ kind: 'values' as const, from, step: 0, more: 0 })),
    fc.record({
      kind: fc.constant('values' as const),
      from: number,
      step: number,
      more: fc.integer({ min: 1, max: 50 }),
    }),
    fc.record({ kind: fc.constant('gap' as const), count: fc.integer({ min: 0, max: 50 }) }),
  )
  const series = fc
    .tuple(fc.array(item, { minLength: 1, maxLength: 8 }), fc.boolean())
    .map(([items, ends]) => (ends ? [...items, { kind: 'stale' as const }] : items))

  it('is read as it was printed', () => {
    fc.assert(
      fc.property(series, items => {
        expect(parseSeries(printSeries(items))).toEqual({ ok: true, items })
      }),
    )
  })

  it('never throws, and bounds what it makes', () => {
    const words = fc.array(fc.constantFrom('1', '+', '-', 'x', '9', '.', 'e', '_', ' ', 'stale'))
    fc.assert(
      fc.property(
        words.map(parts => parts.join('')),
        text => {
          const result = parseSeries(text)
          if (result.ok) expect(valuesOf(result.items).length).toBeLessThanOrEqual(200_000)
          else expect(result.fault.message).not.toBe('')
        },
      ),
    )
  })
})
