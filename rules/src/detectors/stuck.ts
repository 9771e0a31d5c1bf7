import { type DetectorDefinition, numberOption } from './detector.ts'
import { SlidingSummary } from './sliding-summary.ts'
import { Spread } from './spread.ts'
import { differenceUnit, noUnit } from './units.ts'

class Stuck extends Spread {
  readonly #within: number

  constructor(within: number) {
    super()
    this.#within = within
  }

  override result(): number | undefined {
    const spread = super.result()
    return spread === undefined ? undefined : spread <= this.#within ? 1 : 0
  }
}

/** 1 when all readings of the window lie within one band, otherwise 0: a sensor that does not move any more. */
export const stuck: DetectorDefinition = {
  name: 'stuck',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {
    within: {
      kind: 'number',
      min: 0,
      max: 1e12,
      default: 0,
      unit: differenceUnit,
      meaning: 'width of the band; 0: every reading the same',
    },
  },
  unit: noUnit,
  create: settings => {
    const within = numberOption(settings, 'within')
    return new SlidingSummary(settings, () => new Stuck(within))
  },
}
