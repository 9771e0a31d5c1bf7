import { rankOf } from '../level.ts'
import type { Rule } from '../rule.ts'
import type { CheckpointState } from './checkpoints.ts'
import type { EngineLimits } from './event.ts'
import type { Memories } from './features.ts'
import { type LadderState, newLadder } from './ladder.ts'
import { newPublication, type PublicationState } from './publication.ts'
import type { Subject } from './scope-plan.ts'
import type { SightParts } from './sight.ts'

/** What a scope is made of. */
export interface ScopeParts extends SightParts {
  subject: Subject
  /** Usual time between two reports of its own devices; of the slowest where they differ. */
  intervalMs: number
  /** Its place among the scopes of the configuration. */
  rank: number
  limits: EngineLimits
}

/** One ladder of a rule, as plain data. Times are event times in ms UTC unless said otherwise. */
export interface ScopeState {
  ladder: LadderState
  /** How far the ladder has been moved. */
  clock: number
  checkpoints: CheckpointState
  publication: PublicationState
  /** Working off old readings: the ladder follows them alone, and its steps are held. */
  catching: boolean
  /** Earliest late sample that the ladder has not seen. */
  dirtyFrom: number | null
  /** Engine times of the first and the newest late or old reading that is being waited out. */
  settle: { since: number; last: number } | null
  /** Engine time of the newest reading, or of the scope's making. */
  heardAt: number
  /** What the detectors remember; set when the state is kept. */
  memories: Memories
}

export const newScopeState = (rule: Rule, now: number): ScopeState => ({
  ladder: newLadder(rule),
  clock: Number.NEGATIVE_INFINITY,
  checkpoints: { kept: [], beforeTimers: null },
  publication: newPublication(),
  catching: false,
  dirtyFrom: null,
  settle: null,
  heardAt: now,
  memories: {},
})

/** A scope as it is kept between configurations and in a snapshot. */
export interface KeptScope {
  revision: string
  state: ScopeState
  /** Why it was stopped; null while it runs. */
  stopped: string | null
}

/**
 * An unchanged rule goes on where it was. A changed one keeps its running episode, at the nearest rung that
 * it still has, and judges anew.
 */
export function carriedOver(rule: Rule, old: KeptScope | undefined): ScopeState | undefined {
  if (!old || old.revision === rule.revision) return old?.state
  const { ladder, publication } = old.state
  const level = publication.running?.level
  const lower = rule.levels.findLastIndex(one => level !== undefined && rankOf(one.level) <= rankOf(level))
  const rung = level === undefined || rule.levels.length === 0 ? -1 : Math.max(lower, 0)
  return {
    ...old.state,
    ladder: { ...newLadder(rule), rung, lastSample: ladder.lastSample, onset: ladder.onset },
    checkpoints: { kept: [], beforeTimers: null },
    memories: {},
  }
}
