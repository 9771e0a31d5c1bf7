import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUnit } from '../units/unit.ts'
import { completed } from './calibration.ts'
import { CONVERSION_CATALOGUE } from './catalogue.ts'
import type { Conversion, Numbers } from './conversion.ts'

/** Inputs and a sheet with what comes of them, and where that is from. */
interface Check {
  inputs: Numbers
  sheet: Numbers
  value: number
  source: string
}

const CHECKS: Readonly<Record<string, Check>> = {
  thermistor: {
    inputs: { resistance: 3000 },
    sheet: {},
    value: 25,
    source: '3 kOhm at 25 Cel by definition',
  },
  piezometer: {
    inputs: { frequency: 2800, temperature: 10, barometer: 99 },
    sheet: { a: -1.5e-5, b: 0.002, c: 140, thermal: 0.05, zeroTemperatureCel: 20, zeroBarometerKpa: 101 },
    value: 29.5,
    source: 'USGS lvl_m.py: -1.5e-5 f2 + 0.002 f + 140 = 28, -0.5 for 10 K, +2 for the air',
  },
  'vibrating-wire-strain': {
    inputs: { frequency: 2600, temperature: 25 },
    sheet: { gaugeFactor: 0.391, zeroFrequencyHz: 2500, thermal: 12, zeroTemperatureCel: 20 },
    value: 259.41,
    source: 'Geokon 4100 and 4050: 0.391 (6760 - 6250) digits + 12 * 5 K',
  },
  'quarter-bridge': {
    inputs: { output: -0.5 },
    sheet: { gaugeFactor: 2, zero: 0 },
    value: 1001.001,
    source: '-4 Vr / (GF (1 + 2 Vr)) at Vr = -0.0005',
  },
  'fibre-grating': {
    inputs: { wavelength: 1550.12, temperature: 20 },
    sheet: { zeroWavelengthNm: 1550, zeroTemperatureCel: 20 },
    value: 100,
    source: '120 pm at 1.2 pm per um/m',
  },
  head: { inputs: { pressure: 1 }, sheet: {}, value: 0.102, source: 'USGS lvl_m.py: 0.102 m/kPa' },
  'barometric-level': {
    inputs: { pressure: 111.131_65, barometer: 101.325 },
    sheet: { sensorLevel: 41.5 },
    value: 42.5,
    source: '9.80665 kPa is a metre of fresh water at standard gravity',
  },
  'rectangular-weir': {
    inputs: { head: 0.1 },
    sheet: { coefficient: 0.62, width: 1 },
    value: 0.0579,
    source: 'ISO 1438: 0.62 sqrt(2g) 2/3 0.1^1.5',
  },
  'notch-weir': {
    inputs: { head: 0.1 },
    sheet: { coefficient: 0.58, angle: 90 },
    value: 0.004_33,
    source: 'ISO 1438: 0.58 8/15 sqrt(2g) 0.1^2.5',
  },
  'rating-curve': {
    inputs: { stage: 4.3 },
    sheet: { from: 0.3, to: 5, c: 20, a: 0.3, b: 1.5, q0: 2 },
    value: 162,
    source: 'ISO 18320: 20 * 4^1.5 + 2',
  },
  'tipping-bucket': {
    inputs: { tips: 4, tipsBefore: 65_530 },
    sheet: { bucketMm: 0.2, counterSize: 65_536 },
    value: 2,
    source: 'ten tips over the roll-over of two bytes',
  },
}

const conversions = [...CONVERSION_CATALOGUE].map(([name, conversion]) => ({ name, conversion }))

describe('every conversion', () => {
  it.each(conversions)('$name has a check value', ({ name, conversion }) => {
    const { inputs, sheet, value, source } = CHECKS[name] as Check
    expect(source.length).toBeGreaterThan(10)
    const got = conversion.convert(inputs, completed(sheet, conversion)) as number
    // To the last digit that is written down here.
    const digits = String(value).split('.')[1]?.length ?? 0
    expect(got).toBeCloseTo(value, digits === 0 ? 1 : digits)
  })

  it.each(conversions)('$name has units that are known, and bounds in their order', ({ conversion }) => {
    const { inputs, parameters, unit } = conversion
    for (const one of [unit, ...Object.values({ ...inputs, ...parameters }).map(rule => rule.unit)])
      expect(parseUnit(one)).toMatchObject({ ok: true })
    for (const { least, most, default: usual, with: other } of Object.values(parameters)) {
      expect(least).toBeLessThan(most)
      if (usual !== undefined) expect(usual).toBe(Math.min(most, Math.max(least, usual)))
      if (other !== undefined) expect(parameters).toHaveProperty(other)
    }
    for (const { with: other, before } of Object.values(inputs)) {
      if (other !== undefined) expect(parameters).toHaveProperty(other)
      if (before !== undefined) expect(inputs).toHaveProperty(before)
    }
  })

  it.each(conversions)('$name gives a finite value or none, whatever comes (property)', ({ conversion }) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double()), numbers => {
        const next = (): number => numbers.next().value as number
        const inputs = Object.fromEntries(Object.keys(conversion.inputs).map(name => [name, next()]))
        const value = conversion.convert(inputs, sheetWithin(conversion, next))
        expect(value === undefined || Number.isFinite(value)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it.each(conversions)('$name gives none where an input is not there', ({ name, conversion }) => {
    const { sheet } = CHECKS[name] as Check
    expect(conversion.convert({}, completed(sheet, conversion))).toBeUndefined()
  })
})

// Any number, brought between the bounds of its parameter.
const sheetWithin = ({ parameters }: Conversion, next: () => number): Numbers =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { least, most }]) => {
      const value = next()
      return [name, Number.isNaN(value) ? least : Math.min(most, Math.max(least, value))]
    }),
  )
