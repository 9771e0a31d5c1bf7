import type { Rule } from '../rule.ts'
import { checkpointBefore, isForestalled, keepBeforeSample, keepBeforeTimers } from './checkpoints.ts'
import type { Trace } from './event.ts'
import {
  delayDue,
  isStale,
  type LadderChange,
  levelInForce,
  moveLadder,
  nextDue,
  setMissing,
  setOutOfSeason,
} from './ladder.ts'
import { type Emit, Publication, type Why } from './publication.ts'
import type { QuietPlace, QuietScopes } from './quiet-scopes.ts'
import type { Subject } from './scope-plan.ts'
import type { KeptScope, ScopeParts, ScopeState } from './scope-state.ts'
import { type Series, timesAfter } from './series.ts'
import { Sight } from './sight.ts'

type Cause = Trace['cause']

// A stream of old readings that has come this near to the present is joined even if it never pauses.
const JOIN_WITHIN_MS = 3_600_000

/**
 * One rule at one device or site: takes samples in event time and moves its ladder.
 *
 * Three times must not be mixed up: a sample's event time, the ladder's clock (the event time up to which it
 * was moved), and the engine's `now`. In the present the ladder's clock follows the engine's; while old
 * readings are worked off it follows the readings alone. Late readings begin again from a checkpoint.
 */
export class Scope {
  readonly rule: Rule
  readonly subject: Subject
  readonly state: ScopeState
  readonly rank: number
  /** Engine time of this scope's entry in the timer queue; Infinity when it has none. */
  scheduledAt = Number.POSITIVE_INFINITY
  readonly #parts: ScopeParts
  readonly #publication: Publication
  readonly #missingAfterMs: number
  /** After a silence as long as this there is a checkpoint where it began. */
  readonly #gapMs: number
  readonly sight: Sight
  /** Its place among the quiet scopes of its series; absent where it reads several devices, or only silence. */
  quiet: QuietPlace | undefined
  /** The last move left the rung as it was: with the same verdicts only time can change the ladder. */
  #isSettled = false

