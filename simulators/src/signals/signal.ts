/**
 * One quantity at one place, as a sensor would read it: a pure function of time.
 *
 * @param t - when it is measured, ms UTC
 * @param previousT - when the same series was measured before: amounts such as rain count from there
 * @returns the value in the model's unit, or undefined while there is nothing that could measure it
 */
export type Signal = (t: number, previousT: number) => number | undefined

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Local hour of day in China (UTC+8 all over the country), 0 to 24. */
export const hourInChina = (t: number): number => ((t + 8 * HOUR_MS) % DAY_MS) / HOUR_MS

/** Rounds to the resolution of a sensor, without the digits that binary fractions add. */
export function toResolution(value: number, resolution: number): number {
  return Number((Math.round(value / resolution) * resolution).toPrecision(12))
}
