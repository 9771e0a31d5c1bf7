import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ATOMS, PREFIXES } from './atoms.ts'
import { combine, isSameKind, parseUnit, type Unit } from './unit.ts'

const unit = (text: string): Unit => {
  const result = parseUnit(text)
  if (!result.ok) throw new Error(result.fault.message)
  return result.unit
}
const hintOf = (text: string) => {
  const result = parseUnit(text)
  return result.ok ? 'a unit' : result.fault.hint
}

describe('a unit', () => {
  it.each([
    ['km/h', 'm/s', 1000 / 3600],
    ['kW.h', 'J', 3.6e6],
    ['mm/d', 'm/s', 1e-3 / 86_400],
    ['V.A', 'W', 1],
    ['Ohm', 'V/A', 1],
    ['S', 'A/V', 1],
    ['Wb', 'V.s', 1],
    ['T', 'Wb/m2', 1],
    ['H', 'Wb/A', 1],
    ['F', 'C/V', 1],
    ['bar', 'kPa', 100],
    ['m[H2O]', 'kPa', 9.806_65],
    ['mm[Hg]', 'Pa', 133.322],
    ['[psi]', '[in_i]-2.N', 4.448_221_615_260_5],
    ['L/s', 'm3/h', 3.6],
    ['deg', "'", 60],
    ["'", "''", 60],
    ['mrad', 'deg', 0.18 / Math.PI],
    ['%', '[ppth]', 10],
    ['10*3/uL', '/L', 1e9],
    ['mm/(6.h)', 'mm/h', 1 / 6],
    ['mm/6.h', 'mm.h', 1 / 6],
    ['By', 'bit', 8],
    ['{tips}/min', 'Hz', 1 / 60],
    ['t/m3', 'g/cm3', 1],
    ['[g]', 'Gal', 980.665],
    ['/min', 'Hz', 1 / 60],
  ])('one %s is %s times %d', (text, other, factor) => {
    expect(isSameKind(unit(text), unit(other))).toBe(true)
    expect(unit(text).factor / unit(other).factor / factor).toBeCloseTo(1, 9)
  })

  it.each([
    ['mm', 'mm/d'],
    ['K', 'mm'],
    ['By', '1'],
    ['rad', '1'],
  ])('%s is not of the kind of %s', (text, other) => {
    expect(isSameKind(unit(text), unit(other))).toBe(false)
  })

  it.each([
    ['°C', 'write Cel'],
    ['m³/s', 'write m3/s'],
    ['mm/day', 'write mm/d'],
    ['m^3', 'write m3'],
    ['kWh', 'write kW.h'],
    ['hz', 'did you mean Hz?'],
    ['HZ', 'did you mean Hz?'],
    ['furlong', 'write a UCUM code, for example mm, Cel, kW, m3/s, mm/d, %, or 1 for a plain number'],
  ])('%s is none: %s', (text, hint) => {
    expect(hintOf(text)).toBe(hint)
  })

  it.each(['', ' ', 'm/', 'm//s', '(m', 'm)', 'm0', 'kh', 'm s', '((((((m))))))', 'm'.repeat(100)])(
    '"%s" is none',
    text => {
      expect(parseUnit(text).ok).toBe(false)
    },
  )

  it('is a point on its scale only where it stands alone', () => {
    expect(unit('Cel').point).toBe(true)
    expect(unit('Cel/h')).toMatchObject({ point: false, dimension: unit('K/h').dimension })
  })

  it('a product and a quotient read back from their text as themselves', () => {
    const codes = [...ATOMS].flatMap(([code, { metric }]) =>
      metric ? [code, ...Object.keys(PREFIXES).map(prefix => prefix + code)] : [code],
    )
    const one = fc.constantFrom(...codes.filter(code => !code.startsWith('10')), '1', 'mm/d', 'kW.h')
    fc.assert(
      fc.property(one, one, fc.constantFrom(1 as const, -1 as const), (a, b, power) => {
        const made = combine(unit(a), unit(b), power)
        expect(isSameKind(unit(made.text), made)).toBe(true)
        expect(unit(made.text).factor / made.factor).toBeCloseTo(1, 9)
      }),
      { numRuns: 300 },
    )
  })

  it('any text is read or refused, at once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."mhd/.()[]{}10*^'% Cel-+"), maxLength: 80 }), text => {
        expect(typeof parseUnit(text).ok).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
