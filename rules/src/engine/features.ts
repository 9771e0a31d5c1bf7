import {
  type Detector,
  definitionOf,
  detectorFor,
  type Inputs,
  namesParameter,
  reachOf,
} from '../detectors/index.ts'
import type { Feature, Rule } from '../rule.ts'
import type { Values } from './decision.ts'
import type { Series } from './series.ts'

interface FeatureParts {
  rule: Rule
  /** The inputs of each feature, in the rule's order. */
  series: readonly (readonly Series[])[]
  /** Values of the rule's parameters, which options may name. */
  parameters: Values
  /** What the detectors of before remembered; empty for new ones. */
  memories: readonly unknown[]
}

/** The features of a rule in one scope: its detectors over their series. */
export class Features {
  /** How far back from the clock samples are needed, ms. */
  readonly reachMs: number
  /** Every series that some feature reads, once. */
  readonly series: ReadonlySet<Series>
  readonly #rule: Rule
  readonly #seriesOf: readonly (readonly Series[])[]
  readonly #inputs: readonly Inputs[]
  readonly #knowsSilence: readonly boolean[]
  readonly #followsParameters: boolean
  #parameters: Values
  #detectors: readonly Detector[] = []
  /** Places of the detectors whose value time alone can change. */
  #changing: readonly number[] = []

  constructor({ rule, series, parameters, memories }: FeatureParts) {
    const { features } = rule
    this.#rule = rule
    this.#seriesOf = series
    this.series = new Set(series.flat())
    this.reachMs = Math.max(0, ...features.map(reachOf))
    this.#inputs = series.map(list => list.map(({ ring }) => ring) as unknown as Inputs)
    this.#knowsSilence = features.map(feature => definitionOf(feature).knowsSilence === true)
    this.#followsParameters = features.some(namesParameter)
    this.#parameters = parameters
    this.begin(parameters, memories)
  }

  /** Begins where other detectors stood when they gave these memories. */
  begin(parameters: Values, memories: readonly unknown[]): void {
    this.#parameters = { ...parameters }
    this.#detectors = this.#rule.features.map(feature => detectorFor(feature, parameters))
    this.#changing = this.#detectors.flatMap((detector, at) => (detector.nextChange ? [at] : []))
    memories.forEach((memory, at) => {
      this.#detectors[at]?.recall(this.#inputs[at] as Inputs, memory)
    })
  }

  /** To be called when a series has got new ordinals. */
  relocate(): void {
    this.begin(this.#parameters, this.memories())
  }

  /** To be called when parameters have got new values. */
  follow(parameters: Values): void {
    if (this.#followsParameters) this.begin(parameters, this.memories())
  }

  /** What `begin` needs: small plain data. */
  memories(): unknown[] {
    return this.#detectors.map(detector => detector.memory())
  }

  /**
   * Brings the values of the features to an instant.
   *
   * @param missing - the inputs are silent: what does not speak of silence is unknown, whatever its window holds
   */
  look(values: Values, at: number, missing: boolean): void {
    const { features } = this.#rule
    for (let index = 0; index < features.length; index++) {
      const value = (this.#detectors[index] as Detector).value(this.#inputs[index] as Inputs, at)
      values[(features[index] as Feature).name] = missing && !this.#knowsSilence[index] ? undefined : value
    }
  }

  /** The next instant after `clock` at which a feature changes though nothing comes; Infinity when none does. */
  changeDue(clock: number, missing: boolean): number {
    let due = Number.POSITIVE_INFINITY
    if (this.#changing.length === 0 || !Number.isFinite(clock)) return due
    for (const index of this.#changing) {
      if (missing && !this.#knowsSilence[index]) continue
      const change = this.#detectors[index]?.nextChange?.(this.#inputs[index] as Inputs, clock)
      if (change !== undefined && change > clock) due = Math.min(due, change)
    }
    return due
  }

  /** Quality flags of the newest samples by quantity; those of a further input as `input.quantity`. */
  get quality(): Record<string, number> {
    const quality: Record<string, number> = {}
    this.#rule.features.forEach(({ inputs }, index) => {
      inputs.forEach(({ from, quantity }, at) => {
        const series = this.#seriesOf[index]?.[at] as Series
        quality[from ? `${from}.${quantity}` : quantity] = series.quality
      })
    })
    return quality
  }
}
