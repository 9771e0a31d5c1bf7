import { isActive, type TransitionKind } from '../alarm/alarm.ts'
import type { Rule } from '../rule.ts'
import type { Desk, OperatorEvent } from './desk.ts'
import type { Effect, EngineEvent, RuleIdentity, Transition } from './event.ts'
import { identityOf, type OpenEpisode, settlingMs, stepOf } from './open-episode.ts'
import { traceWithoutRule } from './trace.ts'

/** Rules that each gateway's own engine decides, by gateway. Plain data. */
export type DelegationState = Map<string, readonly string[]>

/** What delegation needs of the engine. */
interface DelegationLinks {
  /** The desk in use; a configuration may bring another. */
  desk: () => Desk
  emit: (effect: Effect) => void
  /** Id of the episode that runs at a place as this engine sees it. */
  runsHere: (rule: string, place: string) => string | undefined
}

/** Steps that whoever sees the readings decides. Who is told, and what operators do, is the desk's here. */
const MIRRORED = new Set<TransitionKind>([
  'raised',
  'escalated',
  'deescalated',
  'cleared',
  'corrected',
  'stale',
  'refreshed',
])

/**
 * Who decides about the alarms of a rule at a place: this engine, or that of the gateway behind which it stands. An
 * episode stays with whoever began it. What this engine would have decided in the other's place is there to be compared.
 */
export class Delegation {
  readonly state: DelegationState
  readonly #links: DelegationLinks
  readonly #given = new Map<string, Set<string>>()
  #rules = new Map<string, Rule>()

  constructor(state: DelegationState, links: DelegationLinks) {
    this.state = state
    this.#links = links
    for (const [gateway, rules] of state) this.#given.set(gateway, new Set(rules))
  }

  /** @param present - ids of gateways by those that they had: what was given under these is theirs */
  configure(rules: readonly Rule[], present: ReadonlyMap<string, string>): void {
    this.#rules = new Map(rules.map(rule => [rule.id, rule]))
    for (const [old, given] of [...this.state]) {
      const gateway = present.get(old)
      if (gateway === undefined) continue
      this.state.delete(old)
      this.#given.delete(old)
      if (this.state.has(gateway)) continue
      this.state.set(gateway, given)
      this.#given.set(gateway, new Set(given))
    }
  }

  hear(event: Extract<EngineEvent, { type: 'delegate' | 'mirrored' }>, now: number): void {
    if (event.type === 'delegate') this.#give(event.gateway, event.rules, now)
    else this.#mirror(event.gateway, { ...event.transition, decidedAt: now })
  }

  /**
   * What an operator does. A reset also ends an episode that a gateway began and says no more of (its card was destroyed),
   * where this engine, which judges the same readings, sees none.
   */
  operate(event: OperatorEvent): void {
    const { type, episode: id, now, by, note } = event
    const desk = this.#links.desk()
    const episode = desk.state.episodes.get(id)
    if (type !== 'reset' || episode?.decidedBy === undefined || !isActive(episode.state)) {
      desk.operate(event)
    } else if (this.#links.runsHere(episode.rule.id, placeOf(episode)) === undefined) {
      const trace = { ...traceWithoutRule(episode.rule.revision), ...(note === undefined ? {} : { note }) }
      desk.take({ ...stepOf(id, episode, { kind: 'cleared', now }), level: null, by, trace })
    }
  }

  // From now on the gateway decides about these rules, and about no others. Episodes that it began and decides no longer
  // go on here, or end where this engine sees none.
  #give(gateway: string, rules: readonly string[], now: number): void {
    const { runsHere } = this.#links
    const desk = this.#links.desk()
    if (rules.length === 0) this.state.delete(gateway)
    else this.state.set(gateway, rules)
    const given = new Set(rules)
    this.#given.set(gateway, given)
    for (const [id, episode] of [...desk.state.episodes]) {
      if (episode.decidedBy !== gateway || given.has(episode.rule.id)) continue
      delete episode.decidedBy
      if (!isActive(episode.state) || runsHere(episode.rule.id, placeOf(episode)) === id) continue
      const trace = { ...traceWithoutRule(episode.rule.revision), cause: 'rule withdrawn' as const }
      desk.take({ ...stepOf(id, episode, { kind: 'cleared', now }), level: null, trace })
    }
  }

  /** Takes a step that this engine decided; `home` is the gateway behind which its place stands. */
  take(transition: Transition, home: string | undefined): void {
    const desk = this.#links.desk()
    const open = desk.state.episodes.get(transition.episode)
    const gateway = this.#deciderOf(transition.rule.id, home, open)
    if (gateway === undefined) desk.take(transition)
    else this.#links.emit({ type: 'checked', gateway, transition })
  }

  // Takes a step that a gateway decided, if it is of an episode that it began, or begins one where none runs.
  #mirror(gateway: string, transition: Transition): void {
    const desk = this.#links.desk()
    const { episode, rule, kind, retrospective, trace } = transition
    if (!MIRRORED.has(kind)) return
    const open = desk.state.episodes.get(episode)
    if (kind === 'raised' && !open && !retrospective) this.#endFormer(gateway, transition)
    const begins = retrospective || (kind === 'raised' && !desk.runningAt(rule.id, placeOf(transition)))
    if (open ? open.decidedBy !== gateway : !begins) return
    const known = this.#identityOf(rule)
    const isPast = retrospective || (open !== undefined && wasOver(transition, open) && !known.latch)
    desk.take({ ...transition, retrospective: isPast, rule: known, trace: { ...trace, gateway } }, gateway)
  }

  // A gateway has one episode at a place: where it begins another, the end of the former was lost with its card.
  #endFormer(gateway: string, { rule, device, site, onset, decidedAt }: Transition): void {
    const desk = this.#links.desk()
    const id = desk.runningAt(rule.id, placeOf({ device, site })) ?? ''
    const former = desk.state.episodes.get(id)
    if (former?.decidedBy !== gateway || former.onset >= onset) return
    const trace = { ...traceWithoutRule(former.rule.revision), cause: 'begun anew' as const, gateway }
    const step = stepOf(id, former, { kind: 'cleared', now: decidedAt })
    desk.take({ ...step, level: null, at: onset, trace })
  }

  #deciderOf(rule: string, home: string | undefined, open: OpenEpisode | undefined): string | undefined {
    if (open) return open.decidedBy
    return home !== undefined && this.#given.get(home)?.has(rule) ? home : undefined
  }

  // Who is told is what the rule says here; of one that is not here any more, nobody.
  #identityOf(rule: RuleIdentity): RuleIdentity {
    const known = this.#rules.get(rule.id)
    return known
      ? { ...identityOf(known), revision: rule.revision }
      : { ...rule, notify: [], escalate: [], flap: undefined }
  }
}

// The end of an episode whose page still waits for what its gateway has decided since: nobody was told of it.
const wasOver = (transition: Transition, open: OpenEpisode): boolean =>
  transition.kind === 'cleared' &&
  open.known === null &&
  open.heldUntil !== null &&
  settlingMs(transition, open) > 0

const placeOf = ({ device, site }: { device: string | null; site: string }): string => device ?? site
