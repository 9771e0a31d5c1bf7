import { presentIds, seriesName } from '@picket/devices'
import { presentScope } from '../alarm/flag.ts'
import type { Rule } from '../rule.ts'
import type { DeskState } from './desk.ts'
import { type EngineState, scopeKey } from './engine-state.ts'
import type { EngineDevice, EngineSite } from './event.ts'
import type { Memories } from './features.ts'
import type { KeptScope } from './scope-state.ts'

/** Former ids of devices (gateways are some) and of sites, each with the present one, and the rules whose scopes are sites. */
export interface Renames {
  present: ReadonlyMap<string, string>
  sites: ReadonlyMap<string, string>
  perSite: ReadonlySet<string>
}

export const renamesOf = (
  rules: readonly Rule[],
  { devices, sites }: { devices: readonly EngineDevice[]; sites: readonly EngineSite[] },
): Renames => ({
  present: presentIds(devices),
  sites: presentIds(sites),
  perSite: new Set(rules.filter(({ per }) => per === 'site').map(({ id }) => id)),
})

/** The key of a scope under the present id of its device or site. */
function renamedScope(key: string, { present, sites, perSite }: Renames): string {
  const [rule = '', place = ''] = key.split('\n')
  return scopeKey(rule, (perSite.has(rule) ? sites : present).get(place) ?? place)
}

/** Whether a scope of before is one of now, be it under the new name of its device or site. */
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
 * A state in which devices and sites have their present ids: windows, delays, running episodes and flags go on under the
 * new name. What stands under the new name already stays. The same state where nothing was renamed.
 */
export function renamed(state: EngineState, renames: Renames): EngineState {
  const { present, sites } = renames
  if (present.size + sites.size === 0) return state
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
  const { present, sites } = renames
  const nameOf = (device: string): string => present.get(device) ?? device
  const siteOf = (site: string): string => sites.get(site) ?? site
  const placed = <T extends { device: string | null; site: string }>(one: T): T => ({
    ...one,
    device: one.device === null ? null : nameOf(one.device),
    site: siteOf(one.site),
  })
  return {
    episodes: new Map(
      [...episodes].map(([id, { decidedBy, ...episode }]) => [
        id,
        { ...placed(episode), ...(decidedBy === undefined ? {} : { decidedBy: nameOf(decidedBy) }) },
      ]),
    ),
    flags: new Map(
      [...flags].map(([id, kept]) => {
        const scope = presentScope(kept.flag.scope, { device: nameOf, site: siteOf })
        return [id, { ...kept, flag: { ...kept.flag, scope } }]
      }),
    ),
    flapping: new Map(
      [...rekeyed(flapping, key => renamedScope(key, renames))].map(([key, state]) => [
        key,
        { ...state, last: placed(state.last) },
      ]),
    ),
    opened,
  }
}
