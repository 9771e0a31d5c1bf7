import { isActive, nextAlarmState } from '../alarm/alarm.ts'
import { covers, isInForce } from '../alarm/flag.ts'
import { rankOf } from '../level.ts'
import type { Rule } from '../rule.ts'
import { AlarmClocks } from './alarm-clocks.ts'
import type { Effect, EngineDevice, EngineEvent, Telling, Trace, Transition, Withheld } from './event.ts'
import { FlagBoard, type KeptFlag } from './flag-board.ts'
import { Flappers, type FlapState } from './flappers.ts'
import { Inhibitions, type RunningAlarm } from './inhibition.ts'
import { identityOf, isNews, type OpenEpisode, placeOf, settlingMs, stepOf, toldTo } from './open-episode.ts'
import { isToBeTold } from './responses.ts'
import { traceWithoutRule } from './trace.ts'

/** What the desk keeps. Plain data. */
export interface DeskState {
  episodes: Map<string, OpenEpisode>
  flags: Map<string, KeptFlag>
  flapping: Map<string, FlapState>
  /** Counts what was opened, for ranks. */
  opened: number
}

export const newDeskState = (): DeskState => ({
  episodes: new Map(),
  flags: new Map(),
  flapping: new Map(),
  opened: 0,
})

/** What the desk needs of the engine. */
export interface DeskLinks {
  emit: (effect: Effect) => void
  /** What a rule sees at a device or a site now. */
  explain: (rule: string, place: string) => Trace | undefined
}

export type OperatorEvent = Extract<EngineEvent, { type: 'acknowledge' | 'reset' }>

// Ended episodes that wait for an operator; the oldest go first, and stay in the store.
const MAX_OPEN_EPISODES = 50_000

/**
 * The operator's desk: takes the steps of episodes as they happen, owns those that are open, and decides who is told of
 * what and when. It knows acknowledgements and resets, flags, hidden and flapping alarms, and reminders.
 *
 * An alarm that is withheld is recorded like any other; it pages when nothing withholds it any more, if it still runs.
 * The end of an episode is told where its raise was.
 */
export class Desk {
  readonly state: DeskState
  readonly rank = Number.POSITIVE_INFINITY
  /** Engine time of the desk's entry in the engine's timer queue; Infinity when it has none. */
  scheduledAt = Number.POSITIVE_INFINITY
  readonly #links: DeskLinks
  readonly #clocks = new AlarmClocks()
  /** Episodes that run, by rule and device or site. */
  readonly #running = new Map<string, Map<string, RunningAlarm>>()
  #inhibitions = new Inhibitions([], [])
  readonly #flappers: Flappers
  readonly #flags: FlagBoard

  constructor(state: DeskState, links: DeskLinks) {
    this.state = state
    this.#links = links
    this.#flappers = new Flappers(state.flapping)
    this.#flags = new FlagBoard(state.flags)
    for (const [id, episode] of state.episodes) this.#index(id, episode)
    for (const [id, episode] of state.episodes) this.#setClocks(id, episode)
    for (const id of state.flags.keys()) this.#setFlagClock(id)
    for (const [key, { steadyAt, rank }] of state.flapping)
      this.#clocks.set('flap', key, { due: steadyAt, rank })
  }

  /** Engine time at which something falls due; Infinity when nothing does. */
  get due(): number {
    return this.#clocks.next
  }

  /** What keeps an episode from paging now; empty where nothing does, or where it is not open. */
  withheld(id: string, now: number): Withheld[] {
    const episode = this.state.episodes.get(id)
    return episode ? this.#withheld(episode, now) : []
  }

  /** Id of the episode that runs for a rule at a device, or at a site. */
  runningAt(rule: string, place: string): string | undefined {
    return this.#running.get(rule)?.get(place)?.episode
  }

