import { Quality } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type { Outbox } from '../outbox/outbox.ts'

/** Percent of the outbox: the first is the level of the shipped rule `gateway-outbox`, from the last on records are lost. */
const STEPS = [80, 95, 100]
const LOOK_INTERVAL_MS = 1000

/** Sends word in the alarm lane as the outbox fills up: before the first record is thinned out or dropped. */
export class FillWatch {
  readonly #options: { gateway: string; outbox: Outbox; clock: Clock }
  #told = 0
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: { gateway: string; outbox: Outbox; clock: Clock }) {
    this.#options = options
  }

  /** To be called after commits. Looks once a second at most. */
  look(): void {
    const { gateway, outbox, clock } = this.#options
    const t = clock.now()
    if (Math.abs(t - this.#lookedAt) < LOOK_INTERVAL_MS) return
    this.#lookedAt = t
    const v = Math.round(outbox.fill * 100)
    const reached = STEPS.filter(step => v >= step).length
    if (reached > this.#told) {
      try {
        outbox.append([], [{ device: gateway, quantity: 'outbox_fill', t, v, q: Quality.NOT_EVALUATED }])
      } catch {
        // The disk refuses even that; the next look tries again.
        return
      }
    }
    this.#told = reached
  }
}
