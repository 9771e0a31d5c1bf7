import type { DelegationState } from './delegation.ts'
import type { DeskState } from './desk.ts'
import type { RuleFault, RunBeside } from './event.ts'
import { adoptScopes, type KeptScope } from './scope-state.ts'
import type { SeriesState } from './series.ts'

/** The engine's whole state as plain data, for a structured clone or v8.serialize. */
export interface EngineState {
  now: number
  series: Map<string, SeriesState>
  /** By rule and device or site. */
  scopes: Map<string, KeptScope>
  desk: DeskState
  /** Absent in what was kept before there was any. */
  delegated?: DelegationState
}

/** The state that an engine goes on from when it is configured. */
export const beginningOf = (own: EngineState, adopt: RunBeside | undefined): EngineState =>
  adopt ? { ...own, series: adopt.series, scopes: adoptScopes(own.scopes, adopt.scopes) } : own

/** What a scope is kept under: its rule, and its device or site. */
export const scopeKey = (rule: string, place: string): string => `${rule}\n${place}`

/** What a fault is kept under. */
export const faultKey = ({ rule, scope }: RuleFault): string =>
  scope === null ? rule : scopeKey(rule, scope)