  /** Takes another set of rules and devices; `restored`: they are those that the state was kept with. */
  configure(
    rules: readonly Rule[],
    devices: readonly EngineDevice[],
    { now, restored }: { now: number; restored: boolean },
  ): void {
    this.#inhibitions = new Inhibitions(rules, devices)
    for (const key of this.#flappers.configure(rules, devices)) this.#clocks.clear('flap', key)
    if (restored) return
    for (const id of [...this.state.episodes.keys()]) this.#settle(id, now)
  }

  /** A step of an episode, as it is decided; `decidedBy` names the gateway whose engine did, where it was not this one. */
  take(transition: Transition, decidedBy?: string): void {
    const { episode: id, kind, rule, decidedAt: now } = transition
    const before = this.state.episodes.get(id)
    if (transition.retrospective) {
      // It may have been open, held back until its end came.
      if (before && kind === 'cleared') this.#close(id, before)
      this.#record(transition, { told: [], withheld: [{ by: 'retrospective' }] })
      return
    }
    // Late readings may raise anew what was over.
    const state = kind === 'raised' ? 'unacknowledged' : nextAlarmState(before?.state, kind, rule.latch)
    if (state === undefined) {
      this.#record(transition)
      return
    }
    const { device, site, level, onset } = transition
    const episode: OpenEpisode = {
      ...(before ?? this.#newEpisode()),
      ...{ rule: identityOf(rule), device, site, level, state, onset },
      ...(decidedBy !== undefined && { decidedBy }),
    }
    this.#index(id, episode)
    const telling = this.#tellingOf(transition, episode)
    this.#put(id, episode)
    this.#record(transition, telling)
    if (kind === 'cleared') this.#release(transition, now)
  }

  /** Somebody acknowledges or resets an episode; without effect where that means nothing. */
  operate({ type, now, episode: id, by, note }: OperatorEvent): void {
    const episode = this.state.episodes.get(id)
    const kind = type === 'acknowledge' ? 'acknowledged' : 'reset'
    if (!episode || nextAlarmState(episode.state, kind, episode.rule.latch) === undefined) return
    const trace = { ...this.#traceOf(episode, 'operator'), ...(note === undefined ? {} : { note }) }
    this.take({ ...stepOf(id, episode, { kind, now }), by, trace })
  }

  /** Sets a flag. */
  flag({ now, flag: request }: Extract<EngineEvent, { type: 'flag' }>): void {
    const flag = this.#flags.set(request, { now, rank: this.state.opened++ })
    if (!flag) return
    const { by, reason } = flag
    this.#links.emit({ type: 'flag', change: 'set', flag, at: now, by, reason })
    if (isInForce(flag, now)) this.#beginFlag(flag.id)
    this.#setFlagClock(flag.id)
  }

  /** Takes a flag away. */
  unflag({ now, flag, by, reason }: Extract<EngineEvent, { type: 'unflag' }>): void {
    this.#endFlag(flag, { now, by, reason: reason ?? null })
  }

  /** Does what is due at engine time `now`. */
  wake(now: number): void {
    for (let due = this.#clocks.take(now); due; due = this.#clocks.take(now)) {
      const { kind, key } = due
      if (kind === 'hold') this.#endHold(key, now)
      else if (kind === 'escalate') this.#escalate(key, now)
      else if (kind === 'flag') this.#flagIsDue(key, now)
      else this.#steady(key, now)
    }
  }

  #newEpisode(): Pick<OpenEpisode, 'known' | 'tellAgain' | 'heldUntil' | 'escalation' | 'rank'> {
    return { known: null, tellAgain: false, heldUntil: null, escalation: null, rank: this.state.opened++ }
  }

  // Who is told of a step, and what the episode remembers of that.
  #tellingOf(transition: Transition, episode: OpenEpisode): Telling | undefined {
    const { kind, level, decidedAt: now } = transition
    if (kind === 'acknowledged') episode.escalation = null
    if (kind === 'deescalated' && level && episode.known && rankOf(level) < rankOf(episode.known))
      episode.known = level
    const beganToFlap = this.#noteChange(transition, episode)
    if (kind === 'raised') {
      const hidingMs = level === 'red' ? 0 : this.#inhibitions.waitMs(placeOf(episode))
      const waitMs = Math.max(hidingMs, settlingMs(transition, episode))
      episode.heldUntil = waitMs > 0 ? now + waitMs : null
    }
    if (kind === 'cleared') return this.#tellingOfEnd(episode, { now, beganToFlap })
    const withheld = this.#withheld(episode, now)
    if (beganToFlap && withheld.length > 0 && withheld.every(({ by }) => by === 'flapping'))
      return { ...toldTo(episode.rule), reason: 'flapping' }
    if (!isToBeTold({ kind, withheld: withheld.length > 0 }))
      return kind === 'raised' || kind === 'escalated' ? { told: [], withheld } : undefined
    if (kind !== 'stale') this.#noteTold(episode, now)
    return toldTo(episode.rule)
  }

  #tellingOfEnd(episode: OpenEpisode, { now, beganToFlap }: { now: number; beganToFlap: boolean }): Telling {
    const wasTold = episode.known !== null
    Object.assign(episode, { known: null, tellAgain: false, heldUntil: null, escalation: null })
    const withheld = this.#withheld(episode, now)
    if (beganToFlap && withheld.every(({ by }) => by === 'flapping'))
      return { ...toldTo(episode.rule), reason: 'flapping' }
    if (isToBeTold({ kind: 'cleared', withheld: !wasTold })) return toldTo(episode.rule)
    return { told: [], withheld: withheld.length > 0 ? withheld : [{ by: 'never told' }] }
  }

