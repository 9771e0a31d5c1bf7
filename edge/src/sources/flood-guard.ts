/** Most peers whose rates are known; the one that was heard longest ago is forgotten for a further one. */
const MAX_PEERS = 1024
/** Messages a peer can be ahead of its rate: what it sends beyond that does not make the wait longer. */
const MAX_DEBT = 1000

export interface FloodLimit {
  /** Messages a second that a peer may send for ever. */
  perSecond: number
  /** Messages that it may send at once, such as what waited while it had no link. */
  burst: number
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

/**
 * Limits how fast a single sensor or peer may send (a token bucket each), so that one that floods takes neither the
 * disk nor the link from the others.
 */
export class FloodGuard {
  readonly #limit: FloodLimit
  readonly #elapsedMs: () => number
  // In the order in which they were last heard.
  readonly #buckets = new Map<string, Bucket>()
  #limited = 0

  constructor(limit: FloodLimit, elapsedMs: () => number) {
    this.#limit = limit
    this.#elapsedMs = elapsedMs
  }

  /** Messages that were too many, since the start. */
  get limited(): number {
    return this.#limited
  }

  /** False for a message too many of a peer that cannot be slowed down: it is to be refused. */
  admits(peer: string): boolean {
    const bucket = this.#bucketOf(peer)
    if (bucket.tokens < 1) {
      this.#limited++
      return false
    }
    bucket.tokens--
    return true
  }

  /** How long a message of a peer that can be slowed down has to wait, ms; 0 where it is within its rate. */
  waitMs(peer: string): number {
    const bucket = this.#bucketOf(peer)
    if (bucket.tokens > -MAX_DEBT) bucket.tokens--
    if (bucket.tokens >= 0) return 0
    this.#limited++
    return (-bucket.tokens * 1000) / this.#limit.perSecond
  }

  /** How a fault says it. */
  get words(): string {
    return `more than ${this.#limit.perSecond} messages a second after ${this.#limit.burst} at once`
  }

  #bucketOf(peer: string): Bucket {
    const { perSecond, burst } = this.#limit
    const nowMs = this.#elapsedMs()
    const bucket = this.#buckets.get(peer) ?? { tokens: burst, filledAtMs: nowMs }
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledAtMs) * perSecond) / 1000)
    bucket.filledAtMs = nowMs
    this.#buckets.delete(peer)
    this.#buckets.set(peer, bucket)
    if (this.#buckets.size > MAX_PEERS) this.#buckets.delete(this.#buckets.keys().next().value as string)
    return bucket
  }
}
