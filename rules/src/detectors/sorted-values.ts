/** Values in one chunk; a full one is cut in two. */
const CHUNK = 512

/**
 * Numbers in ascending order, in chunks: adding and removing move at most one chunk's values, finding the one at a rank
 * walks over the chunks' sizes. With n numbers that is n / 256 steps at most, and one block move of 4 KB.
 */
export class SortedValues {
  readonly #chunks: number[][] = [[]]
  #size = 0

  get size(): number {
    return this.#size
  }

  add(value: number): void {
    const at = this.#chunkFor(value)
    const chunk = this.#chunks[at] as number[]
    chunk.splice(placeIn(chunk, value), 0, value)
    this.#size++
    if (chunk.length > CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK / 2))
  }

  /** Takes one of that value out, which must be there. */
  remove(value: number): void {
    const at = this.#chunkFor(value)
    const chunk = this.#chunks[at] as number[]
    chunk.splice(placeIn(chunk, value), 1)
    this.#size--
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
  }

  /** The value with `rank` smaller or equal ones before it; 0 is the smallest. */
  at(rank: number): number {
    let rest = rank
    for (const chunk of this.#chunks) {
      if (rest < chunk.length) return chunk[rest] as number
      rest -= chunk.length
    }
    throw new RangeError(`rank ${rank} of ${this.#size}`)
  }

  /** The quantile, 0 to 1, between two values in proportion (type 7 of Hyndman and Fan 1996). */
  quantile(share: number): number {
    const place = (this.#size - 1) * share
    const low = this.at(Math.floor(place))
    const high = this.at(Math.ceil(place))
    return low + (high - low) * (place - Math.floor(place))
  }

  /** The first chunk whose largest value is not below; the last one for a value above all. */
  #chunkFor(value: number): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#chunks[middle]?.at(-1) as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Index of the first value that is not below. */
function placeIn(chunk: readonly number[], value: number): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunk[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
