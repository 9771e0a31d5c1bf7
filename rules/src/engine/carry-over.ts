import { type Level, rankOf } from '../level.ts'
import type { MissingPolicy } from '../rule.ts'
import type { Memories } from './features.ts'
import type { LadderState } from './ladder.ts'
import type { RuleOutline } from './outline.ts'
import type { ScopeState } from './scope-state.ts'

/** What a scope loses by a change of its rule. Everything that is not named is kept. */
export type Reset =
  /** A feature that is new or computed otherwise: its detector begins anew, from the samples that are kept. */
  | { kind: 'feature'; name: string }
  /** The on-delay of a level was running; its condition means something else now. */
  | { kind: 'delay'; level: Level }
  /** The off-delay of the level in force was running. */
  | { kind: 'clearing'; level: Level }
  /** The level in force is no more: the episode goes on at a milder one, or ends. */
  | { kind: 'episode'; level: Level; becomes: Level | null }
  /** Readings from before the change that come late are stored and not judged again. */
  | { kind: 'late' }

/** What a change of its rule reset in one scope. */
export interface ScopeChange {
  rule: string
  /** The device or site. */
  subject: string
  resets: readonly Reset[]
}

/** The state under the changed rule, and what was lost. */
export interface CarriedOver {
  state: ScopeState
  resets: Reset[]
  /** True when the ladder may stand otherwise than the outside was told. */
  isMoved: boolean
}

/**
 * Carries the state of a scope over to a changed rule. A detector is kept as long as its feature means the same, under
 * whatever name. A delay is kept as long as its condition means the same; how long it must last may change. A running
 * episode goes on at its level, or at the next milder one that the rule still has. What the new conditions say is found
 * out with the next reading or timer.
 *
 * @param old - outline of the rule that the state belongs to
 * @param at.now - engine time of the change
 * @param at.intervalMs - of the scope's slowest device
 */
export function carryOver(
  state: ScopeState,
  [old, rule]: readonly [old: RuleOutline, rule: RuleOutline],
  at: { now: number; intervalMs: number },
): CarriedOver {
  const { revision: _, ...before } = old
  const { revision: __, ...after } = rule
  if (JSON.stringify(before) === JSON.stringify(after)) return { state, resets: [], isMoved: false }
  const resets: Reset[] = []
  const ladder = carryLadder(state.ladder, [old, rule], resets)
  ladder.missing = isMissing(state.ladder, [old.missing, rule.missing], at)
  ladder.outOfSeason = old.season === rule.season && state.ladder.outOfSeason
  if (state.ladder.lastSample !== null) resets.push({ kind: 'late' })
  return {
    state: {
      ...state,
      ladder,
      checkpoints: { kept: [], beforeTimers: null },
      memories: carryMemories(state.memories, [old, rule], resets),
    },
    resets,
    isMoved: true,
  }
}

function carryLadder(
  ladder: LadderState,
  [old, rule]: readonly [RuleOutline, RuleOutline],
  resets: Reset[],
): LadderState {
  const places = rule.levels.map(({ level, on }) => {
    const place = old.levels.findIndex(one => one.level === level)
    if (place < 0) return -1
    if (old.levels[place]?.on === on) return place
    if (place > ladder.rung && ladder.since[place] != null) resets.push({ kind: 'delay', level })
    return -1
  })
  const kept = (values: readonly (number | null)[]): (number | null)[] =>
    places.map(place => values[place] ?? null)
  const inForce = old.levels[ladder.rung]
  const rung = inForce ? rule.levels.findLastIndex(({ level }) => rankOf(level) <= rankOf(inForce.level)) : -1
  const now = rule.levels[rung]
  const goesOn = inForce !== undefined && now?.level === inForce.level
  const clears = goesOn && now.on === inForce.on && now.off === inForce.off
  if (inForce && !goesOn) resets.push({ kind: 'episode', level: inForce.level, becomes: now?.level ?? null })
  if (inForce && goesOn && !clears && ladder.clearingSince !== null)
    resets.push({ kind: 'clearing', level: inForce.level })
  return {
    ...ladder,
    rung,
    since: kept(ladder.since),
    began: kept(ladder.began),
    unknownSince: kept(ladder.unknownSince),
    clearingSince: clears ? ladder.clearingSince : null,
    clearingUnknownSince: clears ? ladder.clearingUnknownSince : null,
    onset: inForce && !now ? null : ladder.onset,
  }
}

function isMissing(
  { missing, lastSample }: LadderState,
  [old, policy]: readonly [MissingPolicy, MissingPolicy],
  { now, intervalMs }: { now: number; intervalMs: number },
): boolean {
  if (old.afterMs === policy.afterMs && old.intervals === policy.intervals) return missing
  const afterMs = policy.afterMs ?? (policy.intervals as number) * intervalMs
  return missing && lastSample !== null && now >= lastSample + afterMs
}

function carryMemories(
  memories: Memories,
  [old, rule]: readonly [RuleOutline, RuleOutline],
  resets: Reset[],
): Memories {
  const kept = rule.features.flatMap(({ name, meaning }) => {
    const same = old.features.find(feature => feature.meaning === meaning)
    if (!same) resets.push({ kind: 'feature', name })
    const memory = same && memories[same.name]
    return memory ? [[name, memory] as const] : []
  })
  return Object.fromEntries(kept)
}
