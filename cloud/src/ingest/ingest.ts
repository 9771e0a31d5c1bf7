import {
  CLOUD_DEVICE,
  type Hello,
  Lane,
  presentIds,
  Quality,
  type Reading,
  statedLane,
  type Welcome,
} from '@picket/devices'
import { type CancelTimer, ClockWatch } from '@picket/devices/runtime'
import type { Effect } from '@picket/rules'
import { pastOnes } from '../guards/past-steps.ts'
import type { JournalEntry } from '../stores/sqlite/journal.ts'
import { Admissions } from './admission.ts'
import type { BatchOutcome } from './batch-intake.ts'
import { Conversions } from './conversions.ts'
import type { Compiled } from './engine-host.ts'
import type { Engines } from './engines.ts'
import type { Committed, Hand, IngestParts, PendingBatch } from './ingest-parts.ts'
import { renameGateway } from './rename-gateway.ts'
import { ShadowPace } from './shadow-pace.ts'
import { type Place, WaitingLine, type Work } from './waiting-line.ts'

// Batches that come within this time are committed together.
const GATHER_MS = 3
// Batches and commands that wait; gateways are held back by their windows long before this.
const MAX_WAITING = 4096
// A snapshot spares replaying; writing one holds up ingest, so it waits for enough to have happened.
const SNAPSHOT_EVERY_READINGS = 2_000_000
const SNAPSHOT_EVERY_MS = 600_000
// The journal is kept this long beyond the snapshot that covers it.
const JOURNAL_KEPT_MS = 7 * 86_400_000
// What could not be shipped to InfluxDB is kept no longer than this: the disk is needed for what comes in.
const UNSHIPPED_KEPT_MS = 30 * 86_400_000

/**
 * The one writer. Everything that changes what the cloud knows comes through here, in one order: batches,
 * hellos, operators' actions, configurations, timers. What has gathered is decoded, judged, stepped through
 * the engine and committed in one transaction, and acknowledged after it.
 */
export class Ingest {
  readonly #parts: IngestParts
  readonly #clockWatch: ClockWatch
  readonly #shadowPace: ShadowPace
  #admissions: Admissions
  #conversions: Conversions
  #compiled: Compiled
  readonly #waiting = new WaitingLine()
  #batchOutcomes: BatchOutcome[] = []
  #acknowledgements: Committed['acknowledgements'] = []
  #amended: Reading[] = []
  #own: Reading[] = []
  #evaluationMs = 0
  #configured: string | undefined
  #scheduled = false
  #stopped = false
  #cancelTick: CancelTimer = () => {}
  #configuredAt: number
  #sinceSnapshot = { readings: 0, at: 0 }
  #idle: (() => void)[] = []

  constructor(parts: IngestParts, compiled: Compiled) {
    this.#parts = parts
    this.#compiled = compiled
    parts.effects.configure(compiled.configuration)
    this.#admissions = new Admissions(compiled.registry, compiled.models)
    this.#conversions = new Conversions(parts, compiled.registry, compiled.models)
    this.#configuredAt = parts.clock.now()
    this.#clockWatch = new ClockWatch(parts.clock)
    this.#shadowPace = new ShadowPace(parts.stopwatch)
    this.#sinceSnapshot.at = parts.clock.now()
  }

  get compiled(): Compiled {
    return this.#compiled
  }

  /** When the configuration in force was put there, ms UTC. */
  get configuredAt(): number {
    return this.#configuredAt
  }

