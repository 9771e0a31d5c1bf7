import type { BilingualText } from '@picket/devices'
import type { Level } from './level.ts'
import type { SeasonRange } from './season.ts'

/** One series that a feature reads, or several of one kind. */
export interface FeatureInput {
  /** Name of a further input of the rule; empty for the scope's own device. */
  from: string
  quantity: string
}

/** How one value is made of several: over the devices of a scope or of a further input. */
export type Across = 'min' | 'max' | 'mean' | 'sum' | 'median' | 'count'

/** A detector over quantities of the scope's device or of further inputs, as the feature grammar reads it. */
export interface Feature {
  /** The name that conditions and messages use. */
  name: string
  /** The text it was read from, for example `rate(displacement, 6h)`. */
  text: string
  /** `last` for a bare quantity name, otherwise the detector's name. */
  detector: string
  /** As many as the detector's definition names, in its order. */
  inputs: readonly FeatureInput[]
  /** Length of the window; 0 for a detector without one. */
  windowMs: number
  /** The window ends this long before now. */
  lagMs: number
  /**
   * The detector's own options, what was left out filled in: lengths of time in ms; for a number, where it is a
   * text, the name of a parameter of the rule.
   */
  options: Readonly<Record<string, number | string>>
  across: Across | undefined
}

/**
 * A CEL condition over features and parameters. It is true, false, or undefined for unknown: while one of the
 * values that it reads is, or where it depends on arithmetic without a finite result. Never throws.
 */
export interface Condition {
  text: string
  /** Names of the features that it reads. */
  features: readonly string[]
  /** What it says of values by name. */
  test(values: Readonly<Record<string, number | undefined>>): boolean | undefined
  /**
   * The same over values in an array, NaN where unknown: what the engine asks with every reading.
   *
   * @param places - index of every feature and parameter in that array
   */
  placed(places: ReadonlyMap<string, number>): (values: ArrayLike<number>) => boolean | undefined
  /**
   * Where it may change: while each feature stays on the same side of its cuts, and known, the condition says the same.
   * Undefined where it compares features with one another.
   */
  cuts(places: ReadonlyMap<string, number>): readonly Cut[] | undefined
}

/** A number with which a condition compares one feature. */
export interface Cut {
  /** Of the feature. */
  place: number
  /** The number, from the values of parameters; NaN where it has none. */
  at(values: ArrayLike<number>): number
}

/** One rung of a rule's ladder. */
export interface LevelRule {
  level: Level
  on: Condition
  /** Ends the level; without it, the level ends when `on` is false. */
  off: Condition | undefined
  /** On-delay: `on` must hold this long, in event time. */
  forMs: number
  /** Off-delay. */
  clearForMs: number
}

/** What happens when a rule's inputs fall silent. */
export interface MissingPolicy {
  /** Silence of this many ms; undefined where it counts in reporting intervals of the device's model. */
  afterMs: number | undefined
  intervals: number | undefined
  /**
   * `keep`: a running alarm goes on, nothing is raised. `stale`: so too, and it is marked as resting on old
   * readings until others come. A level: raise or hold at least that level.
   */
  then: 'keep' | 'stale' | Level
}

/** Which readings a rule looks at. Those that failed or are missing are never used. */
export interface QualityPolicy {
  /** QARTOD flag 3: suspect, or of high interest. */
  suspect: 'use' | 'ignore'
  /** QARTOD flag 2. */
  notEvaluated: 'use' | 'ignore'
}

/** Which devices a rule watches: every given criterion must fit. */
export interface Selector {
  model?: string
  site?: string
  tag?: string
  device?: string
}

/** A number that an operator may tune, per rule, per site or per device. */
export interface Parameter {
  name: string
  value: number
  /** Other values in parts of the year; a range of a certain year goes before those of every year. */
  seasons: readonly SeasonalValue[]
  unit: string
  min: number
  max: number
  reason: string
}

/** The value of a parameter in a part of the year. */
export interface SeasonalValue {
  range: SeasonRange
  value: number
}

/** Whose alarms a rule's alarm hides while it runs. */
export interface Inhibits {
  /** Ids of the hidden rules. */
  rules: readonly string[]
  /** At which devices: those that speak through this one only, all at its site, or itself. */
  devices: 'behind-gateway' | 'same-site' | 'same-device'
  /** A hidden rule's alarm waits this long before it pages, because this rule may be slower to notice. */
  waitMs: number
}

/** When an alarm that comes and goes is called flapping: percent of Icinga's measure, see alarm/flapping.ts. */
export interface FlapLimit {
  above: number
  below: number
}

/** Who else is told when nobody has acknowledged. */
export interface EscalationStep {
  afterMs: number
  notify: readonly string[]
}

/** A feature whose values become a series of the rule's device: a derived one. */
export interface Recording {
  /** Name of the series. No model of a watched device has a quantity of that name. */
  quantity: string
  /** Name of the feature. */
  feature: string
  /** What charts call it. */
  name: BilingualText
  /** UCUM code of the feature's unit. */
  unit: string
}

/** An output of a gateway, on while an alarm of the rule is at a level or above. */
export interface Switch {
  /** A name that the gateway's own file declares. */
  output: string
  from: Level
}

/** A validated rule, ready for the engine. */
export interface Rule {
  id: string
  pack: string
  /** Hash of the rule's meaning: equal text, equal revision. */
  revision: string
  name: BilingualText
  /** Values are filled in for `{feature}`, `{parameter}`, `{device}`, `{level}`. */
  message: BilingualText
  /** What is one alarm: each selected device, or each site that has some. */
  per: 'device' | 'site'
  select: Selector
  /** Further inputs by name: devices at the same site. */
  with: Readonly<Record<string, Selector>>
  features: readonly Feature[]
  parameters: readonly Parameter[]
  /** Derived series that it writes, in the order of the rule. */
  record: readonly Recording[]
  /** The mildest first. Empty for a rule that only watches for silence, or only records. */
  levels: readonly LevelRule[]
  missing: MissingPolicy
  quality: QualityPolicy
  /** The rule is in force in these parts of the year only; always where there are none. */
  season: readonly SeasonRange[]
  /** How far the clock by which seasons count is ahead of UTC, in ms. */
  utcOffsetMs: number
  /** Names of notification channels. */
  notify: readonly string[]
  /** An alarm that is over stays until it was acknowledged and reset. */
  latch: boolean
  flap: FlapLimit | undefined
  /** In ascending time. */
  escalate: readonly EscalationStep[]
  inhibits: Inhibits | undefined
  /** Lives depend on it: a change of it is put in force only with a second person's approval. */
  lifeSafety: boolean
  /** Whose engine decides: the cloud's, or that of the gateway through which its devices speak. */
  runs: 'cloud' | 'gateway'
  /** Only of a rule that runs on a gateway. */
  switches: readonly Switch[]
}
