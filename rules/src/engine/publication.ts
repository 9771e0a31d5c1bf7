import { type Level, rankOf } from '../level.ts'
import type { Rule } from '../rule.ts'
import { episodeId } from './episode.ts'
import type { Trace, Transition } from './event.ts'
import type { LadderChange } from './ladder.ts'
import type { Subject } from './scope-plan.ts'

interface Step {
  change: LadderChange
  trace: Trace
}

/** What the outside knows of one scope, and what it has not been told yet. Plain data. */
export interface PublicationState {
  /** The running episode as the outside knows it. */
  running: { episode: string; onset: number; level: Level; retrospective: boolean; stale: boolean } | null
  /** Ended episodes that late readings may tell of again. */
  ended: { onset: number; end: number }[]
  /** Steps of the running episode that were held back. */
  held: Step[]
  /** When an episode that the outside takes for running ended, by readings that were held back. */
  heldEnd: number | null
  /** While steps are held: event time of the newest sample that the outside has heard of; else null. */
  toldUntil: number | null
}

/** Where transitions go. */
export type Emit = (transition: Transition) => void

const MAX_ENDED = 64
const MAX_HELD = 64

export const newPublication = (): PublicationState => ({
  running: null,
  ended: [],
  held: [],
  heldEnd: null,
  toldUntil: null,
})

/** How a step came about: engine time, and the trace that explains it. */
export interface Why {
  now: number
  trace: () => Trace
}

/**
 * Tells the outside about the steps of a ladder. Live steps go out at once. While old readings are worked
 * off, steps are held: an episode that ends among them is told as retrospective, one that still runs when
 * the present is reached goes live.
 */
export class Publication {
  readonly #rule: Rule
  readonly #subject: Subject
  readonly state: PublicationState
  readonly #emit: Emit

  constructor(of: { rule: Rule; subject: Subject; state: PublicationState }, emit: Emit) {
    this.#rule = of.rule
    this.#subject = of.subject
    this.state = of.state
    this.#emit = emit
  }

  /** True where the outside knows of exactly this: false for an episode told as past that has come to the present. */
  tells(level: Level | null, stale: boolean): boolean {
    const { running } = this.state
    return (
      (running?.level ?? null) === level && !running?.retrospective && (running?.stale ?? false) === stale
    )
  }

