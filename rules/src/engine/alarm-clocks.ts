import { type Timed, TimerQueue } from './timer-queue.ts'

/** What may fall due: the end of a hold, the next reminder, the rest of an alarm that flaps, a flag's begin or end. */
const CLOCK_KINDS = ['hold', 'escalate', 'flap', 'flag'] as const
type ClockKind = (typeof CLOCK_KINDS)[number]

interface Clock extends Timed {
  kind: ClockKind
  key: string
  due: number
  rank: number
}

/** Times at which named things fall due; each kind and key has one. */
export class AlarmClocks {
  readonly #clocks = new Map<string, Clock>()
  readonly #queue = new TimerQueue<Clock>()

  /** When to look next; Infinity when nothing is set. */
  get next(): number {
    return this.#queue.next
  }

  /**
   * Sets a time.
   *
   * @param due - ms; null for never
   * @param rank - who goes first of two at the same instant; no two keys of a kind may have the same
   */
  set(kind: ClockKind, key: string, { due, rank }: { due: number | null; rank: number }): void {
    if (due === null) {
      this.clear(kind, key)
      return
    }
    const name = `${kind} ${key}`
    const clock = this.#clocks.get(name) ?? { kind, key, due, rank: 0, scheduledAt: Number.POSITIVE_INFINITY }
    clock.due = due
    clock.rank = rank * CLOCK_KINDS.length + CLOCK_KINDS.indexOf(kind)
    this.#clocks.set(name, clock)
    this.#queue.schedule(clock)
  }

  clear(kind: ClockKind, key: string): void {
    const name = `${kind} ${key}`
    const clock = this.#clocks.get(name)
    // The queue still knows it, and must not take it for due.
    if (clock) clock.due = Number.POSITIVE_INFINITY
    this.#clocks.delete(name)
  }

  /** Takes the first that is due at or before `now`; it is set no more. */
  take(now: number): { kind: ClockKind; key: string } | undefined {
    const taken = this.#queue.take(now)
    if (!taken) return undefined
    const { kind, key } = taken.item
    this.#clocks.delete(`${kind} ${key}`)
    return { kind, key }
  }
}
