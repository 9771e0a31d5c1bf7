import { Quality, qualityOf, type Reading } from '@picket/devices'
import type { Rule } from '../rule.ts'
import type { ScopeChange } from './carry-over.ts'
import { LadderConditions } from './decision.ts'
import { Delegation } from './delegation.ts'
import { Desk, type DeskState, newDeskState } from './desk.ts'
import { beginningOf, type EngineState, faultKey, scopeKey } from './engine-state.ts'
import {
  DEFAULT_LIMITS,
  type Effect,
  type EngineCounts,
  type EngineEvent,
  type EngineLimits,
  FUTURE_TOLERANCE_MS,
  type ReadingColumns,
  type RuleFault,
  type Trace,
  type Withheld,
} from './event.ts'
import type { OpenEpisode } from './open-episode.ts'
import { outlineOf } from './outline.ts'
import { QuietScopes } from './quiet-scopes.ts'
import { RecordQueue } from './record-queue.ts'
import { inRecordingOrder } from './recording-order.ts'
import { goesOn, renamed, renamesOf } from './renames.ts'
import { Scope } from './scope.ts'
import { assembleScope, type SharedAssembly } from './scope-assembly.ts'
import { planRule, type ScopePlan } from './scope-plan.ts'
import type { Series } from './series.ts'
import { type Audience, SeriesTable } from './series-table.ts'
import { TimerQueue } from './timer-queue.ts'

/**
 * The rule engine: a state, and `step`, which takes one event and answers with effects. It is synchronous,
 * asks nobody for the time, and does the same in the cloud, on a gateway, in a backtest and in a test.
 */
export class Engine {
  readonly counts: EngineCounts = { evaluated: 0, duplicate: 0, late: 0, tooLate: 0, future: 0 }
  readonly #limits: EngineLimits
  readonly #timers = new TimerQueue<Scope | QuietScopes | Desk>()
  #now = Number.NEGATIVE_INFINITY
  #series: SeriesTable
  #scopes = new Map<string, Scope>()
  #listeners = new Map<string, Scope[]>()
  #desk: Desk
  readonly #delegation: Delegation
  readonly #recorded = new RecordQueue()
  #changes: ScopeChange[] = []
  #restored: EngineState | undefined
  #effects: Effect[] = []
  /** Scopes that failed, and rules that cannot be used over the configured devices, by their keys. */
  #faults = new Map<string, RuleFault>()

