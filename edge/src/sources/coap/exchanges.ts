import { hash } from 'node:crypto'

/** RFC 7252, section 4.8.2: how long a message id of a peer means the same exchange. */
export const EXCHANGE_LIFETIME_MS = 247_000
/** Exchanges remembered; the oldest are forgotten for further ones. */
const MAX_EXCHANGES = 10_000

/** A request that was received. */
export interface Exchange {
  key: string
  /** What was answered, once it was. */
  answer?: Buffer
  beganMs: number
}

/**
 * Requests of the last minutes, so that one that comes again is answered again and not worked off again (RFC 7252,
 * section 4.2). A request is known by its peer and all of its bytes: a modem that counts its message ids from the
 * beginning whenever it wakes would otherwise have new readings taken for old ones.
 */
export class Exchanges {
  readonly #elapsedMs: () => number
  // In the order in which they began: all live equally long.
  readonly #known = new Map<string, Exchange>()

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  get size(): number {
    return this.#known.size
  }

  /** The exchange of a request, and whether it has just begun. */
  meet(peer: string, datagram: Uint8Array): { exchange: Exchange; isNew: boolean } {
    this.#forgetOld()
    const key = `${peer} ${hash('sha1', datagram, 'base64')}`
    const known = this.#known.get(key)
    if (known) return { exchange: known, isNew: false }
    const exchange = { key, beganMs: this.#elapsedMs() }
    this.#known.set(key, exchange)
    return { exchange, isNew: true }
  }

  /** Its request was not served: the same request begins anew. */
  forget({ key }: Exchange): void {
    this.#known.delete(key)
  }

  #forgetOld(): void {
    const oldest = this.#elapsedMs() - EXCHANGE_LIFETIME_MS
    for (const [key, { beganMs }] of this.#known) {
      if (beganMs > oldest && this.#known.size < MAX_EXCHANGES) return
      this.#known.delete(key)
    }
  }
}
