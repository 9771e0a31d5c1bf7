/** A raw quantity that a conversion reads. */
interface ConversionInput {
  /** UCUM code that the function wants; a quantity in another unit of the kind is scaled. */
  unit: string
  /** Needed only where the calibration has this parameter: no correction is asked for otherwise. */
  with?: string
  /** The reading of that input before the newest one: a counter says something by its steps alone. */
  before?: string
}

/** A number of the calibration sheet. */
export interface ConversionParameter {
  unit: string
  least: number
  most: number
  /** Value where the sheet has none; a parameter with neither `default` nor `with` must be given. */
  default?: number
  /** Must be given where the sheet has that other one, and is of no use without. */
  with?: string
  /** May be left out. */
  optional?: true
}

export type Numbers = Readonly<Record<string, number>>

/** How raw quantities become another one. The first input leads: its time is the result's. */
export interface Conversion {
  title: string
  /** The standard or paper of the formula. */
  source: string
  /** Unit of the result. */
  unit: string
  inputs: Readonly<Record<string, ConversionInput>>
  parameters: Readonly<Record<string, ConversionParameter>>
  /** Undefined where the inputs have no result. An input or a parameter that is not needed may be absent. */
  convert(inputs: Numbers, parameters: Numbers): number | undefined
}
