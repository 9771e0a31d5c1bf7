import type { Fault } from '@picket/devices'
import type { Feature } from '../rule.ts'
import type { Bounds, Outlook } from './outlook.ts'

/**
 * The usable samples of one series in strictly ascending time, kept at least as long as the longest window
 * over it. Ordinals rise by one per sample; samples before `first` are gone.
 */
export interface Samples {
  /** Ordinal of the oldest kept sample. */
  readonly first: number
  /** Ordinal after the newest sample. */
  readonly next: number
  time(ordinal: number): number
  value(ordinal: number): number
  /** Ordinal of the first sample after event time `t`; `next` when there is none. */
  after(t: number): number
}

/** The samples of a feature's inputs, in the order in which the feature names them. */
export type Inputs = readonly [Samples, ...Samples[]]

/**
 * A feature's running value. A windowed one looks at a window that ends at `now - lagMs` and begins `windowMs`
 * before that (begin excluded, end included).
 *
 * A windowed value is unknown (undefined) unless the window's samples span at least half of it, because a
 * sum or a rate over an hour of a day is not that of the day. With gaps `zero` it is always known.
 */
export interface Detector {
  /**
   * Moves to `now` and answers. `now` never decreases, save where the definition `isTimeless`. Takes up whatever samples have come since the last
   * call; costs amortised O(1) or O(log n) per sample however long the window is.
   */
  value(inputs: Inputs, now: number): number | undefined

  /**
   * How long the value will lie between bounds for certain, rounding included, between which it lies now. To be called
   * after `value` with the same `now`. Absent, or undefined, where nothing can be told.
   */
  outlook?(inputs: Inputs, now: number, bounds: Bounds): Outlook | undefined

  /**
   * The event time, after `now`, at which the value is to be looked at again though no sample came. Infinity
   * for never; absent where only samples matter. To be called after `value` with the same `now`. Times do not
   * come closer than the detector's own step, so that silence costs a bounded number of wake-ups.
   */
  nextChange?(inputs: Inputs, now: number): number

  /**
   * What the samples that are still kept do not tell: small plain data that is not changed afterwards. Places
   * in a series are event times, since late samples shift the ordinals.
   */
  memory(): unknown

  /** Puts a new detector where another one stood when it gave this memory; late samples may have come since. */
  recall(inputs: Inputs, memory: unknown): void
}

/** What a detector is made from: a feature whose options name no parameter any more. */
export type DetectorSettings = Pick<Feature, 'windowMs' | 'lagMs' | 'options'>

/** Derives a UCUM unit; undefined where the input's does not allow it, or where there is none. */
export type UnitOf = (units: readonly string[], options: DetectorSettings['options']) => string | undefined

interface OptionBase {
  /** What it means, for a person; with its unit, where it has one. */
  meaning: string
  /** May be left out though there is no default. */
  optional?: boolean
}

/** A number; a rule may write the name of one of its parameters instead. */
interface NumberOption extends OptionBase {
  kind: 'number'
  min: number
  max: number
  default?: number
  /** The unit that a parameter must have. */
  unit?: UnitOf
}

/** A length of time, in ms. */
interface DurationOption extends OptionBase {
  kind: 'duration'
  minMs?: number
  maxMs?: number
  default?: number
}

/** One word of a few. */
interface WordOption extends OptionBase {
  kind: 'word'
  words: readonly string[]
  default?: string
}

/** A text with a form of its own. */
interface TextOption extends OptionBase {
  kind: 'text'
  default?: string
  /** Texts in their fixed form, for whoever wants to see some. */
  examples: readonly string[]
  /** The text in its one fixed form, or what is wrong with it. */
  read(text: string): { text: string } | { fault: Fault }
}

export type OptionDefinition = NumberOption | DurationOption | WordOption | TextOption

/** A detector as the rule language knows it. */
export interface DetectorDefinition {
  name: string
  /** What its value is, for a person. */
  meaning: string
  /** What each input stands for, in the order in which a feature names them. */
  inputs: readonly [string, ...string[]]
  /** True where a feature must give a window (and may give a lag). */
  windowed: boolean
  options: Readonly<Record<string, OptionDefinition>>
  /** The unit of the value. */
  unit: UnitOf
  /**
   * True where the value is that of the samples that are kept and of the instant, to the last bit, however often it was
   * asked for before; it may be asked about an earlier instant again. One detector then serves every rule.
   */
  isTimeless?: boolean
  /** True where the value stays known when the inputs fall silent, because it speaks of the silence. */
  knowsSilence?: boolean
  /** True where samples that are gone still count: a sample that is taken back must be undone from a checkpoint. */
  remembers?: boolean
  /** How far back samples are needed beyond window and lag. */
  reachMs?: number
  /** Most samples in a window; the newest count. Absent where the series' own bound is the only one. */
  mostSamples?: number
  /** What only the options together tell. */
  check?(settings: DetectorSettings): Fault | undefined
  /** Makes a detector that has seen nothing yet. */
  create(settings: DetectorSettings): Detector
}

/** A numeric option that the rule language has seen to. Throws where it is none: a bug. */
export function numberOption({ options }: Pick<DetectorSettings, 'options'>, name: string): number {
  const value = options[name]
  if (typeof value !== 'number') throw new Error(`option ${name} is ${value ?? 'absent'}, not a number`)
  return value
}
