import type { BilingualText, Fault, ModelLibrary, Registry } from '@picket/devices'
import type { Clock, Log, Metrics } from '@picket/devices/runtime'
import type { Flag, FlagRequest, Level, Overrides, ShadowReport, Trace, Withheld } from '@picket/rules'
import type { BacktestMessage } from '../backtests/backtest-request.ts'
import type { Outcome } from '../publishing/outcome.ts'
import type { Plan } from '../publishing/plan.ts'
import type { RuleSetState, RuleSetStep } from '../publishing/rule-set.ts'
import type { ImportOutcome, RegistryImport } from '../registry/registry-import.ts'
import type {
  AccountStore,
  AlarmStore,
  ClockCorrection,
  EpochCustody,
  FlagStore,
  GatewayStatus,
  NotificationStatus,
  RejectionRecord,
  RuleSetEvent,
  RuleSetRecord,
  StoredReading,
  TimeSeriesStore,
} from '../stores/ports.ts'
import type { ActionRecord } from '../stores/sqlite/guards.ts'
import type { BacktestBody } from './schemas.ts'

/** A rule as the console lists it. */
export interface RuleView {
  id: string
  pack: string
  revision: string
  name: BilingualText
  select: { model?: string; site?: string; tag?: string; device?: string }
  /** How each is computed, such as rate(displacement, 6h). */
  features: { name: string; text: string }[]
  /** With the value of today. */
  parameters: { name: string; value: number; unit: string; min: number; max: number; reason: string }[]
  levels: { level: string; when: string; until: string | null; forMs: number; clearForMs: number }[]
  missing: { afterMs: number | null; intervals: number | null; then: string }
  /** The parts of the year in which it is in force; empty: always. */
  season: string[]
  /** Limits on a bare quantity, for charts. */
  thresholds: { quantity: string; level: string; value: number }[]
  /** The channels that are told. */
  notify: string[]
}

/** A derived series as rules write it at the devices that they select. */
interface RecordingView {
  select: RuleView['select']
  quantity: string
  name: BilingualText
  unit: string
}

/** What goes out over server-sent events, after its commit. */
export type LiveEvent =
  | { type: 'reading'; readings: StoredReading[] }
  | { type: 'alarm'; id: string }
  | { type: 'flag'; id: string }
  | { type: 'gateway'; id: string }
  | { type: 'rules'; revision: string }

/** Who does something to a rule set, and why. */
interface Act {
  by: string
  why: string
}

/** A revision of the rule set as it is listed. */
type RuleSetView = Omit<RuleSetRecord, 'packs'> & { state: RuleSetState }

/** Revisions of the rule set; every step resolves after its commit. */
export interface RuleSetServices {
  list(page: { before: number; limit: number }): RuleSetView[]
  get(number: number):
    | (RuleSetView & {
        packs: RuleSetRecord['packs']
        events: RuleSetEvent[]
        approval: { touches: string[]; approvedBy: string | null }
        warnings: string[]
      })
    | undefined
  live(): number | undefined
  propose(packs: RuleSetRecord['packs'], act: Act): Promise<Outcome>
  plan(number: number): Promise<{ ok: true; plan: Plan } | Extract<Outcome, { ok: false }>>
  /** What the shadow does otherwise than live; undefined where none runs. */
  shadowReport(): Promise<(ShadowReport & { number: number; since: number; at: number }) | undefined>
  step(number: number, step: RuleSetStep, act: Act): Promise<Outcome>
}

/** Everything the API stands on; cloud.ts puts it together. */
export interface Services {
  clock: Clock
  log: Log
  registry(): Registry
  /** Brings a table into the registry file; resolves when it is written, or found to be wrong. */
  importRegistry(request: Parameters<RegistryImport['run']>[0]): Promise<ImportOutcome>
  models: ModelLibrary
  series: TimeSeriesStore
  alarms: AlarmStore
  accounts: AccountStore
  gateways(): GatewayStatus[]
  custody(gateway: string): EpochCustody[]
  /** What the gateway told of its clock and people know of it, the newest first, with how many readings wait for more. */
  clocks(gateway: string, limit: number): (ClockCorrection & { waiting: number })[]
  /** Gives readings their time that wait for it; resolves after its commit, or with what is wrong. */
  tellClock(
    word: Pick<ClockCorrection, 'epoch' | 'first' | 'last' | 'offsetMs'> & {
      gateway: string
      by: string
      reason: string
    },
  ): Promise<{ taken: number; waiting: number } | Fault>
  /** What the gateway switched, the newest first. */
  actions(gateway: string, limit: number): ActionRecord[]
  /** Holds an output for a while, or lets go of it; resolves after the commit, false where too many are held. */
  override(request: {
    gateway: string
    output: string
    on: boolean | null
    durationMs: number
    by: string
    reason: string
  }): Promise<boolean>
  /** What rules record, at which devices. */
  recordings(): readonly RecordingView[]
  rejections(filter: { gateway?: string; limit: number }): RejectionRecord[]
  /** `overrides`: a device's own values for rules' parameters, and those of its site. */
  rules(overrides?: Overrides): {
    revision: string
    loadedAt: number
    rules: RuleView[]
    faults: string[]
    stopped: string[]
    /** Rules that notify a channel that the cloud lacks. */
    unknownChannels: string[]
    /** Number of the revision in force. */
    ruleSet: number | null
    /** The revision that the files hold, where another is in force, and the life-safety rules that it would change. */
    filesWait: { number: number; touches: string[] } | null
    /** Since a start at which what was in force did not compile any more, the files are. */
    fellBack: { at: number; why: string } | null
  }
  /** What a rule sees at a device or a site now; undefined where it does not watch it. */
  explain(
    rule: string,
    scope: string,
  ): Promise<{ at: number; alarm: { id: string; level: Level | null } | null; trace: Trace } | undefined>
  ruleSets: RuleSetServices
  flags: FlagStore
  /** Resolves after its commit: with the flag, or with what is wrong. */
  setFlag(request: FlagRequest): Promise<Flag | Fault>
  /** Resolves after its commit; false where it is neither in force nor planned. */
  endFlag(request: { flag: string; by: string; reason?: string }): Promise<boolean>
  /** What became of the notifications about an alarm, oldest first. */
  notifications(alarm: string): NotificationStatus[]
  /** What keeps an alarm from paging now, and which gateway decides about it; nothing of both where it is over. */
  standing(alarm: string): Promise<{ withheld: Withheld[]; decidedBy: string | null }>
  /** Resolves after the acknowledgement was committed. */
  acknowledge(request: {
    alarm: string
    by: string
    note?: string
  }): Promise<'acknowledged' | 'unknown' | 'not-active' | 'already'>
  /** Resolves after the reset was committed; `not-over`: a gateway decides about it, and the cloud sees it, too. */
  reset(request: {
    alarm: string
    by: string
    note?: string
  }): Promise<'reset' | 'unknown' | 'not-latched' | 'not-over'>
  /** Somebody may ask for a backtest soon. */
  warmBacktests(): void
  /** Undefined while another backtest runs; `tell` hears of its progress, and at last of something else. */
  backtest(
    request: BacktestBody & { from: number; to: number },
    tell: (message: BacktestMessage) => void,
  ): { giveUp: () => void } | undefined
  /** Returns the function that ends the listening. */
  listen(listener: (event: LiveEvent) => void): () => void
  metrics: Metrics
}
