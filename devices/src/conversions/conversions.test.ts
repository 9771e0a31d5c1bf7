import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gratingStrain } from './fibre-grating.ts'
import { barometricLevel, headOf } from './head.ts'
import { quarterBridgeStrain } from './strain-bridge.ts'
import { tippedRain } from './tipping-bucket.ts'
import { piezometerPressure, thermistorTemperature } from './vibrating-wire.ts'
import { notchWeirFlow, rectangularWeirFlow } from './weir.ts'

describe('a vibrating wire piezometer', () => {
  const sheet = {
    a: -1.5e-5,
    b: 0.002,
    c: 140,
    thermal: 0.05,
    zeroTemperatureCel: 20,
    zeroBarometerKpa: 101,
  }
  const reading = { frequencyHz: 2800, temperatureCel: 20, barometerKpa: 101 }

  it('has a thermistor of 3000 Ohm at 25 degrees and 9796 at 0', () => {
    expect(thermistorTemperature(3000)).toBeCloseTo(25, 1)
    expect(thermistorTemperature(9796)).toBeCloseTo(0, 1)
  })

  it.each([0, -1, Number.NaN])('has no temperature at %d Ohm', ohm => {
    expect(thermistorTemperature(ohm)).toBeUndefined()
  })

  it('is read by its sheet, against temperature and barometer of the zero reading', () => {
    // -1.5e-5 * 7.84e6 + 5.6 + 140 = 28.
    expect(piezometerPressure(reading, sheet)).toBeCloseTo(28, 9)
    expect(piezometerPressure({ ...reading, temperatureCel: 10 }, sheet)).toBeCloseTo(27.5, 9)
    expect(piezometerPressure({ ...reading, barometerKpa: 99 }, sheet)).toBeCloseTo(30, 9)
  })
})

describe('a head of water', () => {
  it('is 0.102 m for a kilopascal, less in the sea', () => {
    expect(headOf(1)).toBeCloseTo(0.102, 4)
    expect(headOf(10, { density: 1025 })).toBeCloseTo(0.9948, 4)
    expect(headOf(9.81, { gravity: 9.81 })).toBeCloseTo(1, 12)
  })

  it('stands under the air and over the sensor', () => {
    const reading = { absoluteKpa: 120, barometerKpa: 101.325 }
    expect(barometricLevel(reading, { sensorLevel: 0 })).toBeCloseTo(1.9043, 4)
    expect(barometricLevel(reading, { sensorLevel: 41.5 })).toBeCloseTo(43.4043, 4)
  })

  it('moves with neither weather nor barometer alone (property)', () => {
    fc.assert(
      fc.property(fc.double({ min: 85, max: 108, noNaN: true }), barometerKpa => {
        const level = barometricLevel(
          { absoluteKpa: barometerKpa + 9.806_65, barometerKpa },
          { sensorLevel: 2 },
        )
        expect(level).toBeCloseTo(3, 9)
      }),
      { numRuns: 200 },
    )
  })
})

describe('strain', () => {
  it('of a quarter bridge: -0.5 mV/V at a gauge factor of 2 is 1001 um/m', () => {
    expect(quarterBridgeStrain({ output: -0.5, zero: 0 }, 2)).toBeCloseTo(1001.001, 3)
    expect(quarterBridgeStrain({ output: 0.3, zero: 0.8 }, 2)).toBeCloseTo(1001.001, 3)
    expect(quarterBridgeStrain({ output: 0.5, zero: 0 }, 2)).toBeCloseTo(-999.001, 3)
    expect(quarterBridgeStrain({ output: 1, zero: 1 }, 2)).toBe(0)
    expect(quarterBridgeStrain({ output: 1, zero: 0 }, 0)).toBeUndefined()
  })

  it('of a quarter bridge is what its resistance says (property)', () => {
    // Wheatstone's bridge itself, the gauge between output and excitation: Vr = 1/2 - (1 + GF eps)/(2 + GF eps).
    fc.assert(
      fc.property(
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (strain, factor) => {
          const gauge = factor * strain * 1e-6
          const output = (1 / 2 - (1 + gauge) / (2 + gauge)) * 1000
          expect(quarterBridgeStrain({ output, zero: 0 }, factor)).toBeCloseTo(strain, 5)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of a grating: 1.2 pm a um/m, 10 pm a degree', () => {
    const grating = {
      zeroWavelengthNm: 1550,
      zeroTemperatureCel: 20,
      strainResponse: 1.2,
      thermalResponse: 10,
    }
    expect(gratingStrain({ wavelengthNm: 1550.12, temperatureCel: 20 }, grating)).toBeCloseTo(100, 6)
    expect(gratingStrain({ wavelengthNm: 1550.05, temperatureCel: 25 }, grating)).toBeCloseTo(0, 6)
  })
})

describe('a thin-plate weir', () => {
  it('passes by the head over its crest', () => {
    expect(rectangularWeirFlow(0.1, { coefficient: 0.62, width: 1 })).toBeCloseTo(0.057_886, 6)
    expect(rectangularWeirFlow(0.1, { coefficient: 0.62, width: 2.5 })).toBeCloseTo(0.144_716, 6)
    expect(notchWeirFlow(0.1, { coefficient: 0.58, angle: 90 })).toBeCloseTo(0.004_332, 6)
    expect(notchWeirFlow(0.3, { coefficient: 0.58, angle: 60 })).toBeCloseTo(0.038_99, 5)
  })

  it('passes nothing below it, and is unknown where it is none', () => {
    expect(rectangularWeirFlow(-0.2, { coefficient: 0.62, width: 1 })).toBe(0)
    expect(notchWeirFlow(0, { coefficient: 0.58, angle: 90 })).toBe(0)
    expect(notchWeirFlow(0.1, { coefficient: 0.58, angle: 180 })).toBeUndefined()
    expect(rectangularWeirFlow(Number.NaN, { coefficient: 0.62, width: 1 })).toBeUndefined()
  })
})

describe('a tipping bucket', () => {
  it.each([
    [{ before: 10, after: 15 }, { bucketMm: 0.2 }, 1],
    [{ before: 10, after: 10 }, { bucketMm: 0.5 }, 0],
    [{ before: 65_530, after: 4 }, { bucketMm: 0.1, counterSize: 65_536 }, 1],
  ])('%o of %o is %d mm', (counts, gauge, rain) => {
    expect(tippedRain(counts, gauge)).toBeCloseTo(rain, 12)
  })

  it('says nothing of the rain before its counter was set back', () => {
    expect(tippedRain({ before: 700, after: 3 }, { bucketMm: 0.2 })).toBeUndefined()
    expect(tippedRain({ before: 700, after: 3 }, { bucketMm: 0.2, counterSize: 65_536 })).toBeUndefined()
  })
})
