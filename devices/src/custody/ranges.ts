/** An inclusive range of sequence numbers. */
export type SeqRange = [first: number, last: number]

/** A set of sequence numbers, kept as sorted, disjoint, inclusive ranges. */
export class RangeSet {
  readonly #ranges: SeqRange[] = []

  constructor(ranges: Iterable<SeqRange> = []) {
    for (const [first, last] of ranges) this.add(first, last)
  }

  /** The ranges in ascending order; not to be changed. */
  get ranges(): readonly SeqRange[] {
    return this.#ranges
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  }

  /** The highest number, or -1 in an empty set. */
  get last(): number {
    return this.#ranges.at(-1)?.[1] ?? -1
  }

  /** Adds every number from first to last. */
  add(first: number, last: number): void {
    const ranges = this.#ranges
    const tail = ranges.at(-1)
    if (tail && first >= tail[0] && first <= tail[1] + 1) {
      if (last > tail[1]) tail[1] = last
      return
    }
    const from = this.#search(first - 1)
    let to = from
    let [low, high] = [first, last]
    for (let next = ranges[to]; next && next[0] <= last + 1; next = ranges[++to]) {
      low = Math.min(low, next[0])
      high = Math.max(high, next[1])
    }
    ranges.splice(from, to - from, [low, high])
  }

  /** Takes every number from first to last out of the set. */
  remove(first: number, last: number): void {
    const from = this.#search(first)
    let to = from
    const rest: SeqRange[] = []
    for (let range = this.#ranges[to]; range && range[0] <= last; range = this.#ranges[++to]) {
      if (range[0] < first) rest.push([range[0], first - 1])
      if (range[1] > last) rest.push([last + 1, range[1]])
    }
    this.#ranges.splice(from, to - from, ...rest)
  }

  /** The lowest number of the set that is not below seq. */
  next(seq: number): number | undefined {
    const range = this.#ranges[this.#search(seq)]
    return range && Math.max(range[0], seq)
  }

  /** The lowest number that is neither below seq nor in the set. */
  nextMissing(seq: number): number {
    const range = this.#ranges[this.#search(seq)]
    return range && range[0] <= seq ? range[1] + 1 : seq
  }

  has(seq: number): boolean {
    const range = this.#ranges[this.#search(seq)]
    return range !== undefined && range[0] <= seq
  }

  /** True when every number from first to last is in the set. */
  covers(first: number, last: number): boolean {
    const range = this.#ranges[this.#search(first)]
    return range !== undefined && range[0] <= first && range[1] >= last
  }

  /** True when any number from first to last is in the set. */
  overlaps(first: number, last: number): boolean {
    const range = this.#ranges[this.#search(first)]
    return range !== undefined && range[0] <= last
  }

  /** The parts of first..last that are not in the set. */
  missing(first: number, last: number): SeqRange[] {
    const gaps: SeqRange[] = []
    let next = first
    for (let at = this.#search(first); next <= last; at++) {
      const range = this.#ranges[at]
      if (!range || range[0] > last) {
        gaps.push([next, last])
        break
      }
      if (range[0] > next) gaps.push([next, range[0] - 1])
      next = Math.max(next, range[1] + 1)
    }
    return gaps
  }

  /** The ranges of the set that touch first..last. */
  within(first: number, last: number): SeqRange[] {
    const found: SeqRange[] = []
    for (let at = this.#search(first); at < this.#ranges.length; at++) {
      const range = this.#ranges[at] as SeqRange
      if (range[0] > last) break
      found.push([range[0], range[1]])
    }
    return found
  }

  // Index of the first range whose last is at or after seq.
  #search(seq: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle] as SeqRange)[1] < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