  constructor(parts: ScopeParts, state: ScopeState, emit: Emit) {
    const { rule, subject } = parts
    this.#parts = parts
    this.rule = rule
    this.subject = subject
    this.rank = parts.rank
    this.state = state
    this.#publication = new Publication({ rule, subject, state: state.publication }, emit)
    this.#missingAfterMs = rule.missing.afterMs ?? (rule.missing.intervals as number) * parts.intervalMs
    this.sight = new Sight(parts, this.#lookedAt, state.memories)
    const gapMs = Math.max(parts.limits.checkpointMs, 3 * parts.intervalMs)
    this.#gapMs = this.sight.readsSeveral ? Number.POSITIVE_INFINITY : gapMs
  }

  /** The state with what is kept beside it. */
  keep(): Omit<KeptScope, 'stopped'> {
    this.#catchUpWithQuiet()
    this.state.memories = this.sight.features.memories()
    return { outline: this.#parts.outline, state: this.state }
  }

  /** Every series that it reads. */
  get series(): ReadonlySet<Series> {
    return this.sight.features.series
  }

  /** A rule without rungs that records nothing watches for silence: any reading of the device counts. */
  get watchesSilence(): boolean {
    return this.rule.levels.length + this.rule.record.length === 0
  }

  /** Samples before this event time are of no more use to the scope. */
  get keepFrom(): number {
    this.#catchUpWithQuiet()
    const { clock, checkpoints } = this.state
    return Math.min(clock, checkpoints.kept[0]?.clock ?? clock) - this.sight.features.reachMs
  }

  /** Silences after which it has more to do than to keep its verdicts. */
  get silence(): { gapMs: number; missingAfterMs: number } {
    return { gapMs: Math.min(this.#missingAfterMs, this.#gapMs), missingAfterMs: this.#missingAfterMs }
  }

  /** Engine time at which the scope wants to be woken; Infinity when nothing waits. */
  get due(): number {
    this.#catchUpWithQuiet()
    const { ladder, catching, settle } = this.state
    const { settleMs, settleAtMostMs, graceMs } = this.#parts.limits
    const never = Number.POSITIVE_INFINITY
    if (this.watchesSilence) return Math.min(ladder.missing ? never : this.#silentFrom(), this.#seasonDue())
    const settled = settle ? Math.min(settle.last + settleMs, settle.since + settleAtMostMs) : never
    return catching ? settled : Math.min(settled, this.#nextChange() + graceMs)
  }

  /** To be called when a series of the scope has got new ordinals. */
  relocateDetectors(): void {
    this.#leaveQuiet()
    this.sight.features.relocate()
  }

  /** Takes any reading of the device, for a rule that watches for silence. */
  hear(t: number, now: number): void {
    const { ladder } = this.state
    this.#followSeason(now, { now, cause: 'season' })
    this.state.heardAt = now
    ladder.lastSample = Math.max(ladder.lastSample ?? t, t)
    if (ladder.missing && this.#silentFrom() > now)
      this.#setMissing(false, { at: Math.max(t, now), now, cause: 'reading' })
  }

  /** Joins the quiet ones, if nothing but a change of its verdicts is waited for. @returns those whom it has joined */
  rest(): QuietScopes | undefined {
    const { quiet } = this
    return quiet?.group.admit(quiet, this.#nextWork()) ? quiet.group : undefined
  }

  /** Takes a sample that is the newest of its series. */
  take(t: number, now: number): void {
    const { state } = this
    const { freshMs, skewMs } = this.#parts.limits
    // What is recorded has the time of its reading, however little that is behind the others.
    const behindMs = this.#parts.recorder ? 0 : skewMs
    if (t < state.clock - behindMs || isForestalled(state.checkpoints, state.clock, t)) {
      this.late(t, now)
      return
    }
    const fresh = now - t <= freshMs
    if (!fresh) {
      this.#catchUp()
      this.#wait(now)
    }
    if (state.catching && state.dirtyFrom !== null) {
      // The ladder will begin again before this sample, and meets it then.
      state.heardAt = now
      return
    }
    this.#takeInOrder(t, now)
    if (state.catching && fresh) this.#join(now, 'reading')
    else if (!state.catching && !this.#isToldRight) this.#reconcile(now, 'reading')
  }

  /**
   * Notes a sample behind the ladder's clock.
   *
   * @returns false where no checkpoint reaches back so far: the ladder will not see it
   */
  late(t: number, now: number): boolean {
    this.#leaveQuiet()
    const { state } = this
    if (!checkpointBefore(state.checkpoints, t)) return false
    state.dirtyFrom = Math.min(state.dirtyFrom ?? t, t)
    this.#wait(now)
    return true
  }

  /** The program was away until `now`: what was kept elsewhere comes first, then silence counts. */
  resume(now: number): void {
    const { resumeMs, settleMs } = this.#parts.limits
    this.#leaveQuiet()
    this.state.heardAt = now
    if (this.watchesSilence || this.state.ladder.lastSample === null) return
    this.#catchUp()
    this.state.settle = { since: now + resumeMs, last: now + resumeMs - settleMs }
  }

  /** Does what is due at engine time `now`. */
  wake(now: number): void {
    this.#leaveQuiet()
    const { state } = this
    const { settleMs, settleAtMostMs, graceMs } = this.#parts.limits
    if (this.watchesSilence) {
      state.clock = now
      this.#followSeason(now, { now, cause: 'season' })
      if (!state.ladder.missing && this.#silentFrom() <= now)
        this.#setMissing(true, { at: now, now, cause: 'silence' })
      return
    }
    const { settle } = state
    const paused = settle !== null && now >= settle.last + settleMs
    if (settle && (paused || now >= settle.since + settleAtMostMs)) {
      if (state.dirtyFrom !== null) this.#beginAgain(now)
      if (!paused && now - state.clock > JOIN_WITHIN_MS) {
        settle.since = now
        return
      }
      this.#join(now, 'late readings')
    } else if (!state.catching) this.#moveTo(now - graceMs, { now, cause: 'timer' })
  }

  /** Tells at once what follows from a change of the rule itself; its conditions are judged with the next reading. */
  changed(now: number): void {
    if (!this.state.catching && !this.#isToldRight) this.#reconcile(now, 'rule changed')
  }

  /** Ends the running episode because its rule or its device is no more. */
  withdraw(now: number): void {
    const { running } = this.state.publication
    if (running === null) return
    const change: LadderChange = { kind: 'cleared', level: null, at: now, onset: running.onset }
    this.#publication.tell(change, { now, trace: () => this.explain('rule withdrawn') })
  }

  /** What the rule sees now and what it waits for. */
  explain(cause: Cause): Trace {
    this.#catchUpWithQuiet()
    this.sight.look(this.#lookedAt, this.state.ladder.missing)
    return this.sight.trace(cause, this.state.ladder, this.#lookedAt)
  }

  #leaveQuiet(): void {
    if (this.quiet) this.quiet.group.leave(this.quiet)
  }

  #catchUpWithQuiet(): void {
    if (this.quiet) this.quiet.group.bring(this.quiet)
  }

  // Event time from which on there is more to do with a reading, though no verdict changes and no silence ends.
  #nextWork(): number {
    const { ladder, checkpoints, clock, catching, settle } = this.state
    const isWaiting = catching || settle !== null || checkpoints.beforeTimers !== null || ladder.missing
    if (this.#parts.recorder || isWaiting || !this.#isSettled || !this.#isToldRight)
      return Number.NEGATIVE_INFINITY
    if (this.sight.features.changeDue(clock, false) < Number.POSITIVE_INFINITY)
      return Number.NEGATIVE_INFINITY
    return Math.min(delayDue(this.rule, ladder), this.sight.calendar.next(clock))
  }

  #takeInOrder(t: number, now: number): void {
    const { state } = this
    const at = Math.max(t, state.clock)
    this.#moveTo(at, { now, cause: 'timer' })
    this.#keepBefore(t, now)
    state.heardAt = now
    state.clock = at
    if (this.sight.isOwn(t)) {
      state.ladder.lastSample = Math.max(state.ladder.lastSample ?? t, t)
      if (state.ladder.missing) this.#setMissing(false, { at, now, cause: 'reading' })
    }
    this.#move(at, { now, cause: 'reading' })
    if (!state.ladder.outOfSeason) this.#parts.recorder?.note(t, this.sight.values)
  }

  #keepBefore(t: number, now: number): void {
    const { checkpoints } = this.state
    const { checkpointMs } = this.#parts.limits
    keepBeforeSample(checkpoints, this.state, {
      memories: () => this.sight.features.memories(),
      t,
      now,
      everyMs: checkpointMs,
      gapMs: this.#gapMs,
      lastTimes: () => (this.sight.readsSeveral ? this.sight.features.lastTimes() : []),
    })
  }

  get #isToldRight(): boolean {
    const { ladder } = this.state
    return this.#publication.tells(levelInForce(this.rule, ladder), isStale(this.rule, ladder))
  }

  // The next instant at which time alone changes something.
  #nextChange(): number {
    const { ladder, clock } = this.state
    const ladderDue = Math.min(nextDue(this.rule, ladder, this.#missingAfterMs), this.#seasonDue())
    return Math.min(ladderDue, this.sight.features.changeDue(clock, ladder.missing))
  }

  // A rule without rungs has no clock of its own before its first timer: it lives in the engine's time.
  get #lookedAt(): number {
    const { clock, heardAt } = this.state
    return Number.isFinite(clock) ? clock : heardAt
  }

  #seasonDue(): number {
    const { clock, ladder } = this.state
    if (!Number.isFinite(clock) && !this.watchesSilence) return Number.POSITIVE_INFINITY
    const at = this.#lookedAt
    // After a change of the rule its season is followed at once.
    return this.sight.calendar.isInForce(at) === ladder.outOfSeason ? at : this.sight.calendar.next(at)
  }

  // Silence counts in event time, but not before the readings that are on their way had time to come.
  #silentFrom(): number {
    const { ladder, heardAt } = this.state
    const grace = Math.min(this.#missingAfterMs, this.#parts.limits.resumeMs)
    return Math.max((ladder.lastSample ?? heardAt) + this.#missingAfterMs, heardAt + grace)
  }

  // Lets every instant up to `until` pass at which time alone changes something.
  #moveTo(until: number, why: { now: number; cause: Cause }): void {
    const { state } = this
    for (let due = this.#nextChange(); due <= until; due = this.#nextChange()) {
      keepBeforeTimers(state.checkpoints, state, () => this.sight.features.memories())
      state.clock = Math.max(state.clock, due)
      const { missing, lastSample } = state.ladder
      if (!missing && lastSample !== null && due >= lastSample + this.#missingAfterMs) {
        this.#setMissing(true, { ...why, at: due, cause: 'silence' })
      }
      this.#move(state.clock, why)
    }
  }

  #move(at: number, why: { now: number; cause: Cause }): void {
    this.sight.look(at, this.state.ladder.missing)
    this.#followSeason(at, { now: why.now, cause: 'season' })
    const { ladder } = this.state
    this.#isSettled = false
    if (ladder.outOfSeason) return
    const { rung } = ladder
    const change = moveLadder(this.rule, ladder, { at, verdicts: this.sight.verdicts })
    this.#isSettled = ladder.rung === rung
    if (change) this.#step(change, { now: why.now, trace: () => this.sight.trace(why.cause, ladder, at) })
  }

  #followSeason(at: number, why: { now: number; cause: Cause }): void {
    const outOfSeason = !this.sight.calendar.isInForce(at)
    if (outOfSeason === this.state.ladder.outOfSeason) return
    const change = setOutOfSeason(this.rule, this.state.ladder, { outOfSeason, at })
    if (change) this.#step(change, { now: why.now, trace: () => this.explain(why.cause) })
  }

  #setMissing(missing: boolean, why: { at: number; now: number; cause: Cause }): void {
    const change = setMissing(this.rule, this.state.ladder, { missing, at: why.at })
    if (change) this.#step(change, { now: why.now, trace: () => this.explain(why.cause) })
  }

  #step(change: LadderChange, why: Why): void {
    if (this.state.catching) this.#publication.hold(change, why)
    else this.#publication.tell(change, why)
  }

  // From here on the ladder follows old readings, and what it does is held back.
  #catchUp(): void {
    const { state } = this
    const { lastSample, onset } = state.ladder
    // What a timer began after the newest sample was told too: a late sample may only move its onset.
    const toldUntil = Math.max(lastSample ?? Number.NEGATIVE_INFINITY, onset ?? Number.NEGATIVE_INFINITY)
    if (!state.catching) this.#publication.beginHolding(toldUntil)
    state.catching = true
  }

  // The present is reached: from here on the ladder's clock follows the engine's.
  #join(now: number, cause: Cause): void {
    const { state } = this
    this.#catchUp()
    this.#moveTo(now - this.#parts.limits.graceMs, { now, cause })
    state.catching = false
    state.settle = null
    this.#reconcile(now, cause)
  }

  #reconcile(now: number, cause: Cause): void {
    const { ladder, clock } = this.state
    const tooOld = now - (ladder.lastSample ?? now) > this.#parts.limits.pageHorizonMs
    const level = levelInForce(this.rule, ladder)
    const stale = isStale(this.rule, ladder)
    this.#publication.reconcile({ level, onset: ladder.onset, clock, stale }, tooOld, {
      now,
      trace: () => this.explain(cause),
    })
  }

  // From the newest checkpoint before the late samples, with everything in its order.
  #beginAgain(now: number): void {
    const { state } = this
    for (const series of this.sight.features.series) series.mergeLate()
    const checkpoint = checkpointBefore(state.checkpoints, state.dirtyFrom as number)
    state.dirtyFrom = null
    this.#catchUp()
    if (checkpoint) {
      this.#publication.dropHeld(checkpoint.clock)
      state.ladder = { ...checkpoint.ladder }
      state.clock = checkpoint.clock
      state.checkpoints.kept = state.checkpoints.kept.filter(({ clock }) => clock <= checkpoint.clock)
      state.checkpoints.beforeTimers = null
      this.sight.begin(checkpoint.memories)
    }
    this.#parts.recorder?.beginAgain(state.clock)
    for (const t of timesAfter(this.sight.features.series, state.clock)) this.#takeInOrder(t, now)
  }

  #wait(now: number): void {
    const { settle } = this.state
    // After the program was away the first old reading ends the waiting for any.
    if (settle && settle.since <= now) settle.last = Math.max(settle.last, now)
    else this.state.settle = { since: now, last: now }
  }
}
