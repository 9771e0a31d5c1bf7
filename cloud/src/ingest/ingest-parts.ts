import type { Acknowledgement, ClockNote, Reading } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Effect } from '@picket/rules'
import type { SqliteClockCorrections } from '../stores/sqlite/clock-corrections.ts'
import type { Db } from '../stores/sqlite/database.ts'
import type { SqliteGateways } from '../stores/sqlite/gateways.ts'
import type { SqliteGuards } from '../stores/sqlite/guards.ts'
import type { Journal, JournalEntry } from '../stores/sqlite/journal.ts'
import type { Ledger } from '../stores/sqlite/ledger.ts'
import type { SqliteQuarantine } from '../stores/sqlite/quarantine.ts'
import type { SqliteTimeSeriesStore } from '../stores/sqlite/readings.ts'
import type { BatchIntake, BatchOutcome } from './batch-intake.ts'
import type { EffectRecorder, Recorded } from './effect-recorder.ts'
import type { Compiled } from './engine-host.ts'
import type { Engines, StoppedShadow } from './engines.ts'
import type { HelloIntake } from './hello-intake.ts'

/** A batch that waits for the next commit. */
export interface PendingBatch {
  /** As it calls itself: by its id, or by one that it had. */
  gateway: string
  payload: Buffer
  /** Called after the commit: flow control only. */
  done: (error?: Error) => void
}

/** What has been committed together. */
export interface Committed {
  outcomes: BatchOutcome[]
  /** To gateways, by the names under which their batches came. */
  acknowledgements: { gateway: string; message: Omit<Acknowledgement, 'nonce'> }[]
  recorded: Recorded
  durationMs: number
  /** Of these, in the rule engine. */
  evaluationMs: number
  /** Readings of before whose quality is another one now. */
  amended: Reading[]
  /** Own series that were written, such as a conflict of instances. */
  own: Reading[]
  /** Revision of the rule set that was put in force, if one was. */
  configured: string | undefined
  /** What came in meanwhile. */
  waiting: number
  /** The shadow, where it ended by itself. */
  stoppedShadow: StoppedShadow | undefined
}

/** What the one writer stands on. */
export interface IngestParts {
  db: Db
  clock: Clock
  /** Milliseconds that pass, for durations: performance.now. */
  stopwatch: () => number
  log: Log
  engines: Engines
  journal: Journal
  readings: SqliteTimeSeriesStore
  ledger: Ledger
  batches: BatchIntake
  quarantine: SqliteQuarantine
  clocks: SqliteClockCorrections
  gateways: SqliteGateways
  guards: SqliteGuards
  hellos: HelloIntake
  effects: EffectRecorder
  /** Told after each commit. */
  onCommit: (committed: Committed) => void
  /** A commit failed: the engine has moved on and the disk has not, so the process must end. */
  onFailure: (error: unknown) => void
}

/** What work within a transaction may do to the engines. */
export interface Hand {
  /** Puts a configuration in force; `promoted`: with the state of the shadow. */
  configure(compiled: Compiled, promoted?: boolean): void
  /** Takes an input to the engines, and answers with what live answers. */
  step(entry: JournalEntry): Effect[]
  /** Takes a person's word about a gateway's clock; answers how many readings are new here by it. */
  hearOfClock(note: ClockNote, who: { gateway: string; by: string; reason: string }): number
}