  /** Rules that failed and are not judged any more, in words. */
  get ruleFaults(): string[] {
    return this.#parts.engines.engine.faults.map(
      ({ rule, scope, message }) => `rule ${rule}${scope === null ? '' : ` at ${scope}`}: ${message}`,
    )
  }

  /** The engine's clock now, ms UTC: the next input counts from here. */
  get now(): number {
    return Math.max(this.#parts.engines.engine.now, this.#parts.clock.now())
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes a batch; `done` is called after the commit that holds it, or at once with an error when too much waits. */
  submit({ gateway, payload, done }: PendingBatch): void {
    if (this.#waiting.length >= MAX_WAITING) {
      done(new Error('too many batches wait'))
      return
    }
    const place = { lane: statedLane(payload), sender: gateway }
    this.#enqueue({ run: () => this.#takeBatch(gateway, payload), done }, place)
  }

  /** Who may speak, by the registry in force. */
  get admissions(): Pick<Admissions, 'gatewayOf' | 'namesOf'> {
    return this.#admissions
  }

  /** Takes a hello; resolves after its commit with the answer, undefined where the instance may not speak. */
  greet(name: string, hello: Hello): Promise<Welcome | undefined> {
    let welcome: Welcome | undefined
    // The answer says what of its batches has come: those before count.
    this.#waiting.hurry(name)
    return this.#command(() => {
      const gateway = this.#admissions.gatewayOf(name) ?? name
      const { answer, conflict } = this.#parts.hellos.take(gateway, hello, this.#parts.clock.now())
      welcome = answer
      if (conflict) this.#writeOwn([this.#ownReading(gateway, 'instance_conflict', 1)])
    }, name).then(() => welcome)
  }

  /**
   * Does work of others within a transaction of the one writer, so that what it writes and the configuration that it puts
   * in force are committed together or not at all. Resolves with its answer after the commit; the work must not throw.
   *
   * @param work - may put a configuration in force, and take inputs of its own to the engines
   */
  transact<T>(work: (hand: Hand) => T): Promise<T> {
    let answer: T
    const hand: Hand = {
      configure: (compiled, promoted = false) => this.#configure(compiled, promoted),
      step: entry => this.#step(entry),
      hearOfClock: (note, who) => this.#hearOfClock(note, who),
    }
    return this.#command(() => {
      answer = work(hand)
    }).then(() => answer)
  }

  /** Looks at the engines as they are between two inputs; the look changes nothing. */
  look<T>(look: (engines: Engines) => T): Promise<T> {
    return this.transact(() => look(this.#parts.engines))
  }

  #configure(compiled: Compiled, promoted: boolean): void {
    const { configuration } = compiled
    const now = this.#parts.clock.now()
    this.#parts.effects.configure(configuration)
    for (const [old, gateway] of presentIds(compiled.registry.gateways))
      renameGateway(this.#parts, old, gateway)
    this.#compiled = compiled
    this.#admissions = new Admissions(compiled.registry, compiled.models)
    this.#conversions = new Conversions(this.#parts, compiled.registry, compiled.models)
    this.#step({ kind: 'configure', now, configuration, ...(promoted ? { promoted } : {}) }, compiled)
    this.#configured = compiled.revision
    this.#configuredAt = this.#parts.clock.now()
    for (const readings of this.#parts.batches.repair(this.#admissions, this.#parts.clock.now())) {
      this.#takeNew(readings, this.#parts.clock.now())
    }
  }

  #hearOfClock(...[note, who]: Parameters<Hand['hearOfClock']>): number {
    const told = { ...who, admissions: this.#admissions, now: this.#parts.clock.now() }
    let count = 0
    for (const readings of this.#parts.batches.hearOfClock(note, told))
      count += this.#takeNew(readings, told.now).length
    return count
  }

  /** The program was away and is back. */
  resume(): Promise<void> {
    return this.#command(() => {
      this.#step({ kind: 'resumed', now: this.#parts.clock.now() })
    })
  }

  /** Writes readings of the cloud's own. */
  writeOwn(readings: { quantity: string; v: number }[]): Promise<void> {
    return this.#command(() =>
      this.#writeOwn(readings.map(({ quantity, v }) => this.#ownReading(CLOUD_DEVICE, quantity, v))),
    )
  }

  /** The other instances of these gateways have been quiet: their conflicts are over. */
  endConflicts(gatewayIds: readonly string[]): Promise<void> {
    const { gateways } = this.#parts
    return this.#command(() => {
      for (const id of gatewayIds) gateways.endConflict(id)
      this.#writeOwn(gatewayIds.map(id => this.#ownReading(id, 'instance_conflict', 0)))
    })
  }

  /** Notes input that the door refused. */
  noteRefusals(refusals: readonly { gateway: string; what: string; count: number }[]): Promise<void> {
    const { quarantine, clock } = this.#parts
    return this.#command(() => {
      for (const { gateway, what, count } of refusals) {
        const about = { at: clock.now(), where: 'cloud', gateway: gateway || null, source: 'mqtt' }
        quarantine.reject({ ...about, reason: what, count, sample: '' })
      }
    })
  }

  /** Runs something that belongs into a transaction of the one writer. */
  #command(run: () => void, sender = ''): Promise<void> {
    return new Promise(resolve => this.#enqueue({ run, done: resolve }, { lane: Lane.ALARMS, sender }))
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  /** Commits what waits, keeps the engine's state, and takes no more: whoever comes later is not answered. */
  async stop(): Promise<void> {
    // What comes in the turn between may have begun to wait again.
    while (this.#waiting.length > 0) await this.idle()
    this.#stopped = true
    this.#cancelTick()
    this.#parts.db.transaction(() => this.#keepSnapshot())()
  }

  #enqueue(work: Work, place: Place): void {
    if (this.#stopped) return
    this.#waiting.add(place, work)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setTimeout(() => this.#flush(), GATHER_MS)
  }

  #flush(): void {
    const { db, onCommit, onFailure } = this.#parts
    this.#scheduled = false
    const begun = this.#parts.stopwatch()
    let work: Work[]
    try {
      db.exec('BEGIN IMMEDIATE')
      this.#noticeLeap()
      work = this.#waiting.runSome(() => this.#parts.stopwatch() - begun)
      this.#parts.ledger.save()
      if (this.#snapshotIsDue()) this.#keepSnapshot()
      const now = this.#parts.clock.now()
      this.#parts.journal.prune(now - JOURNAL_KEPT_MS, now - UNSHIPPED_KEPT_MS)
      db.exec('COMMIT')
    } catch (error) {
      onFailure(error)
      return
    }
    const committed: Committed = {
      outcomes: this.#batchOutcomes,
      acknowledgements: this.#acknowledgements,
      recorded: this.#parts.effects.takeRecorded(),
      durationMs: this.#parts.stopwatch() - begun,
      evaluationMs: this.#evaluationMs,
      amended: this.#amended,
      own: this.#own,
      configured: this.#configured,
      waiting: this.#waiting.length,
      stoppedShadow: undefined,
    }
    this.#batchOutcomes = []
    this.#acknowledgements = []
    this.#amended = []
    this.#own = []
    this.#evaluationMs = 0
    this.#configured = undefined
    for (const { done } of work) done()
    this.#followInShadow()
    committed.stoppedShadow = this.#parts.engines.takeStopped()
    onCommit(committed)
    this.#scheduleTick()
    if (this.#waiting.length > 0) {
      this.#schedule()
      return
    }
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  // A clock that was set back: nothing would be fresh, and no timer due, until it is again where it was. One that jumped
  // forward: the silence meanwhile is the machine's own.
  #noticeLeap(): void {
    const { clock, engines, log } = this.#parts
    const leap = this.#clockWatch.look(engines.engine.now)
    if (!leap) return
    log.warn({ byMs: leap.byMs }, `the clock ${leap.kind}`)
    this.#step({ kind: 'resumed', now: clock.now() })
  }

  #followInShadow(): void {
    this.#shadowPace.begin()
    this.#parts.engines.follow(() => this.#shadowPace.tooSlow())
  }

  // The gateway is looked up now: it may have been given another id while the batch waited.
  #takeBatch(name: string, payload: Buffer): void {
    const { batches, ledger, clock } = this.#parts
    const gateway = this.#admissions.gatewayOf(name) ?? name
    const now = clock.now()
    this.#parts.gateways.hear(gateway, now)
    const outcome = batches.take(payload, { gateway, admissions: this.#admissions, now })
    this.#batchOutcomes.push(outcome)
    // What a gateway has decided comes before the readings by which it did: it pages at once.
    for (const transition of pastOnes(outcome.mirrored, this.#parts.engines.engine.episodes))
      this.#step({ kind: 'mirrored', now, gateway, transition })
    for (const action of outcome.actions) this.#parts.guards.addAction(gateway, action)
    outcome.stored = this.#takeNew(outcome.stored, now)
    for (const released of outcome.released)
      for (const reading of this.#takeNew(released, now)) outcome.stored.push(reading)
    if (!outcome.touched) return
    const { epoch, first, last } = outcome.touched
    const settled = ledger.settled(gateway, epoch).within(first, last)
    this.#acknowledgements.push({ gateway: name, message: { settled: { [epoch]: settled } } })
  }

  // Readings that were stored are judged by what came before them, and told to the engine with their flags; then what
  // is computed from them, each an entry of its own in the journal.
  #takeNew(stored: readonly Reading[], now: number): Reading[] {
    if (stored.length === 0) return []
    const { engines, readings: store } = this.#parts
    const { readings, amended } = engines.judge.judge(stored)
    store.amend(amended)
    store.amend(readings.filter((reading, at) => reading !== stored[at]))
    this.#amended.push(...amended)
    if (amended.length > 0) this.#step({ kind: 'amend', now, readings: amended })
    this.#step({ kind: 'readings', now, readings })
    const computed = this.#conversions.follow(readings, now)
    return computed.length === 0 ? readings : [...readings, ...this.#takeNew(computed, now)]
  }

  #step(entry: JournalEntry, compiled?: Compiled): Effect[] {
    const { journal, effects } = this.#parts
    journal.append(entry)
    this.#sinceSnapshot.readings += 'readings' in entry ? entry.readings.length : 1
    const answer = this.#evaluate(entry, compiled)
    effects.record(answer)
    return answer
  }

  #evaluate(entry: JournalEntry, compiled?: Compiled): Effect[] {
    const { engines, stopwatch } = this.#parts
    const begun = stopwatch()
    const answer = engines.step(entry, compiled)
    this.#evaluationMs += stopwatch() - begun
    return answer
  }

  #ownReading(device: string, quantity: string, v: number): Reading {
    return { device, quantity, t: this.#parts.clock.now(), v, q: Quality.PASS }
  }

  #writeOwn(readings: Reading[]): void {
    const stored = this.#parts.batches.storeOwn(readings)
    this.#own.push(...this.#takeNew(stored, this.#parts.clock.now()))
  }

  // A timer that says nothing needs no entry: in a replay it fires before the next one, at the same instant.
  #tick(): void {
    const { effects, journal, clock } = this.#parts
    const now = clock.now()
    const answer = this.#evaluate({ kind: 'tick', now })
    if (answer.length === 0) return
    journal.append({ kind: 'tick', now })
    effects.record(answer)
  }

  #scheduleTick(): void {
    const { engines, clock } = this.#parts
    this.#cancelTick()
    const due = engines.engine.nextDue
    if (due === Number.POSITIVE_INFINITY) return
    this.#cancelTick = clock.after(due - clock.now(), () => {
      void this.#command(() => this.#tick())
    })
  }

  #snapshotIsDue(): boolean {
    const { readings, at } = this.#sinceSnapshot
    if (readings === 0) return false
    return readings >= SNAPSHOT_EVERY_READINGS || this.#parts.clock.now() - at >= SNAPSHOT_EVERY_MS
  }

  #keepSnapshot(): void {
    const { journal, engines, clock } = this.#parts
    journal.keepSnapshot(this.#compiled.configuration, engines.state())
    this.#sinceSnapshot = { readings: 0, at: clock.now() }
  }
}
