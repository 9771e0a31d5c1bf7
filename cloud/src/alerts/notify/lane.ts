import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import type { NotificationOutbox, NotificationRecord } from '../../stores/ports.ts'
import { backoffMs, LONGEST_DELAY_MS } from './backoff.ts'
import type { SiteMessages } from './site-messages.ts'
import type { Outcome } from './webhook.ts'

/** What a lane needs. */
export interface LaneOptions {
  channel: string
  outbox: NotificationOutbox
  /** What makes messages of notifications; without it each is a message. */
  messages: SiteMessages | undefined
  clock: Clock
  log: Log
  random: () => number
  /** One attempt; never rejects. */
  send: (notification: NotificationRecord) => Promise<Outcome>
  /** Told of each failed attempt. */
  onFailure: () => void
}

/**
 * Sends the notifications of one channel, one at a time, the oldest first.
 *
 * Where the other side cannot be reached, the whole channel waits, so the order stays. Where it refuses one
 * notification, that one is put back for five minutes and the next goes first: a notification that will never
 * be taken must not stand before the alarms behind it. Nothing is given up.
 */
export class Lane {
  readonly #options: LaneOptions
  #failuresInARow = 0
  #waitUntil = 0
  #busy = false
  #sending = Promise.resolve()
  #stopped = false
  #cancelTimer: CancelTimer = () => {}

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Looks for something to send, unless it is sending or waiting. */
  wake(): void {
    if (!this.#busy && !this.#stopped) this.#sending = this.#sendAll()
  }

  /** Ends the lane; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#busy = true
    this.#cancelTimer()
    const { outbox, messages, clock, channel, log } = this.#options
    try {
      while (!this.#stopped) {
        const now = clock.now()
        if (now < this.#waitUntil) return this.#wakeAt(this.#waitUntil)
        const notification = messages ? messages.next(now) : outbox.due(channel, now)
        if (!notification) {
          const next = outbox.nextDue(channel)
          return next === undefined ? undefined : this.#wakeAt(next)
        }
        this.#settle(notification, await this.#options.send(notification))
      }
    } catch (error) {
      // The outbox itself failed. What was sent but not written down goes out again with the same key.
      log.error({ error, channel }, 'the outbox of notifications cannot be used')
      this.#waitUntil = clock.now() + LONGEST_DELAY_MS
      this.#wakeAt(this.#waitUntil)
    } finally {
      // In the same turn as the last look into the outbox: no call to wake can fall between.
      this.#busy = false
    }
  }

  #settle(notification: NotificationRecord, outcome: Outcome): void {
    const { outbox, messages, clock, channel, log, random, onFailure } = this.#options
    const now = clock.now()
    if (outcome.kind === 'delivered') {
      this.#failuresInARow = 0
      outbox.delivered(notification.id, now)
      return
    }
    // An attempt that stop() cut off says nothing about the other side.
    if (this.#stopped) return
    this.#failuresInARow++
    // After a restart the notification itself remembers how often it failed.
    const failures = Math.max(this.#failuresInARow, notification.attempts + 1)
    const asked = outcome.kind === 'unavailable' ? outcome.retryAfterMs : undefined
    const failuresOfLane = outcome.kind === 'refused' ? this.#failuresInARow : failures
    this.#waitUntil = now + Math.max(backoffMs(failuresOfLane, random()), asked ?? 0)
    const again = outcome.kind === 'refused' ? now + LONGEST_DELAY_MS : this.#waitUntil
    outbox.failed(notification.id, again, outcome.error)
    if (outcome.kind === 'refused') messages?.refused(notification.id)
    onFailure()
    log.warn(
      { channel, notification: notification.id, attempts: notification.attempts + 1, reason: outcome.error },
      'notification not delivered',
    )
  }

  #wakeAt(time: number): void {
    if (this.#stopped) return
    const { clock } = this.#options
    this.#cancelTimer = clock.after(Math.max(0, time - clock.now()), () => this.wake())
  }
}
