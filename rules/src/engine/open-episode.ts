import { type AlarmState, isActive } from '../alarm/alarm.ts'
import { type Level, rankOf } from '../level.ts'
import type { RuleIdentity, Telling, Transition } from './event.ts'
import type { AlarmPlace } from './inhibition.ts'

/** An episode that runs or still waits for an operator. Plain data. */
export interface OpenEpisode {
  rule: RuleIdentity
  /** Null for an alarm of the whole site. */
  device: string | null
  site: string
  level: Level | null
  state: AlarmState
  onset: number
  /** The level that somebody was told of; null: nobody was told that it runs. */
  known: Level | null
  /** Somebody was told, but before it was set aside: it is told again when that ends. */
  tellAgain: boolean
  /** Engine time until which its page waits, because an alarm that hides it may come. */
  heldUntil: number | null
  /** When it was told and not yet acknowledged, and how many steps of escalation have been taken since. */
  escalation: { since: number; steps: number } | null
  /** The gateway whose engine decides about it; absent where this one does. */
  decidedBy?: string
  /** Its place among what falls due at the same instant. */
  rank: number
}

/** Whether a level runs that nobody has been told of, or not since it was set aside. */
export const isNews = ({ state, level, known, tellAgain }: OpenEpisode): boolean =>
  isActive(state) && level !== null && (tellAgain || known === null || rankOf(level) > rankOf(known))

/** What flags and inhibitions know an episode by. */
export const placeOf = ({ rule, device, site }: OpenEpisode): AlarmPlace => ({
  rule: rule.id,
  device,
  site,
})

/** A step of an episode that changes no level, at engine time `now`. */
export const stepOf = (
  id: string,
  { rule, device, site, level, onset }: OpenEpisode,
  { kind, now }: { kind: Transition['kind']; now: number },
): Omit<Transition, 'trace'> => ({
  type: 'transition',
  episode: id,
  rule,
  device,
  site,
  kind,
  level,
  at: now,
  onset,
  decidedAt: now,
  retrospective: false,
})

/** What stays known of a rule. */
export const identityOf = (rule: RuleIdentity): RuleIdentity => {
  const { id, revision, name, message, notify, latch, flap, escalate } = rule
  return { id, revision, name, message, notify, latch, flap, escalate }
}

/** Those whom a rule names are told. */
export const toldTo = ({ notify }: RuleIdentity): Telling => ({
  told: notify,
  withheld: notify.length > 0 ? [] : [{ by: 'nobody named' }],
})

// What a gateway decided while its link was down comes step by step: the end may be on its way.
const OLD_MS = 120_000
const SETTLING_MS = 5000

/** How long the page of a raise waits for what a gateway has decided since, ms. */
export const settlingMs = ({ at, decidedAt }: Transition, { decidedBy }: OpenEpisode): number =>
  decidedBy !== undefined && decidedAt - at > OLD_MS ? SETTLING_MS : 0
