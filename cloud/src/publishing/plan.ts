import {
  Engine,
  type Level,
  type Reset,
  type Rule,
  type RuleDifference,
  type RunBeside,
  ruleDifferences,
  type TransitionKind,
} from '@picket/rules'
import { channelWarnings } from '../alerts/unknown-channels.ts'
import { type Compiled, configureEvent } from '../ingest/engine-host.ts'

/** What publishing a rule set would change. */
export interface Plan {
  added: string[]
  removed: string[]
  changed: { rule: string; differences: RuleDifference[] }[]
  unchanged: number
  /** State that starts over, each with how many devices it is about and some of them. */
  resets: { rule: string; reset: Reset; count: number; devices: string[] }[]
  /** Alarms that would take a step at once, before any reading. */
  steps: { rule: string; device: string | null; kind: TransitionKind; level: Level | null }[]
  /** How many steps there are; the list is cut. */
  stepCount: number
  /** Rules that notify a channel that the cloud lacks, in words. */
  warnings: string[]
}

const MAX_DEVICES_NAMED = 20
const MAX_STEPS = 500

/**
 * Finds out what a change of the rule set would do by doing it on a copy of the engine: what is planned cannot differ from
 * what publishing does. `beside` is the
 * state of the candidate where it runs as the shadow. It copies the engine's whole state, some 100 ms for each million samples kept, while ingest waits.
 */
export function planOf(
  engine: Engine,
  [current, candidate]: readonly [Compiled, Compiled],
  beside?: RunBeside,
): Plan {
  const copy = new Engine({}, structuredClone(engine.state()))
  copy.step(configureEvent(current, engine.now))
  const adopt = beside ? { adopt: structuredClone(beside) } : {}
  const effects = copy.step({ ...configureEvent(candidate, engine.now), ...adopt })
  const steps = effects.flatMap(effect =>
    effect.type === 'transition'
      ? [{ rule: effect.rule.id, device: effect.device, kind: effect.kind, level: effect.level }]
      : [],
  )
  return {
    ...compare(current.rules, candidate.rules),
    resets: resetsOf(copy.changes),
    steps: steps.slice(0, MAX_STEPS),
    stepCount: steps.length,
    warnings: channelWarnings(candidate),
  }
}

function compare(
  before: readonly Rule[],
  after: readonly Rule[],
): Pick<Plan, 'added' | 'removed' | 'changed' | 'unchanged'> {
  const old = new Map(before.map(rule => [rule.id, rule]))
  const kept = after.flatMap(rule => {
    const known = old.get(rule.id)
    return known ? [[known, rule] as const] : []
  })
  const changed = kept.filter(([was, is]) => was.revision !== is.revision)
  const ids = new Set(after.map(({ id }) => id))
  return {
    added: after.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    removed: before.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
    changed: changed.map(([was, is]) => ({ rule: is.id, differences: ruleDifferences(was, is) })),
    unchanged: kept.length - changed.length,
  }
}

function resetsOf(changes: Engine['changes']): Plan['resets'] {
  const found = new Map<string, Plan['resets'][number]>()
  for (const { rule, subject, resets } of changes) {
    for (const reset of resets) {
      const key = JSON.stringify([rule, reset])
      const entry = found.get(key) ?? { rule, reset, count: 0, devices: [] }
      found.set(key, entry)
      entry.count++
      if (entry.devices.length < MAX_DEVICES_NAMED) entry.devices.push(subject)
    }
  }
  return [...found.values()]
}
