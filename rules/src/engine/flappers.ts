import { FLAP_SLOTS, flapPercent, steadyFrom } from '../alarm/flapping.ts'
import type { Rule } from '../rule.ts'
import type { EngineDevice } from './event.ts'
import type { AlarmPlace } from './inhibition.ts'
import type { OpenEpisode } from './open-episode.ts'

/** How often an alarm came and went of late. Plain data. */
export interface FlapState {
  /** Length of a slot, ms: the usual time between two reports of the device. */
  slotMs: number
  /** Slots since 1970 in which the alarm was raised or cleared, ascending, each once. */
  changes: number[]
  /** Since when it flaps it is told no more; null while it does not. */
  steadyAt: number | null
  /** The newest episode. */
  episode: string
  last: Pick<OpenEpisode, 'rule' | 'device' | 'site' | 'onset'>
  rank: number
}

// The slot of what stands at no single device, such as an alarm of a site.
const DEFAULT_SLOT_MS = 60_000

/**
 * Which alarms flap, by Icinga's measure over twenty reporting intervals of the device. Only rules with a flap limit
 * are watched.
 */
export class Flappers {
  readonly #states: Map<string, FlapState>
  #intervals = new Map<string, number>()

  constructor(states: Map<string, FlapState>) {
    this.#states = states
  }

  /** Takes another configuration; returns the keys that are watched no more. */
  configure(rules: readonly Rule[], devices: readonly EngineDevice[]): string[] {
    this.#intervals = new Map(devices.map(({ id, intervalMs }) => [id, intervalMs]))
    const limited = new Set(rules.filter(({ flap }) => flap).map(({ id }) => id))
    const dropped: string[] = []
    for (const [key, { last, slotMs }] of this.#states) {
      if (limited.has(last.rule.id) && slotMs === this.#slotMs(last.device)) continue
      this.#states.delete(key)
      dropped.push(key)
    }
    return dropped
  }

  isFlapping({ rule, device, site }: AlarmPlace): boolean {
    return (this.#states.get(keyOf(rule, device ?? site))?.steadyAt ?? null) !== null
  }

  /**
   * Notes that an alarm was raised or cleared.
   *
   * @returns while it flaps: since now or before, and when it is at rest unless more comes; else undefined
   */
  note({
    episode,
    open,
    now,
    rank,
  }: {
    episode: string
    open: OpenEpisode
    now: number
    rank: number
  }): { key: string; began: boolean; steadyAt: number } | undefined {
    const { rule, device, site, onset } = open
    if (!rule.flap) return undefined
    const key = keyOf(rule.id, device ?? site)
    const slotMs = this.#slotMs(device)
    const slot = Math.floor(now / slotMs)
    const before = this.#states.get(key)
    const changes = [...new Set([...(before?.changes ?? []), slot])].filter(one => one > slot - FLAP_SLOTS)
    const wasFlapping = before !== undefined && before.steadyAt !== null
    const isFlapping = wasFlapping || flapPercent(changes, slot) > rule.flap.above
    const steadyAt = isFlapping ? steadyFrom(changes, { slot, below: rule.flap.below }) * slotMs : null
    this.#states.set(key, { slotMs, changes, steadyAt, episode, last: { rule, device, site, onset }, rank })
    return steadyAt === null ? undefined : { key, began: !wasFlapping, steadyAt }
  }

  /** An alarm has come to rest. */
  rest(key: string): FlapState | undefined {
    const state = this.#states.get(key)
    if (state) state.steadyAt = null
    return state
  }

  #slotMs(device: string | null): number {
    return this.#intervals.get(device ?? '') ?? DEFAULT_SLOT_MS
  }
}

const keyOf = (rule: string, place: string): string => `${rule}\n${place}`
