import type { CountedTransition } from '../alarm/load.ts'
import type { Effect, Transition } from '../engine/event.ts'
import { type Level, rankOf } from '../level.ts'

/** An alarm from its raise to its end, as a backtest finds it. Times are event times in ms UTC. */
export interface Episode {
  /** The id that the same rule gave or would give it live. */
  id: string
  rule: string
  device: string
  site: string
  /** When the condition first held. */
  onset: number
  raisedAt: number
  /** null: it still runs at the end of the span. */
  clearedAt: number | null
  highest: Level
  /** It was raised before the span begins: how long before depends on how far the warm-up reaches back. */
  runningAtFrom: boolean
  /** Each level it had, from its raise on; null at its end. */
  steps: { at: number; level: Level | null }[]
}

/** More steps than any usable rule takes: the replay stops there. */
const MOST_TRANSITIONS = 200_000

/** A replay that cannot give a usable answer, with the way out in its message. */
export class BacktestError extends Error {}

/** Gathers episodes from the effects of engines. */
export class EpisodeCollector {
  readonly transitions: CountedTransition[] = []
  readonly ruleFaults: string[] = []
  readonly #from: number
  readonly #episodes: Episode[] = []
  readonly #running = new Map<string, Episode>()

  constructor({ from }: { from: number }) {
    this.#from = from
  }

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'transition') this.#transition(effect)
      else if (effect.type === 'rule-fault')
        this.ruleFaults.push(`rule ${effect.rule} at ${effect.scope ?? 'all'}: ${effect.message}`)
    }
  }

  /** The episodes that touch the span, by onset. */
  episodes(): Episode[] {
    return this.#episodes
      .filter(({ clearedAt }) => clearedAt === null || clearedAt >= this.#from)
      .sort((a, b) => a.onset - b.onset || compareText(a.rule, b.rule) || compareText(a.device, b.device))
  }

  #transition(transition: Transition): void {
    const { episode: id, kind, level, rule, site } = transition
    const device = transition.device ?? site
    if (this.transitions.length >= MOST_TRANSITIONS)
      throw new BacktestError(
        `more than ${MOST_TRANSITIONS} steps of alarms, the last of rule "${rule.id}" at "${device}": shorten the span, or give the rule delays`,
      )
    this.transitions.push({
      episode: id,
      rule: { id: rule.id },
      device,
      kind,
      level,
      decidedAt: transition.decidedAt,
      retrospective: transition.retrospective,
    })
    if (kind === 'raised') {
      const episode = episodeFrom(transition, { from: this.#from })
      this.#episodes.push(episode)
      this.#running.set(id, episode)
      return
    }
    const episode = this.#running.get(id)
    if (!episode) return
    follow(episode, transition)
    if (episode.clearedAt !== null) this.#running.delete(id)
  }
}

/** The episode that a raise begins. */
export function episodeFrom(
  { episode: id, rule, device, site, onset, at, level }: Transition,
  { from }: { from: number },
): Episode {
  return {
    id,
    rule: rule.id,
    device: device ?? site,
    site,
    onset,
    raisedAt: at,
    clearedAt: null,
    highest: level as Level,
    runningAtFrom: at < from,
    steps: [{ at, level }],
  }
}

/** Takes a further step into an episode. */
export function follow(
  episode: Episode,
  { kind, level, at }: Pick<Transition, 'kind' | 'level' | 'at'>,
): void {
  if (level === episode.steps.at(-1)?.level) return
  episode.steps.push({ at, level })
  if (level !== null && rankOf(level) > rankOf(episode.highest)) episode.highest = level
  if (kind === 'cleared') episode.clearedAt = at
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
