import type { ParameterValue, Reading } from '@picket/devices'
import type { TransitionKind } from '../alarm/alarm.ts'
import type { Flag, FlagKind, FlagRequest } from '../alarm/flag.ts'
import type { Level } from '../level.ts'
import type { Rule } from '../rule.ts'
import type { EngineState } from './engine-state.ts'

/** What the engine needs to know of a device. */
export interface EngineDevice {
  id: string
  /** Ids that it had: what is kept under them is its own. */
  formerly?: readonly string[]
  model: string
  site: string
  /** Ids that its site had: a selector may name it by them. */
  siteFormerly?: readonly string[]
  tags: readonly string[]
  /** Values of rules' parameters at this device; they go before those of its site. */
  parameters: Readonly<Record<string, ParameterValue>>
  /** Usual time between two of its reports. */
  intervalMs: number
  /** Gateways through which it may speak; none where it needs none. */
  gateways?: readonly string[]
}

/** What the engine needs to know of a site. */
export interface EngineSite {
  id: string
  /** Ids that it had: what is kept under them is its own. */
  formerly?: readonly string[]
  /** Values of rules' parameters at this site and its devices. */
  parameters: Readonly<Record<string, ParameterValue>>
}

/**
 * Readings of some series in ascending time, of series at the same time in their order: reading `i` is
 * `times[i]`, `values[i]`, `qualities[i]` of `series[seriesOf[i]]`. All columns have the same length.
 */
export interface ReadingColumns {
  series: readonly { device: string; quantity: string }[]
  seriesOf: Uint32Array
  /** ms UTC. */
  times: Float64Array
  values: Float64Array
  /** As `q` of a reading. */
  qualities: Uint8Array
}

/** What an engine takes over from another: all that its rules know, but not what people were told. */
export type RunBeside = Pick<EngineState, 'series' | 'scopes'>

/**
 * An input of the engine. `now` is the engine's clock, ms UTC; it decreases only with `resumed`: an earlier `now` of
 * another event counts as the one before.
 */
export type EngineEvent =
  /** Accepted readings, each once, with their quality judged. */
  | { type: 'readings'; now: number; readings: readonly Reading[] }
  /** Readings of before whose quality is another one now that their successor is here; it comes after this. */
  | { type: 'amend'; now: number; readings: readonly Reading[] }
  /** Readings of the past in columns, each as if it had arrived alone and at its own time; `now` is the last one's. */
  | { type: 'columns'; now: number; columns: ReadingColumns }
  | { type: 'acknowledge'; now: number; episode: string; by: string; note?: string }
  /** An operator lets go of a latched alarm. */
  | { type: 'reset'; now: number; episode: string; by: string; note?: string }
  /** Alarms are set aside for a while; without effect where `flagFault` finds something wrong. */
  | { type: 'flag'; now: number; flag: FlagRequest }
  /** A flag is taken away before its end. */
  | { type: 'unflag'; now: number; flag: string; by: string; reason?: string }
  /**
   * The whole rule set and every device; state is kept as far as its rule means the same. Sites need to be
   * named only for their parameters and former ids.
   */
  | {
      type: 'configure'
      now: number
      rules: readonly Rule[]
      devices: readonly EngineDevice[]
      sites?: readonly EngineSite[]
      /** State of an engine that ran beside this one under these rules: from here on this one does what that one would. */
      adopt?: RunBeside
    }
  /** From now on the engine of a gateway decides about these rules at the devices behind it, and about no others. */
  | { type: 'delegate'; now: number; gateway: string; rules: readonly string[] }
  /** A step that the engine of a gateway has decided. Who is told, and when, is decided here. */
  | { type: 'mirrored'; now: number; gateway: string; transition: Transition }
  /** The program was away, or its clock was set back: silence until now proves nothing. */
  | { type: 'resumed'; now: number }
  /** Nothing but time. */
  | { type: 'tick'; now: number }

/** Why a transition happened: what the rule saw and what it was waiting for. */
export interface Trace {
  /** What moved the rule. */
  cause:
    | 'reading'
    | 'timer'
    | 'silence'
    | 'late readings'
    | 'operator'
    | 'rule changed'
    | 'rule withdrawn'
    /** The gateway that decides began another episode without ending this one. */
    | 'begun anew'
    | 'season'
  /** Values of features and parameters at that instant; null where unknown. */
  values: Record<string, number | null>
  conditions: {
    level: Level
    when: string
    on: boolean | null
    until: string | null
    off: boolean | null
    /** Since when `when` has held, and how long it must. */
    since: number | null
    forMs: number
    clearingSince: number | null
    clearForMs: number
  }[]
  missing: boolean
  /** The rule is not in force at this time of the year. */
  outOfSeason: boolean
  lastSample: number | null
  /** Quality flags of the newest readings that went in, by quantity. */
  quality: Record<string, number>
  /** What each device said, by feature, where it is another device than the alarm's or several were combined. */
  inputs?: Record<string, Record<string, number | null>>
  ruleRevision: string
  /** The gateway whose engine decided it, where that is another one. */
  gateway?: string
  note?: string
  /** Who was told of this step, or what kept them from being told. */
  telling?: Telling
  /** Steps of an episode that came to light while it ran: they were never told one by one. */
  history?: { kind: TransitionKind; level: Level | null; at: number }[]
}

