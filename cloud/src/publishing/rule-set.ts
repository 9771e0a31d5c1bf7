import { createHash } from 'node:crypto'
import type { Rule } from '@picket/rules'
import type { RuleSetEvent } from '../stores/ports.ts'

/** The author of what the configured files hold. */
export const FILES = 'files'

/** Who does what nobody asked for, such as stopping a shadow that fails. */
export const CLOUD = 'cloud'

/** Where a revision stands. `past`: it was in force once. */
export type RuleSetState = 'proposed' | 'shadow' | 'live' | 'past' | 'withdrawn'

/** What a person may do to a revision. */
export const STEPS = ['approve', 'shadow', 'unshadow', 'publish', 'rollback', 'withdraw'] as const
export type RuleSetStep = (typeof STEPS)[number]

/** Sixteen hexadecimal digits of the SHA-256 of the packs' texts, in their order. */
export const digestOf = (packs: readonly { text: string }[]): string =>
  createHash('sha256')
    .update(JSON.stringify(packs.map(({ text }) => text)))
    .digest('hex')
    .slice(0, 16)

/** Where a revision stands, by what became of it. */
export function stateOf(events: readonly RuleSetEvent[], isLive: boolean): RuleSetState {
  if (isLive) return 'live'
  const last = events.findLast(({ kind }) => kind !== 'approved')?.kind
  if (last === 'withdrawn') return 'withdrawn'
  if (last === 'shadowed') return 'shadow'
  return wasInForce(events) ? 'past' : 'proposed'
}

export const wasInForce = (events: readonly RuleSetEvent[]): boolean => events.some(isPutInForce)

export const isPutInForce = ({ kind }: RuleSetEvent): boolean =>
  kind === 'published' || kind === 'rolled-back' || kind === 'fell-back'

/** Ids of the life-safety rules that a change adds, changes or removes; a rule that becomes one, or ceases to be, too. */
export function lifeSafetyTouched(before: readonly Rule[], after: readonly Rule[]): string[] {
  const old = new Map(before.map(rule => [rule.id, rule]))
  const kept = new Set(after.map(({ id }) => id))
  const changed = after.filter(
    rule => (rule.lifeSafety || old.get(rule.id)?.lifeSafety) && old.get(rule.id)?.revision !== rule.revision,
  )
  const removed = before.filter(({ id, lifeSafety }) => lifeSafety && !kept.has(id))
  return [...changed, ...removed].map(({ id }) => id)
}

/** The person behind a name: a token that bears a user's name is that user's. */
export const personOf = (by: string): string => by.replace(/^token /, '')
