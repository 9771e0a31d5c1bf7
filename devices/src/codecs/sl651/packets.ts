/** Longest series of packets, joined: a picture of a station. */
const MAX_SERIES_BYTES = 1024 * 1024
/** Series that may be open at once on one connection. */
const MAX_OPEN = 8
/** A series whose packets pause for longer is given up. */
const MAX_PAUSE_MS = 10 * 60_000

interface Series {
  parts: (Uint8Array | undefined)[]
  missing: number
  sizeBytes: number
  newestMs: number
}

/** What became of a packet. */
export interface Joined {
  /** The whole body, where this packet was the last that was missing. */
  body?: Uint8Array
  /** Why a packet was not taken, or which series was given up for it. */
  problem?: string
}

/** Puts the packets of series together, in whatever order they come (6.3.2, tables 19 and 22). */
export class PacketSeries {
  readonly #open = new Map<string, Series>()

  /**
   * @param key - station, function and direction: what all packets of a series share
   * @param packet - its number from 1, and how many there are
   * @param nowMs - arrival, ms
   */
  add(key: string, packet: { count: number; number: number }, part: Uint8Array, nowMs: number): Joined {
    const { count, number } = packet
    if (!(number >= 1 && number <= count)) return { problem: `packet ${number} of ${count} cannot be` }
    const problem = this.#giveUpOld(key, count, nowMs)
    const series = this.#open.get(key) ?? {
      parts: Array(count).fill(undefined),
      missing: count,
      sizeBytes: 0,
      newestMs: nowMs,
    }
    if (series.sizeBytes + part.length > MAX_SERIES_BYTES) {
      this.#open.delete(key)
      return { problem: `a series of more than ${MAX_SERIES_BYTES} bytes` }
    }
    if (series.parts[number - 1] === undefined) series.missing--
    else series.sizeBytes -= series.parts[number - 1]?.length ?? 0
    series.parts[number - 1] = Uint8Array.from(part)
    series.sizeBytes += part.length
    series.newestMs = nowMs
    this.#open.set(key, series)
    if (series.missing > 0) return problem === undefined ? {} : { problem }
    this.#open.delete(key)
    return {
      body: Buffer.concat(series.parts as Uint8Array[]),
      ...(problem === undefined ? {} : { problem }),
    }
  }

  #giveUpOld(key: string, count: number, nowMs: number): string | undefined {
    const own = this.#open.get(key)
    const stale = own && (own.parts.length !== count || nowMs - own.newestMs > MAX_PAUSE_MS) ? key : undefined
    const crowded =
      own === undefined && this.#open.size >= MAX_OPEN ? this.#open.keys().next().value : undefined
    const given = stale ?? crowded
    const series = given === undefined ? undefined : this.#open.get(given)
    if (given === undefined || series === undefined) return undefined
    this.#open.delete(given)
    return `a series was given up: ${series.missing} of ${series.parts.length} packets of ${given} did not come`
  }
}
