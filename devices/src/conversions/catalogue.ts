import type { Conversion, ConversionParameter } from './conversion.ts'
import { gratingStrain } from './fibre-grating.ts'
import { barometricLevel, GRAVITY, headOf } from './head.ts'
import { ratedFlow } from './rating-curve.ts'
import { quarterBridgeStrain } from './strain-bridge.ts'
import { tippedRain } from './tipping-bucket.ts'
import { piezometerPressure, thermistorTemperature, wireStrain } from './vibrating-wire.ts'
import { notchWeirFlow, rectangularWeirFlow } from './weir.ts'

// The Dead Sea has 1240 kg/m3; the Earth's gravity lies between 9.76 and 9.84 m/s2.
const COLUMN = {
  density: { unit: 'kg/m3', least: 900, most: 1300, default: 1000 },
  gravity: { unit: 'm/s2', least: 9.7, most: 9.9, default: GRAVITY },
} satisfies Record<string, ConversionParameter>

const THERMAL = {
  thermal: { unit: 'kPa/K', least: -100, most: 100, optional: true },
  zeroTemperatureCel: { unit: 'Cel', least: -50, most: 100, with: 'thermal' },
} satisfies Record<string, ConversionParameter>

const COEFFICIENT = { unit: '1', least: 0.1, most: 1.5 }

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  thermistor: {
    title: '3 kOhm thermistor, Steinhart and Hart',
    source: 'USGS lvl_m.py',
    unit: 'Cel',
    inputs: { resistance: { unit: 'Ohm' } },
    parameters: {},
    convert: ({ resistance = Number.NaN }) => thermistorTemperature(resistance),
  },
  piezometer: {
    title: 'vibrating wire piezometer, by polynomial',
    source: 'USGS lvl_m.py',
    unit: 'kPa',
    inputs: {
      frequency: { unit: 'Hz' },
      temperature: { unit: 'Cel', with: 'thermal' },
      barometer: { unit: 'kPa', with: 'zeroBarometerKpa' },
    },
    parameters: {
      a: { unit: 'kPa/Hz2', least: -1, most: 1 },
      b: { unit: 'kPa/Hz', least: -1000, most: 1000, default: 0 },
      c: { unit: 'kPa', least: -100_000, most: 100_000 },
      ...THERMAL,
      zeroBarometerKpa: { unit: 'kPa', least: 30, most: 110, optional: true },
    },
    convert: (
      { frequency = Number.NaN, temperature = 0, barometer = 0 },
      { a = Number.NaN, b = 0, c = 0, thermal = 0, zeroTemperatureCel = 0, zeroBarometerKpa = 0 },
    ) =>
      piezometerPressure(
        { frequencyHz: frequency, temperatureCel: temperature, barometerKpa: barometer },
        { a, b, c, thermal, zeroTemperatureCel, zeroBarometerKpa },
      ),
  },
  'vibrating-wire-strain': {
    title: 'vibrating wire strain gauge',
    source: 'Geokon, manuals of the models 4050 and 4100',
    unit: 'um/m',
    inputs: { frequency: { unit: 'Hz' }, temperature: { unit: 'Cel', with: 'thermal' } },
    parameters: {
      gaugeFactor: { unit: 'um/m', least: 0.01, most: 100 },
      zeroFrequencyHz: { unit: 'Hz', least: 1, most: 20_000 },
      thermal: { ...THERMAL.thermal, unit: 'um/m/K' },
      zeroTemperatureCel: THERMAL.zeroTemperatureCel,
    },
    convert: (
      { frequency = Number.NaN, temperature = 0 },
      { gaugeFactor = Number.NaN, zeroFrequencyHz = Number.NaN, thermal = 0, zeroTemperatureCel = 0 },
    ) =>
      wireStrain(
        { frequencyHz: frequency, temperatureCel: temperature },
        { gaugeFactor, zeroFrequencyHz, thermal, zeroTemperatureCel },
      ),
  },
  'quarter-bridge': {
    title: 'strain gauge in a quarter bridge',
    source: 'Wheatstone bridge with one active gauge: eps = -4 Vr / (GF (1 + 2 Vr))',
    unit: 'um/m',
    inputs: { output: { unit: 'mV/V' } },
    parameters: {
      gaugeFactor: { unit: '1', least: 0.5, most: 10 },
      zero: { unit: 'mV/V', least: -100, most: 100 },
    },
    convert: ({ output = Number.NaN }, { gaugeFactor = Number.NaN, zero = Number.NaN }) =>
      quarterBridgeStrain({ output, zero }, gaugeFactor),
  },
  'fibre-grating': {
    title: 'fibre Bragg grating',
    source: 'about 1.2 pm per um/m and 10 pm per K at 1550 nm',
    unit: 'um/m',
    inputs: { wavelength: { unit: 'nm' }, temperature: { unit: 'Cel' } },
    parameters: {
      zeroWavelengthNm: { unit: 'nm', least: 600, most: 2000 },
      zeroTemperatureCel: { unit: 'Cel', least: -50, most: 100 },
      strainResponse: { unit: 'pm', least: 0.1, most: 10, default: 1.2 },
      thermalResponse: { unit: 'pm/K', least: -100, most: 100, default: 10 },
    },
    convert: ({ wavelength = Number.NaN, temperature = Number.NaN }, parameters) =>
      gratingStrain(
        { wavelengthNm: wavelength, temperatureCel: temperature },
        parameters as Record<
          'zeroWavelengthNm' | 'zeroTemperatureCel' | 'strainResponse' | 'thermalResponse',
          number
        >,
      ),
  },
  head: {
    title: 'head of water over a sensor',
    source: 'h = p / (rho g); USGS lvl_m.py',
    unit: 'm',
    inputs: { pressure: { unit: 'kPa' } },
    parameters: COLUMN,
    convert: ({ pressure = Number.NaN }, column) => headOf(pressure, column),
  },
  'barometric-level': {
    title: 'level by a gauge that is not vented',
    source: 'h = p / (rho g); USGS lvl_m.py',
    unit: 'm',
    inputs: { pressure: { unit: 'kPa' }, barometer: { unit: 'kPa' } },
    parameters: { sensorLevel: { unit: 'm', least: -500, most: 9000 }, ...COLUMN },
    convert: ({ pressure = Number.NaN, barometer = Number.NaN }, { sensorLevel = Number.NaN, ...column }) =>
      barometricLevel({ absoluteKpa: pressure, barometerKpa: barometer }, { sensorLevel, ...column }),
  },
  'rectangular-weir': {
    title: 'thin-plate rectangular weir',
    source: 'ISO 1438',
    unit: 'm3/s',
    inputs: { head: { unit: 'm' } },
    parameters: { coefficient: COEFFICIENT, width: { unit: 'm', least: 0.01, most: 1000 } },
    convert: ({ head = Number.NaN }, { coefficient = Number.NaN, width = Number.NaN }) =>
      rectangularWeirFlow(head, { coefficient, width }),
  },
  'notch-weir': {
    title: 'V-notch weir',
    source: 'ISO 1438',
    unit: 'm3/s',
    inputs: { head: { unit: 'm' } },
    parameters: { coefficient: COEFFICIENT, angle: { unit: 'deg', least: 1, most: 179 } },
    convert: ({ head = Number.NaN }, { coefficient = Number.NaN, angle = Number.NaN }) =>
      notchWeirFlow(head, { coefficient, angle }),
  },
  'rating-curve': {
    title: 'discharge from stage; one sheet a segment',
    source: 'ISO 18320:2020',
    unit: 'm3/s',
    inputs: { stage: { unit: 'm' } },
    parameters: {
      from: { unit: 'm', least: -500, most: 9000 },
      to: { unit: 'm', least: -500, most: 9000 },
      c: { unit: '1', least: 0, most: 1e6 },
      a: { unit: 'm', least: -500, most: 9000 },
      b: { unit: '1', least: 0.1, most: 10 },
      q0: { unit: 'm3/s', least: -1e5, most: 1e5, default: 0 },
    },
    convert: ({ stage = Number.NaN }, segment) =>
      ratedFlow(stage, segment as Record<'from' | 'to' | 'c' | 'a' | 'b' | 'q0', number>),
  },
  'tipping-bucket': {
    title: 'rain since the reading before, by a count of tips',
    source: 'RFC 1982 for the counter that rolls over',
    unit: 'mm',
    inputs: { tips: { unit: '1' }, tipsBefore: { unit: '1', before: 'tips' } },
    parameters: {
      bucketMm: { unit: 'mm', least: 0.01, most: 2 },
      counterSize: { unit: '1', least: 2, most: 2 ** 32, optional: true },
    },
    convert: ({ tips = Number.NaN, tipsBefore = Number.NaN }, { bucketMm = Number.NaN, counterSize }) =>
      tippedRain(
        { before: tipsBefore, after: tips },
        counterSize === undefined ? { bucketMm } : { bucketMm, counterSize },
      ),
  },
}

/** Every conversion by its name. */
export const CONVERSION_CATALOGUE: ReadonlyMap<string, Conversion> = new Map(Object.entries(CONVERSIONS))
