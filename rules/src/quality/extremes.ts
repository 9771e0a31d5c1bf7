interface Entry {
  at: number
  v: number
  /** Where the value after it was; Infinity while it is the newest. */
  next: number
}

/** Plain data. */
export interface ExtremesState {
  highs: Entry[]
  lows: Entry[]
}

// A slow drift keeps every value of the window; beyond this many the oldest go.
const MOST_ENTRIES = 16_384

/**
 * The largest and the smallest of the values since some point, each value looked at a constant number of times: two
 * monotone queues (Lemire 2006, arXiv cs/0610046). Values come in ascending `at`.
 */
export class Extremes {
  readonly #highs: Entry[]
  readonly #lows: Entry[]

  constructor(state: ExtremesState = { highs: [], lows: [] }) {
    this.#highs = state.highs
    this.#lows = state.lows
  }

  get isEmpty(): boolean {
    return this.#highs.length === 0
  }

  /** Largest minus smallest; of nothing it is 0. */
  get spread(): number {
    const [high] = this.#highs
    const [low] = this.#lows
    return high && low ? high.v - low.v : 0
  }

  /** @returns where the values begin that are now looked at, if old ones had to go for want of room */
  push(at: number, v: number): number | undefined {
    enter(this.#highs, { at, v, next: Number.POSITIVE_INFINITY }, old => old <= v)
    enter(this.#lows, { at, v, next: Number.POSITIVE_INFINITY }, old => old >= v)
    return Math.max(this.#highs.length, this.#lows.length) > MOST_ENTRIES ? this.dropOldest() : undefined
  }

  /** Lets go of the older extreme, and of all before it; @returns where the values begin that are left */
  dropOldest(): number {
    const next =
      Math.min(this.#highs[0]?.at ?? 0, this.#lows[0]?.at ?? 0) === this.#highs[0]?.at
        ? (this.#highs[0]?.next as number)
        : (this.#lows[0]?.next as number)
    this.#dropBefore(next)
    return next
  }

  /** Keeps the newest value at or before a point, and all after it. */
  keepFrom(point: number): void {
    for (const queue of [this.#highs, this.#lows]) while (queue[0] && queue[0].next <= point) queue.shift()
  }

  state(): ExtremesState {
    return { highs: this.#highs, lows: this.#lows }
  }

  #dropBefore(point: number): void {
    for (const queue of [this.#highs, this.#lows]) while (queue[0] && queue[0].at < point) queue.shift()
  }
}

function enter(queue: Entry[], entry: Entry, isBeaten: (old: number) => boolean): void {
  const newest = queue.at(-1)
  if (newest) newest.next = entry.at
  while (queue.length > 0 && isBeaten((queue.at(-1) as Entry).v)) queue.pop()
  queue.push(entry)
}
