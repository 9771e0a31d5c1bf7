import type { CustodyRecord, Fault } from '@picket/devices'
import { type Clock, Counter, Histogram, type Log } from '@picket/devices/runtime'
import type { Outbox } from '../outbox/outbox.ts'
import { Coalescer } from './coalescer.ts'
import type { Rejections } from './rejections.ts'

/** One message of a source. */
export interface IntakeMessage {
  /** Where it came from, as a rejection names it. */
  source: string
  /** Its bytes, for a rejection. */
  payload?: Uint8Array
  /** What it said. Called once, when its turn to be committed has come, so that what waits stays small. */
  records(): { records: readonly CustodyRecord[]; faults: readonly Fault[] }
  /** Called once: without an error when all records are on disk, with it when none is. */
  done(error?: Error): void
}

export interface IntakeOptions {
  /** How long a few messages wait after a commit for others to go with them. */
  commitEveryMs: number
  outbox: Outbox
  rejections: Rejections
  clock: Clock
  /** Milliseconds that pass, for durations: performance.now. */
  stopwatch: () => number
  log: Log
  /** Called after each commit. */
  onCommitted(): void
  /** What every reading is marked with, beside its own marks. */
  marks?: () => number
  /** Judges what is about to be committed, if the gateway has rules of its own. */
  guard?: () => CommitGuard | undefined
}

/** Whoever sees records before they are committed, and has some of its own to go with them. */
interface CommitGuard {
  /** Records to commit with these: all that it has and that no commit took. */
  judge(records: readonly CustodyRecord[]): readonly CustodyRecord[]
  /** The commit went to disk. */
  saved(): void
}

/**
 * A commit costs about the same for one message as for hundred. So more than these wait shorter, by the square: of 50
 * messages/s they wait 50 ms at most, of 1,000/s 23, and who sends 64 and waits for their answers gets them in 3.
 */
const FEW = 16
/** A commit takes whole messages until it has this many records. */
const RECORDS_PER_COMMIT = 4096
const FAILURE_LOG_INTERVAL_MS = 10_000
const MS_PER_SECOND = 1000
// A commit takes a millisecond on a good card, and seconds on a worn one.
const COMMIT_BOUNDS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const EVALUATION_BOUNDS_S = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5]

/**
 * Group commit: what comes alone goes to disk at once; messages that follow each other closely go in one transaction.
 * They are acknowledged in their order. The queue needs no bound of its own: a source reads no further from a
 * connection before what it read is done, so it holds at most one read of each connection.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #coalescer: Coalescer
  /** Records committed since the start, the guard's own included. */
  readonly committedRecords = new Counter()
  /** How long each commit took, seconds. */
  readonly commitTimes = new Histogram(COMMIT_BOUNDS_S)
  /** How long the guard's rules took of each commit, seconds. */
  readonly evaluationTimes = new Histogram(EVALUATION_BOUNDS_S)
  #queue: IntakeMessage[] = []
  #isCommitting = false
  #failedCommits = 0
  #unloggedFailures = 0
  #nextFailureLogAt = 0

  constructor(options: IntakeOptions) {
    this.#options = options
    const pauseMs = (): number => options.commitEveryMs * Math.min(1, FEW / this.#queue.length) ** 2
    this.#coalescer = new Coalescer(pauseMs, () => this.#commitSome())
  }

  get idle(): boolean {
    return this.#queue.length === 0
  }

  /** True while a commit is under way. */
  get isCommitting(): boolean {
    return this.#isCommitting
  }

  /** Commits that the disk refused since the start. */
  get failedCommits(): number {
    return this.#failedCommits
  }

  offer(message: IntakeMessage): void {
    this.#queue.push(message)
    this.#coalescer.request()
  }

  /** Commits all that waits, now. */
  drain(): void {
    this.#coalescer.cancel()
    while (this.#queue.length > 0) this.#commitSome()
    this.#coalescer.cancel()
  }

  #commitSome(): void {
    this.#isCommitting = true
    try {
      this.#commitNext()
    } finally {
      this.#isCommitting = false
    }
  }

  #commitNext(): void {
    const records: CustodyRecord[] = []
    let taken = 0
    while (taken < this.#queue.length && records.length < RECORDS_PER_COMMIT) {
      this.#read(this.#queue[taken++] as IntakeMessage, records)
    }
    const messages = this.#queue.slice(0, taken)
    this.#queue = this.#queue.slice(taken)
    const marks = this.#options.marks?.() ?? 0
    if (marks !== 0) for (const record of records) if (!('note' in record)) record.q |= marks
    const guard = this.#options.guard?.()
    const alarms = guard ? this.#timed(this.evaluationTimes, () => guard.judge(records)) : []
    const isWork = records.length + alarms.length > 0
    const error = isWork ? this.#append(records, alarms) : undefined
    if (!error) guard?.saved()
    for (const message of messages) message.done(error)
    if (this.#queue.length > 0) this.#coalescer.request()
    if (isWork && !error) this.#options.onCommitted()
  }

  #read(message: IntakeMessage, into: CustodyRecord[]): void {
    const said = message.records()
    for (const record of said.records) into.push(record)
    if (said.faults.length === 0) return
    for (const fault of said.faults) this.#options.rejections.add(message.source, fault, message.payload)
  }

  #append(records: readonly CustodyRecord[], alarms: readonly CustodyRecord[]): Error | undefined {
    try {
      const dropped = this.#timed(this.commitTimes, () => this.#options.outbox.append(records, alarms))
      this.committedRecords.add(records.length + alarms.length)
      if (dropped > 0)
        this.#options.log.warn({ dropped }, 'the outbox is full: the oldest records were dropped')
      return undefined
    } catch (thrown) {
      const error = thrown as Error
      this.#failedCommits++
      this.#logFailure(error)
      return error
    }
  }

  #timed<T>(times: Histogram, work: () => T): T {
    const { stopwatch } = this.#options
    const begun = stopwatch()
    const result = work()
    times.observe((stopwatch() - begun) / MS_PER_SECOND)
    return result
  }

  #logFailure(error: Error): void {
    const { clock, log } = this.#options
    this.#unloggedFailures++
    const now = clock.now()
    if (now < this.#nextFailureLogAt && now > this.#nextFailureLogAt - 2 * FAILURE_LOG_INTERVAL_MS) return
    log.error(
      { error, failures: this.#unloggedFailures },
      'cannot commit: sensors get no acknowledgement; check the disk and its free space',
    )
    this.#unloggedFailures = 0
    this.#nextFailureLogAt = now + FAILURE_LOG_INTERVAL_MS
  }
}
