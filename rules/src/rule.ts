import type { BilingualText } from '@picket/devices'
import type { Level } from './level.ts'
import type { SeasonRange } from './season.ts'

/** A detector over one quantity of the scope's device, as the feature grammar reads it. */
export interface Feature {
  /** The name that conditions and messages use. */
  name: string
  /** The text it was read from, for example `rate(displacement, 6h)`. */
  text: string
  /** `last` for a bare quantity name, otherwise the detector's name. */
  detector: string
  quantity: string
  /** Length of the window; 0 for `last`. */
  windowMs: number
  /** The window ends this long before now. */
  lagMs: number
  /** For `rate`: the value is per this time. */
  perMs: number
  /** `zero`: time without readings counts as value 0 and the feature is known; `unknown`: see Detector. */
  gaps: 'unknown' | 'zero'
}

/** A CEL condition over features and parameters. */
export interface Condition {
  text: string
  /** Names of the features that it reads: while one is unknown the condition is unknown. */
  features: readonly string[]
  /** Called only with every named value known. Never throws: a fault at run time is `undefined`. */
  test(values: Readonly<Record<string, number>>): boolean | undefined
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

/** Which devices a rule watches: every given criterion must fit. Each fitting device is a scope of its own. */
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

/** A validated rule, ready for the engine. */
export interface Rule {
  id: string
  pack: string
  /** Hash of the rule's meaning: equal text, equal revision. */
  revision: string
  name: BilingualText
  /** Values are filled in for `{feature}`, `{parameter}`, `{device}`, `{level}`. */
  message: BilingualText
  select: Selector
  features: readonly Feature[]
  parameters: readonly Parameter[]
  /** The mildest first. Empty for a rule that only watches for silence. */
  levels: readonly LevelRule[]
  missing: MissingPolicy
  quality: QualityPolicy
  /** The rule is in force in these parts of the year only; always where there are none. */
  season: readonly SeasonRange[]
  /** How far the clock by which seasons count is ahead of UTC, in ms. */
  utcOffsetMs: number
  /** Names of notification channels. */
  notify: readonly string[]
}
