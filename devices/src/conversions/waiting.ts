/** A result that waits for one of its inputs. */
interface Waiter {
  device: string
  quantity: string
  t: number
  /** Name of the input that is not here. */
  missing: string
  /** Arrival time after which nobody waits any more, ms UTC. */
  until: number
}

// Beyond this the longest-waiting is given up early; it is still computed should its input come.
const MOST_WAITING = 10_000

/** Who waits, so that what was never computed is counted, once. */
export class Waiting {
  readonly #waiters = new Map<string, Waiter>()
  #earliest = Number.POSITIVE_INFINITY

  get size(): number {
    return this.#waiters.size
  }

  has(device: string, quantity: string, t: number): boolean {
    return this.#waiters.has(keyOf(device, quantity, t))
  }

  wait(waiter: Waiter): void {
    const key = keyOf(waiter.device, waiter.quantity, waiter.t)
    const known = this.#waiters.get(key)
    this.#waiters.set(key, known ? { ...waiter, until: known.until } : waiter)
    this.#earliest = Math.min(this.#earliest, waiter.until)
  }

  settle(device: string, quantity: string, t: number): void {
    this.#waiters.delete(keyOf(device, quantity, t))
  }

  /** Those whose time is over, and of too many the first. */
  takeExpired(now: number): Waiter[] {
    if (now < this.#earliest && this.#waiters.size <= MOST_WAITING) return []
    const expired: Waiter[] = []
    let surplus = this.#waiters.size - MOST_WAITING
    this.#earliest = Number.POSITIVE_INFINITY
    for (const [key, waiter] of this.#waiters) {
      if (waiter.until <= now || surplus > 0) {
        this.#waiters.delete(key)
        expired.push(waiter)
      } else this.#earliest = Math.min(this.#earliest, waiter.until)
      surplus--
    }
    return expired
  }
}

const keyOf = (device: string, quantity: string, t: number): string => `${device}/${quantity}/${t}`
