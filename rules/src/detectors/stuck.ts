import { type DetectorDefinition, type DetectorSettings, type Inputs, numberOption } from './detector.ts'
import { Spread } from './spread.ts'
import { differenceUnit, noUnit } from './units.ts'

class Stuck extends Spread {
  readonly #within: number

  constructor(settings: DetectorSettings) {
    super(settings)
    this.#within = numberOption(settings, 'within')
  }

  override value(inputs: Inputs, now: number): number | undefined {
    const spread = super.value(inputs, now)
    return spread === undefined ? undefined : spread <= this.#within ? 1 : 0
  }
}

export const stuck: DetectorDefinition = {
  name: 'stuck',
  meaning: '1 when all readings lie within one band, otherwise 0',
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
  create: settings => new Stuck(settings),
}
