import type { Feature, Rule } from '../rule.ts'
import { Calendar, type Overrides } from './calendar.ts'
import { type LadderConditions, type RungVerdict, type Values, withPartial } from './decision.ts'
import type { Trace } from './event.ts'
import { Features, type Member, type Memories } from './features.ts'
import type { LadderState } from './ladder.ts'
import type { Series } from './series.ts'
import { traceOf } from './trace.ts'

export interface SightParts {
  rule: Rule
  conditions: LadderConditions
  /** Who each feature reads, in the rule's order. */
  members: readonly (readonly Member[])[]
  /** Values of the rule's parameters here. */
  overrides: Overrides
}

/** What a rule sees at an instant: values of features and parameters, and what its conditions say of them. */
export class Sight {
  readonly calendar: Calendar
  readonly features: Features
  readonly readsSeveral: boolean
  readonly #parts: SightParts
  readonly #values: Values = {}
  /** Its own devices' series, where there are further devices; empty where every series is its own. */
  readonly #own: ReadonlySet<Series>
  /** What the conditions say of the values; `#verdicts` is what counts where some of those are partial. */
  #judged: readonly RungVerdict[] = []
  #verdicts: readonly RungVerdict[] = []

  /** @param at - event time whose season decides the first values of the parameters */
  constructor(parts: SightParts, at: number, memories: Memories) {
    const { rule, members } = parts
    this.#parts = parts
    this.calendar = new Calendar(rule, parts.overrides)
    Object.assign(this.#values, this.calendar.values(at))
    this.features = new Features({ rule, members, parameters: this.#values, memories })
    this.#own = ownSeries(rule, members)
    this.readsSeveral = new Set(members.flat().map(({ device }) => device)).size > 1
  }

  get values(): Readonly<Values> {
    return this.#values
  }

  get verdicts(): readonly RungVerdict[] {
    return this.#verdicts
  }

  /** One device, and nothing of another. */
  get isAlone(): boolean {
    return !this.readsSeveral && this.#own.size === 0
  }

  /** A sign of life of a further device is none of its own. */
  isOwn(t: number): boolean {
    if (this.#own.size === 0) return true
    for (const { ring } of this.#own) if (ring.has(t)) return true
    return false
  }

  /** Brings values and verdicts to an instant. */
  look(at: number, missing: boolean): void {
    if (this.calendar.turnsAt(at)) {
      Object.assign(this.#values, this.calendar.values(at))
      this.features.follow(this.#values)
    }
    this.features.look(this.#values, at, missing)
    this.#judged = this.#parts.conditions.judge(this.#values, this.#judged)
    const { partial } = this.features
    this.#verdicts =
      partial.size > 0 ? withPartial(this.#parts.rule.levels, this.#judged, partial) : this.#judged
  }

  /** Brings the values to an instant; true where the verdicts stay as they are. */
  staysAt(at: number): boolean {
    this.features.look(this.#values, at, false)
    return this.#parts.conditions.agree(this.#values, this.#verdicts)
  }

  /** True where bounds of the features tell that the verdicts stay. */
  get isBounded(): boolean {
    const { features } = this
    return features.isTimeless && !features.isChanging && this.#parts.conditions.isBounded
  }

  /** For each feature the bounds between which, as it is now, its verdicts stay; none where the lower is NaN. */
  boundsTo(low: number[], high: number[]): void {
    this.#parts.conditions.boundsTo(this.#values, low, high)
  }

  /** The value of a feature, by its place. */
  valueOf(feature: number): number | undefined {
    return this.#values[(this.#parts.rule.features[feature] as Feature).name]
  }

  /** Begins again from what the detectors remembered. */
  begin(memories: Memories): void {
    this.features.begin(this.#values, memories)
  }

  /** What it saw at `at`, when it looked last. */
  trace(cause: Trace['cause'], ladder: LadderState, at: number): Trace {
    return traceOf({
      rule: this.#parts.rule,
      cause,
      ladder,
      values: this.#values,
      verdicts: this.#verdicts,
      quality: this.features.quality,
      inputs: this.features.byDevice(at),
    })
  }
}

// Empty where there are no further inputs.
function ownSeries({ features, with: others }: Rule, members: SightParts['members']): Set<Series> {
  if (Object.keys(others).length === 0) return new Set()
  return new Set(
    features.flatMap(({ inputs }, index) =>
      (members[index] ?? []).flatMap(({ series }) => series.filter((_, at) => inputs[at]?.from === '')),
    ),
  )
}
