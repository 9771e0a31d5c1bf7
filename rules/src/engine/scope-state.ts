import type { Rule } from '../rule.ts'
import type { CheckpointState } from './checkpoints.ts'
import type { EngineLimits } from './event.ts'
import type { Memories } from './features.ts'
import { type LadderState, newLadder } from './ladder.ts'
import type { RuleOutline } from './outline.ts'
import { newPublication, type PublicationState } from './publication.ts'
import type { Recorder } from './recorder.ts'
import type { Subject } from './scope-plan.ts'
import type { SightParts } from './sight.ts'

/** What a scope is made of. */
export interface ScopeParts extends SightParts {
  /** What of its state is kept when the rule changes. */
  outline: RuleOutline
  subject: Subject
  /** Usual time between two reports of its own devices; of the slowest where they differ. */
  intervalMs: number
  /** Its place among the scopes of the configuration. */
  rank: number
  limits: EngineLimits
  /** Where the rule records. */
  recorder: Recorder | undefined
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
  outline: RuleOutline
  state: ScopeState
  /** Why it was stopped; null while it runs. */
  stopped: string | null
}

/**
 * Scopes of an engine that ran beside another, for that other to go on with: ladders and detectors are theirs, and what
 * the outside knows is what it was told, by the other one.
 */
export function adoptScopes(
  told: ReadonlyMap<string, KeptScope>,
  adopted: ReadonlyMap<string, KeptScope>,
): Map<string, KeptScope> {
  return new Map(
    [...adopted].map(([key, kept]) => {
      const { running, ended } = told.get(key)?.state.publication ?? newPublication()
      const publication = { ...kept.state.publication, running, ended }
      return [key, { ...kept, state: { ...kept.state, publication } }]
    }),
  )
}
