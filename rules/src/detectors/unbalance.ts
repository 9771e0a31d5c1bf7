import {
  type Detector,
  type DetectorDefinition,
  type DetectorSettings,
  type Inputs,
  numberOption,
} from './detector.ts'
import { Newest } from './newest.ts'

/**
 * Negative over positive sequence of three line voltages from their magnitudes alone, percent (GB/T 15543-2008, annex A;
 * IEC 61000-4-30). Exact where no zero sequence is in them, as between lines.
 *
 * @returns undefined where no triangle has such sides
 */
function sequenceUnbalance(a: number, b: number, c: number): number | undefined {
  const squares = a * a + b * b + c * c
  const root = Math.sqrt(3 - (6 * (a ** 4 + b ** 4 + c ** 4)) / (squares * squares))
  // A rounding error may take the root of three equal sides above 1.
  return Number.isNaN(root) ? undefined : 100 * Math.sqrt(Math.max(0, 1 - root) / (1 + root))
}

/** Largest deviation from the mean, percent of the mean (NEMA MG 1). */
function deviationUnbalance(a: number, b: number, c: number): number | undefined {
  const mean = (a + b + c) / 3
  const deviation = Math.max(Math.abs(a - mean), Math.abs(b - mean), Math.abs(c - mean))
  return mean > 0 ? (100 * deviation) / mean : undefined
}

class Unbalance implements Detector {
  readonly #newest = [new Newest(), new Newest(), new Newest()]
  readonly #withinMs: number
  readonly #formula: (a: number, b: number, c: number) => number | undefined

  constructor(settings: DetectorSettings) {
    this.#withinMs = numberOption(settings, 'within')
    this.#formula = settings.options.method === 'deviation' ? deviationUnbalance : sequenceUnbalance
  }

  value(inputs: Inputs, now: number): number | undefined {
    const values: number[] = []
    let oldest = Number.POSITIVE_INFINITY
    let newest = Number.NEGATIVE_INFINITY
    inputs.forEach((samples, phase) => {
      const at = this.#newest[phase]?.at(samples, now)
      if (at === undefined) return
      values.push(samples.value(at))
      oldest = Math.min(oldest, samples.time(at))
      newest = Math.max(newest, samples.time(at))
    })
    const [a, b, c] = values
    if (a === undefined || b === undefined || c === undefined || newest - oldest > this.#withinMs)
      return undefined
    const unbalance = this.#formula(a, b, c)
    return unbalance !== undefined && Number.isFinite(unbalance) ? unbalance : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

export const unbalance: DetectorDefinition = {
  name: 'unbalance',
  meaning: 'how unequal three phases are, percent; unknown while their readings are not of one instant',
  inputs: ['phase 1', 'phase 2', 'phase 3'],
  windowed: false,
  options: {
    method: {
      kind: 'word',
      words: ['sequence', 'deviation'],
      default: 'sequence',
      meaning:
        'negative over positive sequence, for voltages between lines; or largest deviation from the mean',
    },
    within: { kind: 'duration', default: 60_000, meaning: 'the three readings are at most this far apart' },
  },
  unit: ([a, b, c]) => (a === b && b === c ? '%' : undefined),
  create: settings => new Unbalance(settings),
}
