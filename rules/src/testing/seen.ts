import type { Effect, Trace, Transition } from '../engine/event.ts'
import { rankOf } from '../level.ts'
import type { Expectation } from './prepare.ts'

/** What is known of one rule at one device at an instant. */
export interface Seen {
  state: Expectation['state']
  /** The newest step of the episode that runs, or else of the one told last; undefined before the first. */
  newest: Transition | undefined
  /** It goes on, but rests on readings that are too old. */
  stale: boolean
  /** The highest level of that episode so far. */
  highest: Transition['level']
  /** Conditions that hold above the level in force, while their delays have not passed; the mildest first. */
  pending: Trace['conditions']
  /** Channels that were told something since the expectation before, sorted. */
  notified: string[]
  trace: Trace | undefined
  /** The newest value of each series that the rule records there. */
  recorded: Record<string, number>
}

/**
 * What is known of an expectation's rule and device.
 *
 * @param from.effects - of the engine so far
 * @param from.since - engine time of the look before: what was told until then is not news
 */
export function seenOf(
  { rule, scope, retrospective }: Expectation,
  { effects, since, trace }: { effects: readonly Effect[]; since: number; trace: Trace | undefined },
): Seen {
  const isAbout = (transition: Transition): boolean =>
    transition.rule.id === rule.id && (transition.device ?? transition.site) === scope
  const transitions = effects
    .filter(effect => effect.type === 'transition')
    .filter(isAbout)
    // Where it matters whether an episode was told as past, one of the other sort is no answer.
    .filter(transition => retrospective === undefined || transition.retrospective === retrospective)
  const notified = effects.flatMap(effect =>
    effect.type === 'notify' && isAbout(effect.transition) && effect.transition.decidedAt > since
      ? [effect.channel]
      : [],
  )
  const newestOfEach = new Map(transitions.map(transition => [transition.episode, transition]))
  const running = [...newestOfEach.values()].findLast(({ level }) => level !== null)
  const newest = running ?? transitions.at(-1)
  const rank = running?.level ? rankOf(running.level) : -1
  const pending = trace?.conditions.filter(({ on, level }) => on === true && rankOf(level) > rank) ?? []
  const levels = transitions
    .filter(({ episode }) => episode === newest?.episode)
    .flatMap(({ level }) => level ?? [])
    .sort((a, b) => rankOf(a) - rankOf(b))
  return {
    state: running ? 'raised' : pending.length > 0 ? 'pending' : newest ? 'cleared' : 'none',
    newest,
    stale: running !== undefined && isStale(transitions, running.episode),
    highest: levels.at(-1) ?? null,
    pending,
    notified: [...new Set(notified)].sort(),
    trace,
    recorded: recordedBy(rule.id, scope, effects),
  }
}

// What a store would hold: a value may be written over, or taken back.
function recordedBy(rule: string, device: string, effects: readonly Effect[]): Record<string, number> {
  const series = new Map<string, Map<number, number>>()
  for (const effect of effects) {
    if (effect.type !== 'recorded' || effect.rule !== rule || effect.device !== device) continue
    const values = series.get(effect.quantity) ?? new Map<number, number>()
    series.set(effect.quantity, values)
    if (effect.v === null) values.delete(effect.t)
    else values.set(effect.t, effect.v)
  }
  return Object.fromEntries(
    [...series].flatMap(([quantity, values]) => {
      const newest = values.get(Math.max(...values.keys()))
      return newest === undefined ? [] : [[quantity, newest]]
    }),
  )
}

function isStale(transitions: readonly Transition[], episode: string): boolean {
  const told = transitions.findLast(
    one => one.episode === episode && (one.kind === 'stale' || one.kind === 'refreshed'),
  )
  return told?.kind === 'stale'
}
