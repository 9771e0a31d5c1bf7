import { finite } from './finite.ts'

/** Standard gravity, m/s2 (ISO 80000-3). */
export const GRAVITY = 9.806_65
const FRESH_WATER = 1000

/** What a pressure stands for, where it is measured. */
export interface WaterColumn {
  /** kg/m3; fresh water where not given. Sea water has about 1025. */
  density?: number
  /** m/s2; standard gravity where not given. */
  gravity?: number
}

/**
 * Height of the water over a sensor, in m: h = p / (rho g). 1 kPa is 0.102 m of fresh water (USGS lvl_m.py).
 *
 * @param pressureKpa - pressure of the water alone, without the air's
 */
export const headOf = (
  pressureKpa: number,
  { density = FRESH_WATER, gravity = GRAVITY }: WaterColumn = {},
): number | undefined => finite((pressureKpa * 1000) / (density * gravity))

/**
 * Level by an unvented pressure gauge, in m: the air's pressure is taken off, the sensor's own height put on.
 *
 * @param reading - `absoluteKpa` of the sensor and `barometerKpa` of the air at the same time and place
 * @param sensorLevel - height of the sensor over the gauge zero, m
 */
export function barometricLevel(
  { absoluteKpa, barometerKpa }: { absoluteKpa: number; barometerKpa: number },
  { sensorLevel, ...column }: WaterColumn & { sensorLevel: number },
): number | undefined {
  const head = headOf(absoluteKpa - barometerKpa, column)
  return head === undefined ? undefined : finite(sensorLevel + head)
}
