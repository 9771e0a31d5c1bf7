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
 * temperature and, as such sensors are sealed, by the barometer, both against the zero reading.
 */
export function piezometerPressure(
  {
    frequencyHz,
    temperatureCel,
    barometerKpa,
  }: { frequencyHz: number; temperatureCel: number; barometerKpa: number },
  { a, b, c, thermal, zeroTemperatureCel, zeroBarometerKpa }: PiezometerCalibration,
): number | undefined {
  const uncorrected = a * frequencyHz ** 2 + b * frequencyHz + c
  const byTemperature = thermal * (temperatureCel - zeroTemperatureCel)
  return finite(uncorrected + byTemperature - (barometerKpa - zeroBarometerKpa))
}
