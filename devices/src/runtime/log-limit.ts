/** Most messages that are counted each for itself; further ones share one count. */
const MAX_KEYS = 256
const REST = 'other messages'

interface Count {
  /** When its period began, ms. */
  since: number
  written: number
  leftOut: number
}

/** A message of which some lines were left out. */
export interface LeftOut {
  key: string
  count: number
}

/**
 * Decides which lines of a log are written: of the same message at most some in a period, so that a fault which comes a
 * thousand times a second does not wear out a memory card. Pure: it knows no clock.
 */
export class LogLimit {
  readonly #perPeriod: number
  readonly #periodMs: number
  readonly #counts = new Map<string, Count>()

  constructor(perPeriod: number, periodMs: number) {
    this.#perPeriod = perPeriod
    this.#periodMs = periodMs
  }

  /**
   * True for a line that is to be written.
   *
   * @param key - what makes two lines the same message
   * @param nowMs - time that passes evenly
   */
  admits(key: string, nowMs: number): boolean {
    const count = this.#countOf(key, nowMs)
    if (count.written < this.#perPeriod) {
      count.written++
      return true
    }
    count.leftOut++
    return false
  }

  /** What was left out in the periods that are over; to be asked before `admits`, and when nothing is logged any more. */
  ended(nowMs: number): LeftOut[] {
    const ended: LeftOut[] = []
    for (const [key, { since, leftOut }] of this.#counts) {
      if (nowMs - since < this.#periodMs) continue
      this.#counts.delete(key)
      if (leftOut > 0) ended.push({ key, count: leftOut })
    }
    return ended
  }

  /** Bounded in keys: messages that carry a number each would else grow for ever. */
  #countOf(key: string, nowMs: number): Count {
    const known = this.#counts.get(key)
    if (known) return known
    if (this.#counts.size >= MAX_KEYS && key !== REST) return this.#countOf(REST, nowMs)
    const count = { since: nowMs, written: 0, leftOut: 0 }
    this.#counts.set(key, count)
    return count
  }
}