/** What keeps an alarm from paging: the answer to "why was nobody told". */
export type Withheld =
  | { by: FlagKind; flag: string; until: number }
  /** Hidden by the alarm of another rule. */
  | { by: 'inhibited'; episode: string }
  /** Waits whether such an alarm comes, or for a device to be heard of again; engine time. */
  | { by: 'held'; until: number }
  | { by: 'flapping' }
  /** It was over before its readings came. */
  | { by: 'retrospective' }
  /** Its raise was told to nobody, so its end is not. */
  | { by: 'never told' }
  | { by: 'nobody named' }
  /** Said by whoever sends, not by the engine: the rule names a channel that it lacks. */
  | { by: 'no such channel'; channel: string }

/** Who was told of a step, why where that is not plain, and what kept others from being told. */
export interface Telling {
  told: readonly string[]
  reason?: 'unacknowledged' | 'no longer withheld' | 'flapping' | 'steady'
  withheld: readonly Withheld[]
}

/** What stays known of a rule as long as its episodes: plain data. */
export type RuleIdentity = Pick<
  Rule,
  'id' | 'revision' | 'name' | 'message' | 'notify' | 'latch' | 'flap' | 'escalate'
>

/** One step of an alarm episode. */
export interface Transition {
  type: 'transition'
  episode: string
  rule: RuleIdentity
  /** Null for an alarm of the whole site. */
  device: string | null
  site: string
  kind: TransitionKind
  /** The level after it; null once cleared. */
  level: Level | null
  /** Event time. */
  at: number
  onset: number
  /** Engine time when it was decided. */
  decidedAt: number
  /** The episode was over before its readings came: nobody is paged. */
  retrospective: boolean
  by?: string
  trace: Trace
}

/** Somebody is to be told of a transition. */
export interface NotifyIntent {
  type: 'notify'
  channel: string
  transition: Transition
}

/** A rule that failed at run time and was stopped; the others go on. */
export interface RuleFault {
  type: 'rule-fault'
  rule: string
  /** Id of the device or the site where it failed; null where the rule cannot be used at all. */
  scope: string | null
  message: string
}

/** What this engine would have decided where that of a gateway does: to be compared, and told to nobody. */
export interface CheckedStep {
  type: 'checked'
  gateway: string
  transition: Transition
}

/** A flag was set or has ended. */
export interface FlagChange {
  type: 'flag'
  change: 'set' | 'ended'
  flag: Flag
  /** Engine time. */
  at: number
  /** Who; null where its time was over. */
  by: string | null
  reason: string | null
}

/** A value of a derived series, as a rule's `record` writes it. */
export interface RecordedValue {
  type: 'recorded'
  rule: string
  device: string
  quantity: string
  /** Event time of the reading that it was made of. A later value for the same time takes its place. */
  t: number
  /** In the unit of the recording; null where there is none after all, by what late readings tell. */
  v: number | null
}

/** An output of the engine. */
export type Effect = Transition | NotifyIntent | FlagChange | RecordedValue | RuleFault | CheckedStep

/** What was not evaluated, and why: counts since the start. */
export interface EngineCounts {
  evaluated: number
  duplicate: number
  late: number
  /** Late samples that no checkpoint reaches back to, or that found no room. */
  tooLate: number
  /** Samples ahead of the engine's clock. */
  future: number
}

/** Numbers that bound the engine and say what late and old mean; ms. */
export interface EngineLimits {
  /** A reading whose event time is at most this long ago is fresh: its rule is live. */
  freshMs: number
  /** A series may lag behind the others of its rule by this much without being late. */
  skewMs: number
  /** Timers wait this long beyond their due instant for readings that are on their way. */
  graceMs: number
  /** Late and old readings are worked off once none has come for this long... */
  settleMs: number
  /** ...or, if they keep coming, this long after the first. */
  settleAtMostMs: number
  /** A state is set aside this often, so that late readings can begin from it. */
  checkpointMs: number
  /** An episode whose last reading is older than this is not paged when it comes to light. */
  pageHorizonMs: number
  /** After the program was away, silence counts from this long after its return. */
  resumeMs: number
  /** Most samples kept of one series; older ones go first. */
  maxSamples: number
  /** Most late samples waiting per series; further ones are stored but not evaluated. */
  maxLate: number
}

/** A sensor's clock may be ahead by this much: no sample further ahead is taken. */
export const FUTURE_TOLERANCE_MS = 300_000

export const DEFAULT_LIMITS: EngineLimits = {
  freshMs: 120_000,
  skewMs: 60_000,
  graceMs: 2_000,
  settleMs: 2_000,
  settleAtMostMs: 10_000,
  checkpointMs: 300_000,
  pageHorizonMs: 7 * 86_400_000,
  resumeMs: 60_000,
  maxSamples: 131_072,
  maxLate: 131_072,
}
