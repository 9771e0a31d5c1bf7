import type { Transition, TransitionKind } from '@picket/rules'

/** Steps that must come from both engines; the others depend on when each of them heard what. */
const COMPARED = new Set<TransitionKind>(['raised', 'escalated', 'deescalated', 'cleared'])
// A gateway's readings and its steps may come by different lanes; a backlog is worked off within this or so.
const PATIENCE_MS = 900_000
const MOST_WAITING = 10_000

interface Waiting {
  gateway: string
  by: 'gateway' | 'cloud'
  since: number
  words: string
}

/**
 * Compares what the engines of gateways decided with what the cloud's would have decided on the same readings. A step
 * that only one of them took in a quarter of an hour is a difference.
 */
export class GuardComparison {
  readonly #waiting = new Map<string, Waiting>()
  readonly #differences = new Map<string, number>()

  /** Takes a step that one of the two engines took, at engine time `now`. */
  take(
    by: Waiting['by'],
    gateway: string,
    { episode, kind, level, rule, device, site, decidedAt }: Transition,
  ): void {
    if (!COMPARED.has(kind)) return
    const key = JSON.stringify([episode, kind, level])
    const other = this.#waiting.get(key)
    if (other && other.by !== by) {
      this.#waiting.delete(key)
      return
    }
    const words = `rule ${rule.id} at ${device ?? site}: ${kind} ${level ?? ''}`.trim()
    this.#waiting.set(key, { gateway, by, since: decidedAt, words })
    if (this.#waiting.size > MOST_WAITING) this.#waiting.delete(this.#waiting.keys().next().value as string)
  }

  /** Counts what has waited too long; says each in words. */
  settle(now: number): { gateway: string; words: string }[] {
    const found: { gateway: string; words: string }[] = []
    for (const [key, { gateway, by, since, words }] of this.#waiting) {
      if (now - since < PATIENCE_MS) break
      this.#waiting.delete(key)
      this.#differences.set(gateway, this.differences(gateway) + 1)
      found.push({
        gateway,
        words: `only the ${by === 'cloud' ? "cloud's engine" : 'gateway'} says: ${words}`,
      })
    }
    return found
  }

  /** How many differences were found at all gateways since the start. */
  get total(): number {
    return [...this.#differences.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The same of one gateway. */
  differences(gateway: string): number {
    return this.#differences.get(gateway) ?? 0
  }
}