  constructor(limits: Partial<EngineLimits> = {}, state?: EngineState) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#now = state?.now ?? this.#now
    this.#restored = state
    this.#series = new SeriesTable({ limits: this.#limits, timers: this.#timers }, new Map())
    this.#desk = this.#deskWith(state?.desk ?? newDeskState())
    this.#delegation = new Delegation(state?.delegated ?? new Map(), {
      desk: () => this.#desk,
      emit: effect => this.#effects.push(effect),
      runsHere: (rule, place) => this.#scopes.get(scopeKey(rule, place))?.state.publication.running?.episode,
    })
  }

  /** The engine's clock: the latest `now` it was given, ms UTC. */
  get now(): number {
    return this.#now
  }

  /** True where some rule looks at the readings of the series, be it only for its silence. */
  reads(series: { device: string; quantity: string }): boolean {
    const { listeners, readers } = this.#audienceOf(series)
    return listeners.length > 0 || readers.length > 0
  }

  /** When the next timer is due on the engine's clock; Infinity when none is. Step a tick then. */
  get nextDue(): number {
    return this.#timers.next
  }

  /** Rules that are not judged, everywhere or at one device or site, until they are changed. */
  get faults(): RuleFault[] {
    return [...this.#faults.values()]
  }

  /** Scopes whose rule was changed by the newest `configure`, and what each of them lost. */
  get changes(): readonly ScopeChange[] {
    return this.#changes
  }

  /** Episodes that are active or wait for an operator. */
  get episodes(): ReadonlyMap<string, OpenEpisode> {
    return this.#desk.state.episodes
  }

  /** What keeps an open episode from paging now; empty where nothing does. */
  withheld(episode: string): Withheld[] {
    return this.#desk.withheld(episode, this.#now)
  }

  /**
   * What a rule sees at a device or a site now, what it waits for, and what keeps its alarm from paging: the answer to
   * "why", to "why not yet" and to "why was nobody told".
   *
   * @param rule - id of a configured rule
   * @param scope - id of a device that it watches; of a site where it is one `per: site`
   * @returns undefined where the rule does not watch it; the cause is `operator`, who asks
   */
  explain(rule: string, scope: string): Trace | undefined {
    const trace = this.#scopes.get(scopeKey(rule, scope))?.explain('operator')
    const episode = this.#desk.runningAt(rule, scope)
    if (!trace || episode === undefined) return trace
    return { ...trace, telling: { told: [], withheld: this.withheld(episode) } }
  }

  /**
   * Takes one event. Timers that were due before it fire first, each at its instant; save those of the time that the
   * program was away, which wait for what was kept elsewhere.
   */
  step(event: EngineEvent): Effect[] {
    this.#effects = []
    if (event.type === 'columns') {
      this.#readColumns(event.columns)
      this.#feedRecorded(this.#now)
      return this.#effects
    }
    // A clock that was set back counts from the next return on; until then the engine's stands.
    const now = event.type === 'resumed' ? event.now : Math.max(event.now, this.#now)
    if (event.type !== 'resumed') this.#fireTimers(now)
    this.#now = now
    switch (event.type) {
      case 'readings':
        for (const reading of event.readings) this.#read(this.#audienceOf(reading), reading, now)
        break
      case 'amend':
        for (const reading of event.readings) this.#amend(reading, now)
        break
      case 'acknowledge':
      case 'reset':
        this.#delegation.operate({ ...event, now })
        break
      case 'flag':
        this.#desk.flag({ ...event, now })
        break
      case 'unflag':
        this.#desk.unflag({ ...event, now })
        break
      case 'configure':
        this.#configure(event)
        break
      case 'delegate':
      case 'mirrored':
        this.#delegation.hear(event, now)
        break
      case 'resumed':
        for (const [key, scope] of this.#scopes)
          if (!this.#faults.has(key)) this.#guard(scope, () => scope.resume(now))
        break
    }
    this.#feedRecorded(now)
    this.#timers.schedule(this.#desk)
    return this.#effects
  }

  /** The state as plain data; shares nothing that changes with the engine only after a structured clone. */
  state(): EngineState {
    return {
      now: this.#now,
      series: this.#series.state(),
      scopes: new Map(
        [...this.#scopes].map(([key, scope]) => [
          key,
          { ...scope.keep(), stopped: this.#faults.get(key)?.message ?? null },
        ]),
      ),
      desk: this.#desk.state,
      delegated: this.#delegation.state,
    }
  }

  #deskWith(state: DeskState): Desk {
    return new Desk(state, {
      emit: effect => this.#effects.push(effect),
      explain: (rule, place) => this.#scopes.get(scopeKey(rule, place))?.explain('timer'),
    })
  }

  #fireTimers(now: number): void {
    for (let due = this.#timers.take(now); due; due = this.#timers.take(now)) {
      const { item, at } = due
      this.#now = Math.max(this.#now, at)
      if (item instanceof Scope) this.#guard(item, () => item.wake(this.#now))
      else item.wake(this.#now)
      if (item instanceof QuietScopes) this.#timers.schedule(item)
      this.#feedRecorded(this.#now)
      this.#timers.schedule(this.#desk)
    }
  }

  #readColumns({ series, seriesOf, times, values, qualities }: ReadingColumns): void {
    const audiences = series.map(one => this.#audienceOf(one))
    for (let at = 0; at < times.length; at++) {
      const t = times[at] as number
      if (this.#recorded.isBehind(t)) this.#feedRecorded(this.#now)
      const now = Math.max(t, this.#now)
      this.#fireTimers(now)
      this.#now = now
      const audience = audiences[seriesOf[at] as number] as Audience
      this.#read(audience, { t, v: values[at] as number, q: qualities[at] as number }, now)
    }
  }

  #audienceOf({ device, quantity }: { device: string; quantity: string }): Audience {
    return {
      listeners: this.#listeners.get(device) ?? [],
      readers: this.#series.readersOf(device, quantity),
    }
  }

  #read({ listeners, readers }: Audience, { t, v, q }: Pick<Reading, 't' | 'v' | 'q'>, now: number): void {
    if (this.#recorded.isBehind(t)) this.#feedRecorded(now)
    if (t > now + FUTURE_TOLERANCE_MS) {
      this.counts.future++
      return
    }
    for (const scope of listeners) this.#guard(scope, () => scope.hear(t, now))
    const quality = qualityOf(q)
    // A failed reading is no value; the silence of good ones is for the rule's policy for missing data.
    if (quality === Quality.FAIL || quality === Quality.MISSING) return
    for (const series of readers) if (series.accepts(quality)) this.#sample(series, { t, v, quality, now })
  }

  #sample(series: Series, sample: { t: number; v: number; quality: number; now: number }): void {
    const { t, v, quality, now } = sample
    if (t > series.ring.lastTime) {
      series.push(t, v, quality)
      this.counts.evaluated++
      let quiet = 0
      for (const group of series.groups) {
        group.pass(t, now)
        quiet += group.count
      }
      if (quiet === series.scopes.length) return
      for (const scope of series.scopes) this.#take(scope, t, now)
    } else if (series.has(t)) this.counts.duplicate++
    else this.#readLate(series, { t, v, now })
  }

  // A reading that fails after all is taken out; one that a rule waited for is taken now.
  #amend({ device, quantity, t, v, q }: Reading, now: number): void {
    const quality = qualityOf(q)
    const usable = quality !== Quality.FAIL && quality !== Quality.MISSING
    for (const series of this.#series.readersOf(device, quantity)) {
      if (!usable || !series.accepts(quality)) this.#takeBack(series, t, now)
      else if (series.has(t)) series.amend(t, quality)
      else this.#sample(series, { t, v, quality, now })
    }
  }

  // What was recorded out of a reading goes with it.
  #takeBack(series: Series, t: number, now: number): void {
    if (!series.remove(t)) return
    for (const scope of series.scopes) if (scope.rule.record.length > 0) this.#late(scope, t, now)
  }

  // What rules recorded goes to those that read it.
  #feedRecorded(now: number): void {
    this.#recorded.flush({
      emit: value => this.#effects.push(value),
      pass: (group, t) => group.pass(t, now),
      take: (scope, t) => this.#take(scope, t, now),
      late: (scope, t) => this.#late(scope, t, now),
    })
  }

  #late(scope: Scope, t: number, now: number): void {
    this.#guard(scope, () => {
      if (!scope.late(t, now)) this.counts.tooLate++
    })
  }

  #readLate(series: Series, { t, v, now }: { t: number; v: number; now: number }): void {
    if (!series.putLate(t, v, this.#limits.maxLate)) {
      this.counts.tooLate++
      return
    }
    this.counts.late++
    for (const scope of series.scopes) this.#late(scope, t, now)
  }

  #take(scope: Scope, t: number, now: number): void {
    if (scope.quiet?.isTaken) return
    try {
      scope.take(t, now)
      this.#timers.schedule(scope.rest() ?? scope)
    } catch (error) {
      this.#stopScope(scope, (error as Error).message)
    }
  }

  // One rule that fails must not stop another.
  #guard(scope: Scope, work: () => void): void {
    try {
      work()
      this.#timers.schedule(scope)
    } catch (error) {
      this.#stopScope(scope, (error as Error).message)
    }
  }

  // It keeps its state, and its alarm: that a rule has failed does not say that what it saw is over.
  #stopScope(scope: Scope, message: string): void {
    const { rule, subject } = scope
    this.#noteFault({ type: 'rule-fault', rule: rule.id, scope: subject.id, message })
    scope.scheduledAt = Number.POSITIVE_INFINITY
    for (const series of this.#series) series.scopes = series.scopes.filter(one => one !== scope)
    for (const [device, listeners] of this.#listeners)
      this.#listeners.set(
        device,
        listeners.filter(one => one !== scope),
      )
  }

  #noteFault(fault: RuleFault): void {
    this.#faults.set(faultKey(fault), fault)
    this.#effects.push(fault)
  }

  #configure({ rules, devices, sites = [], adopt }: Extract<EngineEvent, { type: 'configure' }>): void {
    const state = this.#restored ?? this.state()
    const renames = renamesOf(rules, { devices, sites })
    const own = renamed(state, renames)
    if (own !== state) this.#desk = this.#deskWith(own.desk)
    const before = beginningOf(own, adopt)
    const restored = this.#restored !== undefined
    const oldScopes = this.#scopes
    this.#faults = new Map()
    this.#changes = []
    this.#restored = undefined
    this.#timers.clear()
    this.#desk.scheduledAt = Number.POSITIVE_INFINITY
    this.#series = new SeriesTable({ limits: this.#limits, timers: this.#timers }, before.series)
    this.#scopes = new Map()
    this.#listeners = new Map()
    const siteById = new Map(sites.map(site => [site.id, site]))
    this.#delegation.configure(rules, renames.present)
    for (const rule of inRecordingOrder(rules)) {
      const conditions = new LadderConditions(rule)
      const outline = outlineOf(rule)
      const { scopes, faults } = planRule(rule, devices)
      const [message] = faults
      if (message !== undefined) {
        this.#noteFault({ type: 'rule-fault', rule: rule.id, scope: null, message })
        continue
      }
      for (const plan of scopes)
        this.#addScope(rule, plan, {
          ...{ conditions, outline, before, adopted: adopt !== undefined },
          site: siteById.get(plan.subject.site),
        })
    }
    for (const [key, scope] of oldScopes)
      if (!goesOn(key, oldScopes, this.#scopes, renames)) scope.withdraw(this.#now)
    this.#desk.configure(rules, devices, { now: this.#now, restored })
  }

  #addScope(rule: Rule, plan: ScopePlan, shared: SharedAssembly): void {
    const { id: subject } = plan.subject
    const key = scopeKey(rule.id, subject)
    const old = shared.before.scopes.get(key)
    const { scope, carried } = assembleScope(rule, plan, {
      ...shared,
      old,
      rank: this.#scopes.size,
      series: this.#series,
      recorded: this.#recorded,
      limits: this.#limits,
      now: this.#now,
      emit: transition => {
        this.#delegation.take(transition, plan.own[0]?.gateways?.[0])
        this.#timers.schedule(this.#desk)
      },
    })
    this.#scopes.set(key, scope)
    if (old?.stopped && old.outline.revision === rule.revision) {
      this.#faults.set(key, { type: 'rule-fault', rule: rule.id, scope: subject, message: old.stopped })
      return
    }
    this.#series.join(scope)
    if (scope.watchesSilence)
      for (const { id } of plan.own) this.#listeners.set(id, [...(this.#listeners.get(id) ?? []), scope])
    if (carried?.isMoved) this.#changes.push({ rule: rule.id, subject, resets: carried.resets })
    if (carried?.isMoved || shared.adopted) scope.changed(this.#now)
    this.#timers.schedule(scope)
  }
}
