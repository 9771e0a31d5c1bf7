import { seriesName } from '@picket/devices'
import type { Rule } from '../rule.ts'
import type { DeskState } from './desk.ts'
import { type EngineState, scopeKey } from './engine-state.ts'
import type { EngineDevice } from './event.ts'
import type { Memories } from './features.ts'
import type { KeptScope } from './scope-state.ts'

/** Former ids of devices, each with the present one, and the rules whose scopes are sites. */
export interface Renames {
  present: ReadonlyMap<string, string>
  perSite: ReadonlySet<string>
}

export const renamesOf = (devices: readonly EngineDevice[], rules: readonly Rule[]): Renames => ({
  present: new Map(devices.flatMap(({ id, formerly }) => (formerly ?? []).map(old => [old, id] as const))),
  perSite: new Set(rules.filter(({ per }) => per === 'site').map(({ id }) => id)),
})

/** The key of a scope under the present id of its device. */
function renamedScope(key: string, { present, perSite }: Renames): string {
  const [rule = '', place = ''] = key.split('\n')
  return perSite.has(rule) ? key : scopeKey(rule, present.get(place) ?? place)
}

/** Whether a scope of before is one of now, be it under the new name of its device. */
export function goesOn(
  key: string,
  before: ReadonlyMap<string, unknown>,
  now: ReadonlyMap<string, unknown>,
  renames: Renames,
): boolean {
  const other = renamedScope(key, renames)
  return now.has(other) && (other === key || !before.has(other))
}

/**
 * A state in which devices have their present ids: windows, delays, running episodes and flags of a device go on under
 * its new name. What stands under the new name already stays. The same state where nothing was renamed.
 */
export function renamed(state: EngineState, renames: Renames): EngineState {
  const { present } = renames
  if (present.size === 0) return state
  const { series, scopes, desk } = state
  return {
    ...state,
    series: rekeyed(series, key => {
      const [device = '', ...rest] = key.split('/')
      return seriesName(present.get(device) ?? device, rest.join('/'))
    }),
    scopes: new Map(
      [...rekeyed(scopes, key => renamedScope(key, renames))].map(([key, kept]) => [
        key,
        withMemories(kept, memories => renamedMemories(memories, present)),
      ]),
    ),
    desk: renamedDesk(desk, renames),
  }
}

// Those that have the key already go before those that are given it.
function rekeyed<T>(map: ReadonlyMap<string, T>, rename: (key: string) => string): Map<string, T> {
  const result = new Map<string, T>()
  for (const [key, value] of map) {
    const other = rename(key)
    if (other === key || !map.has(other)) result.set(other, value)
  }
  return result
}

function withMemories(kept: KeptScope, change: (memories: Memories) => Memories): KeptScope {
  const { state } = kept
  const { kept: checkpoints, beforeTimers } = state.checkpoints
  const changed = <T extends { memories: Memories }>(one: T): T => ({
    ...one,
    memories: change(one.memories),
  })
  return {
    ...kept,
    state: {
      ...changed(state),
      checkpoints: { kept: checkpoints.map(changed), beforeTimers: beforeTimers && changed(beforeTimers) },
    },
  }
}

const renamedMemories = (memories: Memories, present: Renames['present']): Memories =>
  Object.fromEntries(
    Object.entries(memories).map(([feature, byDevice]) => [
      feature,
      Object.fromEntries(
        Object.entries(byDevice).map(([device, memory]) => [present.get(device) ?? device, memory]),
      ),
    ]),
  )

function renamedDesk({ episodes, flags, flapping, opened }: DeskState, renames: Renames): DeskState {
  const { present } = renames
  const known = (device: string | null): string | null => device && (present.get(device) ?? device)
  return {
    episodes: new Map(
      [...episodes].map(([id, episode]) => [id, { ...episode, device: known(episode.device) }]),
    ),
    flags: new Map(
      [...flags].map(([id, kept]) => {
        const { scope } = kept.flag
        const device = scope.device === undefined ? undefined : known(scope.device)
        return [id, device ? { ...kept, flag: { ...kept.flag, scope: { ...scope, device } } } : kept]
      }),
    ),
    flapping: new Map(
      [...rekeyed(flapping, key => renamedScope(key, renames))].map(([key, state]) => [
        key,
        { ...state, last: { ...state.last, device: known(state.last.device) } },
      ]),
    ),
    opened,
  }
}
