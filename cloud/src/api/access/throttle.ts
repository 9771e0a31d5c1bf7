import { isIPv6 } from 'node:net'
import type { Clock } from '@picket/devices/runtime'

interface Failures {
  count: number
  lastAt: number
}

const FREE_FAILURES = 5
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 5 * 60_000
const FORGOTTEN_AFTER_MS = 15 * 60_000
const CAPACITY = 10_000

/**
 * Slows down whoever fails again and again, by remote address: after some free failures each further one
 * doubles the wait, from 1 s up to 5 min; 15 min without a failure forget them all. Other addresses feel
 * nothing. At most 10,000 addresses are kept: where more fail, the one that failed least recently is forgotten.
 */
export class FailureThrottle {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the address has to wait, in ms; 0 where it may try. */
  waitMs(address: string): number {
    const failures = this.#failures.get(networkOf(address))
    if (!failures || failures.count < FREE_FAILURES) return 0
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (failures.count - FREE_FAILURES), LONGEST_DELAY_MS)
    return Math.max(0, failures.lastAt + delayMs - this.#clock.now())
  }

  /** Counts a failure. */
  fail(address: string): void {
    const network = networkOf(address)
    const now = this.#clock.now()
    const before = this.#failures.get(network)
    const count = before && now - before.lastAt < FORGOTTEN_AFTER_MS ? before.count + 1 : 1
    // Deleted first: a Map keeps the order of insertion, so the first key is the least recent.
    this.#failures.delete(network)
    this.#failures.set(network, { count, lastAt: now })
    if (this.#failures.size > CAPACITY) {
      this.#failures.delete(this.#failures.keys().next().value as string)
    }
  }

  /**
   * Takes one failure back: an attempt is counted before it is checked, so that many at once cannot outrun the
   * count. A success does not forget earlier failures, or an attacker with an account could wash them off.
   */
  takeBack(address: string): void {
    const failures = this.#failures.get(networkOf(address))
    if (failures && failures.count > 0) failures.count--
  }
}

/** The address for IPv4, the /64 network for IPv6: that much one household or server is given. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1] as string
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('%')[0]!.toLowerCase().split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Math.max(0, 8 - first.length - last.length) : 0
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
