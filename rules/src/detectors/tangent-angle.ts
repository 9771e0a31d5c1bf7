import {
  type Detector,
  type DetectorDefinition,
  type DetectorSettings,
  type Inputs,
  numberOption,
} from './detector.ts'
import { METHOD, slopeOver } from './rate.ts'
import { perOption, rateUnit } from './units.ts'

class TangentAngle implements Detector {
  readonly #slope: Detector
  readonly #creep: number

  constructor(settings: DetectorSettings) {
    this.#slope = slopeOver(settings, numberOption(settings, 'per'))
    this.#creep = numberOption(settings, 'creep')
  }

  value(inputs: Inputs, now: number): number | undefined {
    const slope = this.#slope.value(inputs, now)
    return slope === undefined ? undefined : (Math.atan(slope / this.#creep) * 180) / Math.PI
  }

  memory(): unknown {
    return this.#slope.memory()
  }

  recall(inputs: Inputs, memory: unknown): void {
    this.#slope.recall(inputs, memory)
  }
}

/**
 * Improved tangent angle, degrees: arctan(speed / v), v being the mean rate of the uniform creep stage (Xu Qiang 2009; see
 * doi 10.1186/s13638-021-02033-y). 45 degrees is uniform creep; negative where the displacement goes back.
 */
export const tangentAngle: DetectorDefinition = {
  name: 'tangent-angle',
  meaning: 'improved tangent angle of a slope, degrees: 45 is uniform creep, 80 orange, 85 red',
  inputs: ['displacement'],
  windowed: true,
  isTimeless: true,
  options: {
    creep: {
      kind: 'number',
      min: 1e-9,
      max: 1e9,
      unit: rateUnit,
      meaning: 'mean rate of the uniform creep stage; a parameter that a geologist approves',
    },
    per: perOption(86_400_000),
    method: METHOD,
  },
  unit: () => 'deg',
  create: settings => new TangentAngle(settings),
}