  /** A step in the present. */
  tell(change: LadderChange, why: Why): void {
    const { state } = this
    const retrospective = state.running?.retrospective ?? false
    const onset = state.running?.onset ?? change.onset
    const episode = state.running?.episode ?? episodeId(this.#rule.id, this.#subject.id, onset)
    if (change.level === null) {
      this.#remember(onset, change.at)
      state.running = null
    } else {
      const isSameAge = change.kind !== 'stale' && change.kind !== 'refreshed'
      const stale = isSameAge ? (state.running?.stale ?? false) : change.kind === 'stale'
      state.running = { episode, onset, level: change.level, retrospective, stale }
    }
    this.#send({ ...change, onset }, { episode, now: why.now, retrospective, trace: why.trace() })
  }

  /** From here on steps are held. What runs as told was last seen running at `toldUntil`. */
  beginHolding(toldUntil: number): void {
    this.state.toldUntil ??= toldUntil
  }

  /** A step among old readings. */
  hold(change: LadderChange, why: Why): void {
    const { state } = this
    const step = { change, trace: why.trace() }
    if (change.level !== null) {
      // The first step tells the onset and the newest the level: those between go when there are too many.
      if (state.held.length >= MAX_HELD) state.held.splice(1, 1)
      state.held.push(step)
      return
    }
    const steps = [...state.held, step]
    state.held = []
    if (this.#isRunning(change)) {
      state.heldEnd = change.at
      return
    }
    if (state.ended.some(other => change.onset <= other.end && change.at >= other.onset)) return
    const episode = episodeId(this.#rule.id, this.#subject.id, change.onset)
    for (const { change, trace } of steps)
      this.#send(change, { episode, now: why.now, retrospective: true, trace })
    this.#remember(change.onset, change.at)
  }

  /** Forgets what was held after an event time: the readings from there on are worked off anew. */
  dropHeld(after: number): void {
    const { state } = this
    state.held = state.held.filter(({ change }) => change.at <= after)
    if (state.heldEnd !== null && state.heldEnd > after) state.heldEnd = null
  }

  /**
   * The present is reached: makes what the outside knows agree with the ladder.
   *
   * @param ladder - the level in force, the onset of its episode, how far the ladder was moved, and whether the
   * level rests on readings that are too old
   * @param tooOld - the newest sample is so old that nobody is to be woken by it
   */
  reconcile(
    ladder: { level: Level | null; onset: number | null; clock: number; stale: boolean },
    tooOld: boolean,
    why: Why,
  ): void {
    const { state } = this
    const { level, clock } = ladder
    const since = ladder.onset ?? clock
    if (
      state.running &&
      (level === null || !this.#isRunning({ onset: since, at: Number.POSITIVE_INFINITY }))
    ) {
      const { onset } = state.running
      // A ladder adopted from a shadow may have held the end of an earlier episode than the one that was told.
      const at = Math.max(onset, state.heldEnd ?? Math.min(since, clock))
      this.tell({ kind: 'cleared', level: null, at, onset }, why)
    }
    if (level !== null) this.#agreeOn(level, { onset: ladder.onset, clock }, { tooOld, why })
    const { running } = state
    if (running && running.stale !== ladder.stale) {
      const kind = ladder.stale ? 'stale' : 'refreshed'
      this.tell({ kind, level: running.level, at: clock, onset: running.onset }, why)
    }
    this.dropHeld(Number.NEGATIVE_INFINITY)
    state.toldUntil = null
  }

  // Something runs now: what the outside takes for running, or an episode that it has not heard of.
  #agreeOn(
    level: Level,
    { onset, clock }: { onset: number | null; clock: number },
    { tooOld, why }: { tooOld: boolean; why: Why },
  ): void {
    const { running } = this.state
    if (running === null || (running.retrospective && !tooOld)) {
      this.#bringToLight(
        level,
        { onset: running?.onset ?? onset ?? clock, clock, retrospective: tooOld },
        why,
      )
    } else this.#correct(level, { onset: onset ?? running.onset, clock }, why)
  }

  // Whether an episode is the one that the outside takes for running, or a part of it. One that began after all that
  // the outside has heard of is another.
  #isRunning({ onset, at }: { onset: number; at: number }): boolean {
    const { running, toldUntil } = this.state
    return running !== null && at >= running.onset && onset <= (toldUntil ?? Number.POSITIVE_INFINITY)
  }

  // An episode that still runs is told once, at its present level and with its true onset.
  #bringToLight(
    level: Level,
    { onset, clock, retrospective }: { onset: number; clock: number; retrospective: boolean },
    why: Why,
  ): void {
    const { held } = this.state
    const episode = episodeId(this.#rule.id, this.#subject.id, onset)
    const trace = held.at(-1)?.trace ?? why.trace()
    const history = held.map(({ change: { kind, level, at } }) => ({ kind, level, at }))
    this.state.running = { episode, onset, level, retrospective, stale: false }
    this.#send(
      { kind: 'raised', level, at: held[0]?.change.at ?? clock, onset },
      { episode, now: why.now, retrospective, trace: { ...trace, history } },
    )
  }

  #correct(level: Level, { onset, clock }: { onset: number; clock: number }, why: Why): void {
    const { held } = this.state
    const running = this.state.running as NonNullable<PublicationState['running']>
    if (onset < running.onset) {
      running.onset = onset
      this.#send(
        { kind: 'corrected', level: running.level, at: clock, onset },
        { ...running, now: why.now, trace: why.trace() },
      )
    }
    if (level === running.level) return
    const kind = rankOf(level) > rankOf(running.level) ? 'escalated' : 'deescalated'
    this.tell({ kind, level, at: held.at(-1)?.change.at ?? clock, onset: running.onset }, why)
  }

  #remember(onset: number, end: number): void {
    this.state.ended.push({ onset, end })
    if (this.state.ended.length > MAX_ENDED) this.state.ended.shift()
  }

  #send(
    change: Omit<LadderChange, 'kind'> & { kind: Transition['kind'] },
    {
      episode,
      now,
      retrospective,
      trace,
    }: { episode: string; now: number; retrospective: boolean; trace: Trace },
  ): void {
    this.#emit({
      ...change,
      type: 'transition',
      episode,
      rule: this.#rule,
      device: this.#subject.kind === 'device' ? this.#subject.id : null,
      site: this.#subject.site,
      decidedAt: now,
      retrospective,
      trace,
    })
  }
}
