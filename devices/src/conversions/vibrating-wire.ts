import { finite } from './finite.ts'

const KELVIN_AT_0_CEL = 273.15

/**
 * Temperature of the thermistor in a vibrating wire sensor, Cel, by Steinhart and Hart with the coefficients of the
 * 3 kOhm thermistor that makers build in (USGS lvl_m.py).
 *
 * @param ohm - its resistance; at and below 0 the temperature is unknown
 */
export function thermistorTemperature(ohm: number): number | undefined {
  const ln = Math.log(ohm)
  const kelvin = 1 / (1.4051e-3 + 2.369e-4 * ln + 1.019e-7 * ln ** 3)
  return kelvin > 0 ? finite(kelvin - KELVIN_AT_0_CEL) : undefined
}

/** The calibration sheet of a vibrating wire piezometer, with what was read at its installation. */
export interface PiezometerCalibration {
  /** Pressure in kPa is `a f2 + b f + c`, f in the unit of the sheet (Hz). */
  a: number
  b: number
  c: number
  /** Thermal factor, kPa/K, and the temperature of the zero reading, Cel. */
  thermal: number
  zeroTemperatureCel: number
  /** Air pressure at the zero reading, kPa. */
  zeroBarometerKpa: number
}

/**
 * Pore pressure in kPa by a vibrating wire piezometer (USGS lvl_m.py): p = A f2 + B f + C, corrected by the
 * temperature and, as such sensors are sealed, by the barometer, both against the zero reading. A wire at 0 Hz did not
 * swing: no value.
 */
export function piezometerPressure(
  {
    frequencyHz,
    temperatureCel,
    barometerKpa,
  }: { frequencyHz: number; temperatureCel: number; barometerKpa: number },
  { a, b, c, thermal, zeroTemperatureCel, zeroBarometerKpa }: PiezometerCalibration,
): number | undefined {
  if (!(frequencyHz > 0)) return undefined
  const uncorrected = a * frequencyHz ** 2 + b * frequencyHz + c
  const byTemperature = thermal * (temperatureCel - zeroTemperatureCel)
  return finite(uncorrected + byTemperature - (barometerKpa - zeroBarometerKpa))
}

/** The sheet of a vibrating wire strain gauge, with what was read at its installation. */
export interface WireStrainCalibration {
  /** um/m a digit, a digit being a thousandth of Hz2: the maker's factor times that of the batch. */
  gaugeFactor: number
  zeroFrequencyHz: number
  /** um/m/K that the wire expands by, less what the structure does; and the temperature of the zero reading, Cel. */
  thermal: number
  zeroTemperatureCel: number
}

/**
 * Strain by a vibrating wire, in um/m, tension positive: (R1 - R0) GF + (T1 - T0) K with R = f2/1000 (Geokon, manuals of
 * the models 4050 and 4100, whose GF is 0.391). A wire at 0 Hz did not swing: no value.
 */
export function wireStrain(
  { frequencyHz, temperatureCel }: { frequencyHz: number; temperatureCel: number },
  { gaugeFactor, zeroFrequencyHz, thermal, zeroTemperatureCel }: WireStrainCalibration,
): number | undefined {
  if (!(frequencyHz > 0)) return undefined
  const digits = (frequencyHz ** 2 - zeroFrequencyHz ** 2) / 1000
  return finite(gaugeFactor * digits + thermal * (temperatureCel - zeroTemperatureCel))
}
