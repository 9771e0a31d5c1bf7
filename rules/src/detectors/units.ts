import type { UnitOf } from './detector.ts'

/** UCUM codes of the lengths of time that rates are usually per. */
const TIME_UNITS: Readonly<Record<number, string>> = {
  1000: 's',
  60000: 'min',
  3600000: 'h',
  86400000: 'd',
  604800000: 'wk',
}

/** The unit of the first input. */
export const sameUnit: UnitOf = ([unit]) => unit

/** The unit of a difference: a difference of degrees Celsius is in kelvin. */
export const differenceUnit: UnitOf = ([unit]) => (unit === 'Cel' ? 'K' : unit)

/** A pure number. */
export const noUnit: UnitOf = () => '1'

/** The first input's difference per time, for example `mm/d`; a time that has no UCUM code of its own is counted in seconds, or in ms. */
export const rateUnit: UnitOf = (units, options) => {
  const unit = differenceUnit(units, options)
  const per = options.per as number
  if (unit === undefined) return undefined
  const counted = per % 1000 === 0 ? `(${per / 1000}.s)` : `(${per}.ms)`
  return `${unit}/${TIME_UNITS[per] ?? counted}`
}

/** An option for the time that a rate is per. */
export const perOption = (defaultMs: number) =>
  ({
    kind: 'duration',
    default: defaultMs,
    meaning: 'the value is per this time',
  }) as const