  // True when this step made the alarm one that flaps.
  #noteChange({ kind, decidedAt: now, episode }: Transition, open: OpenEpisode): boolean {
    if (kind !== 'raised' && kind !== 'cleared') return false
    const noted = this.#flappers.note({ episode, open, now, rank: open.rank })
    if (noted) this.#clocks.set('flap', noted.key, { due: noted.steadyAt, rank: open.rank })
    return noted?.began ?? false
  }

  #withheld(episode: OpenEpisode, now: number): Withheld[] {
    const place = placeOf(episode)
    const withheld = this.#flags.withholding(place, now)
    const hider = this.#inhibitions.hiderOf(place, {
      at: (rule, device) => (device === null ? undefined : this.runningAt(rule, device)),
      of: rule => this.#running.get(rule)?.values() ?? [],
    })
    if (hider !== undefined) withheld.push({ by: 'inhibited', episode: hider })
    if (episode.heldUntil !== null && episode.heldUntil > now)
      withheld.push({ by: 'held', until: episode.heldUntil })
    if (episode.level !== 'red' && this.#flappers.isFlapping(place)) withheld.push({ by: 'flapping' })
    return withheld
  }

  #noteTold(episode: OpenEpisode, now: number): void {
    episode.known = episode.level
    episode.tellAgain = false
    episode.escalation = episode.state === 'unacknowledged' ? { since: now, steps: 0 } : null
  }

  // Tells of an episode that runs, if that is news and nothing withholds it any more.
  #settle(id: string, now: number): void {
    const episode = this.state.episodes.get(id)
    if (!episode || !isNews(episode) || this.#withheld(episode, now).length > 0) return
    this.#noteTold(episode, now)
    this.#put(id, episode)
    this.#announce(id, episode, { now, told: episode.rule.notify, reason: 'no longer withheld' })
  }

  #announce(
    id: string,
    episode: OpenEpisode,
    { now, ...told }: Omit<Telling, 'withheld'> & { now: number },
  ): void {
    const transition = {
      ...stepOf(id, episode, { kind: told.told.length > 0 ? 'announced' : 'withheld', now }),
      trace: this.#traceOf(episode, 'timer'),
    }
    this.#record(transition, { ...told, withheld: told.told.length > 0 ? [] : [{ by: 'nobody named' }] })
  }

  #record(transition: Transition, telling?: Telling): void {
    const recorded = telling ? { ...transition, trace: { ...transition.trace, telling } } : transition
    this.#links.emit(recorded)
    for (const channel of telling?.told ?? [])
      this.#links.emit({ type: 'notify', channel, transition: recorded })
  }

  // Alarms that were hidden by an episode that has ended wait a little, and are then told if they still run.
  #release({ rule, device, site }: Transition, now: number): void {
    if (!this.#inhibitions.isHider(rule.id)) return
    const waiting = [...this.state.episodes]
      .filter(([, episode]) => isNews(episode))
      .map(([id, episode]) => ({ ...placeOf(episode), id, episode }))
    for (const { alarm, waitMs } of this.#inhibitions.released({ rule: rule.id, device, site }, waiting)) {
      alarm.episode.heldUntil = now + waitMs
      this.#setClocks(alarm.id, alarm.episode)
    }
  }

  #endHold(id: string, now: number): void {
    const episode = this.state.episodes.get(id)
    if (!episode) return
    episode.heldUntil = null
    const withheld = this.#withheld(episode, now)
    if (withheld.length === 0) this.#settle(id, now)
    else if (isNews(episode)) {
      const step = stepOf(id, episode, { kind: 'withheld', now })
      this.#record({ ...step, trace: this.#traceOf(episode, 'timer') }, { told: [], withheld })
    }
  }

  #escalate(id: string, now: number): void {
    const episode = this.state.episodes.get(id)
    const step = episode?.rule.escalate[episode.escalation?.steps ?? 0]
    if (!episode?.escalation || !step || episode.state !== 'unacknowledged') return
    if (this.#withheld(episode, now).length > 0) {
      // It begins anew when nothing withholds it any more.
      episode.escalation = null
      episode.tellAgain = true
      return
    }
    episode.escalation.steps++
    this.#announce(id, episode, { now, told: step.notify, reason: 'unacknowledged' })
    this.#setClocks(id, episode)
  }

  #flagIsDue(id: string, now: number): void {
    const kept = this.#flags.get(id)
    if (!kept) return
    if (now >= kept.flag.until) {
      this.#endFlag(id, { now, by: null, reason: null })
      return
    }
    this.#beginFlag(id)
    this.#setFlagClock(id)
  }

  // Who was told before is to be told again at the end, if the alarm still runs.
  #beginFlag(id: string): void {
    const kept = this.#flags.get(id)
    if (!kept) return
    kept.begun = true
    for (const [id, episode] of this.state.episodes) {
      if (!isActive(episode.state) || !covers(kept.flag, placeOf(episode))) continue
      episode.tellAgain = true
      episode.escalation = null
      this.#setClocks(id, episode)
    }
  }

  #endFlag(id: string, { now, by, reason }: { now: number; by: string | null; reason: string | null }): void {
    const flag = this.#flags.remove(id)
    if (!flag) return
    this.#clocks.clear('flag', id)
    this.#links.emit({ type: 'flag', change: 'ended', flag, at: now, by, reason })
    const covered = [...this.state.episodes].filter(([, episode]) => covers(flag, placeOf(episode)))
    for (const [episode] of covered) this.#settle(episode, now)
  }

  // An alarm has come to rest: it is told once how it stands now.
  #steady(key: string, now: number): void {
    const flap = this.#flappers.rest(key)
    if (!flap) return
    const open = this.state.episodes.get(flap.episode)
    const episode = open ?? { ...this.#newEpisode(), ...flap.last, level: null, state: 'normal' as const }
    const withheld = this.#withheld(episode, now)
    if (withheld.length > 0) {
      const step = stepOf(flap.episode, episode, { kind: 'withheld', now })
      this.#record({ ...step, trace: this.#traceOf(episode, 'timer') }, { told: [], withheld })
      return
    }
    if (open && isActive(open.state)) {
      this.#noteTold(open, now)
      this.#put(flap.episode, open)
    }
    this.#announce(flap.episode, episode, { now, told: episode.rule.notify, reason: 'steady' })
  }

  #traceOf({ rule, device, site }: OpenEpisode, cause: Trace['cause']): Trace {
    const trace = this.#links.explain(rule.id, device ?? site) ?? traceWithoutRule(rule.revision)
    return { ...trace, cause }
  }

  #close(id: string, open: OpenEpisode): void {
    this.#index(id, { ...open, state: 'normal' })
    this.#put(id, { ...open, state: 'normal' })
  }

  #put(id: string, episode: OpenEpisode): void {
    const { episodes } = this.state
    episodes.delete(id)
    if (episode.state === 'normal') {
      this.#clocks.clear('hold', id)
      this.#clocks.clear('escalate', id)
      return
    }
    episodes.set(id, episode)
    this.#setClocks(id, episode)
    if (episodes.size <= MAX_OPEN_EPISODES) return
    for (const [oldest, { state }] of episodes) {
      if (isActive(state)) continue
      episodes.delete(oldest)
      break
    }
  }

  #index(id: string, { rule, device, site, state }: OpenEpisode): void {
    let byPlace = this.#running.get(rule.id)
    if (!byPlace) {
      byPlace = new Map()
      this.#running.set(rule.id, byPlace)
    }
    const place = device ?? site
    if (isActive(state)) byPlace.set(place, { rule: rule.id, device, site, episode: id })
    else if (byPlace.get(place)?.episode === id) byPlace.delete(place)
  }

  #setClocks(id: string, { heldUntil, escalation, rule, rank }: OpenEpisode): void {
    this.#clocks.set('hold', id, { due: heldUntil, rank })
    const step = escalation && rule.escalate[escalation.steps]
    this.#clocks.set('escalate', id, { due: step ? escalation.since + step.afterMs : null, rank })
  }

  #setFlagClock(id: string): void {
    const kept = this.#flags.get(id)
    if (!kept) return
    const { flag, begun, rank } = kept
    this.#clocks.set('flag', id, { due: begun ? flag.until : flag.from, rank })
  }
}
