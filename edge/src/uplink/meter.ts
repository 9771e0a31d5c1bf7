import { Lane } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'

/** What a metered link allows; without a number there is no limit. */
export interface LinkLimits {
  /** In a calendar month, UTC. */
  monthlyBytes?: number | undefined
  bytesPerSecond?: number | undefined
}

/** Bytes that each lane has sent in a month: alarms, live, backlog. */
export interface Usage {
  /** Months since 1970. */
  month: number
  bytes: [alarms: number, live: number, backlog: number]
}

/** The share of the month's bytes at which a lane stops. Alarms go on whatever was used. */
const STOPS_AT = { [Lane.LIVE]: 0.95, [Lane.BACKLOG]: 0.8 } as const
/** Bytes that may go at once, in seconds of the rate. */
const BURST_S = 2

/** Counts what goes over the link, by lane, and says who may still send. */
export class Meter {
  readonly #limits: LinkLimits
  readonly #clock: Clock & { isKnown?: boolean }
  #usage: Usage
  /** Bytes that may go now; below zero what has to be waited for. */
  #credit: number
  #creditAt: number

  /** @param usage - of an earlier run; another month's counts no more */
  constructor(limits: LinkLimits, clock: Clock & { isKnown?: boolean }, usage: Usage | undefined) {
    this.#limits = limits
    this.#clock = clock
    this.#credit = (limits.bytesPerSecond ?? 0) * BURST_S
    this.#creditAt = clock.now()
    this.#usage = usage ?? { month: monthOf(clock.now()), bytes: [0, 0, 0] }
  }

  /** This month's. */
  get usage(): Usage {
    const month = monthOf(this.#clock.now())
    // A clock that may be wrong begins no month.
    if (month !== this.#usage.month && this.#clock.isKnown !== false)
      this.#usage = { month, bytes: [0, 0, 0] }
    return this.#usage
  }

  /** The share of the month's bytes that is used; 0 where there is no limit. */
  get share(): number {
    const { monthlyBytes } = this.#limits
    return monthlyBytes === undefined ? 0 : sum(this.usage.bytes) / monthlyBytes
  }

  /** Whether a lane may send now. */
  may(lane: Lane): boolean {
    return lane === Lane.ALARMS || (!this.isSpent(lane) && this.waitMs === 0)
  }

  /** Whether a lane has to wait for the next month. */
  isSpent(lane: Lane): boolean {
    return lane !== Lane.ALARMS && this.share >= STOPS_AT[lane]
  }

  /** How long to wait until the rate lets more than alarms go. */
  get waitMs(): number {
    const { bytesPerSecond } = this.#limits
    if (bytesPerSecond === undefined) return 0
    const now = this.#clock.now()
    const most = bytesPerSecond * BURST_S
    const gained = (Math.max(0, now - this.#creditAt) / 1000) * bytesPerSecond
    this.#credit = Math.min(most, this.#credit + gained)
    this.#creditAt = now
    return this.#credit > 0 ? 0 : Math.ceil((-this.#credit / bytesPerSecond) * 1000) + 1
  }

  sent(lane: Lane, bytes: number): void {
    this.usage.bytes[lane] += bytes
    this.#credit -= bytes
  }
}

const sum = (bytes: Usage['bytes']): number => bytes[0] + bytes[1] + bytes[2]

function monthOf(time: number): number {
  const date = new Date(time)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}
