import type { Rule } from '../rule.ts'
import { type CarriedOver, carryOver } from './carry-over.ts'
import type { LadderConditions } from './decision.ts'
import type { EngineState } from './engine-state.ts'
import type { EngineLimits, EngineSite } from './event.ts'
import type { RuleOutline } from './outline.ts'
import type { Emit } from './publication.ts'
import type { RecordQueue } from './record-queue.ts'
import { openRecorder } from './recorder.ts'
import { Scope } from './scope.ts'
import type { ScopePlan } from './scope-plan.ts'
import { type KeptScope, newScopeState } from './scope-state.ts'
import type { SeriesTable } from './series-table.ts'

/** What a scope is put together from, beside its rule and its devices. */
export interface ScopeAssembly {
  conditions: LadderConditions
  outline: RuleOutline
  /** What was kept of it under the rules of before. */
  old: KeptScope | undefined
  site: EngineSite | undefined
  /** Its place among the scopes of the configuration. */
  rank: number
  series: SeriesTable
  recorded: RecordQueue
  limits: EngineLimits
  now: number
  emit: Emit
}

/** What the scopes of one rule have in common. */
export type SharedAssembly = Pick<ScopeAssembly, 'conditions' | 'outline' | 'site'> & {
  before: EngineState
  adopted: boolean
}

/** Puts a scope together, with what its state keeps under the rule as it is now. */
export function assembleScope(
  rule: Rule,
  plan: ScopePlan,
  { conditions, outline, old, site, rank, series, recorded, limits, now, emit }: ScopeAssembly,
): { scope: Scope; carried: CarriedOver | undefined } {
  const { subject, own } = plan
  const intervalMs = Math.max(...own.map(device => device.intervalMs))
  const carried = old && carryOver(old.state, [old.outline, outline], { now, intervalMs })
  const ofDevice = subject.kind === 'device' ? (own[0]?.parameters ?? {}) : {}
  const members = rule.features.map(feature => series.membersOf(rule, feature, plan))
  const recorder = openRecorder({ rule, device: subject.id, rank, members }, series, recorded)
  const scope = new Scope(
    {
      ...{ rule, subject, intervalMs, conditions, outline, rank, members, limits, recorder },
      overrides: [ofDevice, site?.parameters ?? {}],
    },
    carried?.state ?? newScopeState(rule, now),
    emit,
  )
  recorder?.belongTo(scope)
  return { scope, carried }
}
