import { createHash } from 'node:crypto'
import { type Level, NO_SITE, rankOf, type TransitionKind } from '@picket/rules'
import type {
  AlarmRecord,
  NotificationGroups,
  NotificationOutbox,
  NotificationRecord,
  SiteGroup,
} from '../../stores/ports.ts'

/** How long notifications about one site are gathered, as Prometheus' Alertmanager calls it. */
export interface GroupTimes {
  /** From the first one on. */
  waitMs: number
  /** From the last message about the site on. */
  intervalMs: number
}

/** What one notification tells. */
interface Told {
  kind: TransitionKind
  at: number
  alarm: AlarmRecord
}

/** Several notifications about one site as they are sent. */
export interface GroupBody {
  kind: 'group'
  site: string
  /** The gravest of the alarms that have not ended; null where all have. */
  level: Level | null
  /** Oldest first; each with the key that it would have alone. */
  notifications: (Told & { key: string })[]
}

/** Most notifications in a message: more follow in the next, at once. */
export const MOST_IN_MESSAGE = 100
const KEY_LENGTH = 32

/**
 * Makes one message of the notifications of a channel about one site: what begins together is told once. The first waits
 * for others; what comes after a message waits until an interval has passed. A red alarm goes out at once, with what
 * waits at its site. What belongs to no site is told alone, at once: having no site in common is nothing in common.
 *
 * What goes out together is fixed before the first attempt, so a repeated message is the same under the same key.
 */
export class SiteMessages {
  readonly #channel: string
  readonly #outbox: NotificationOutbox
  readonly #groups: NotificationGroups
  readonly #times: GroupTimes

  constructor(
    channel: string,
    ports: { outbox: NotificationOutbox; groups: NotificationGroups },
    times: GroupTimes,
  ) {
    this.#channel = channel
    this.#outbox = ports.outbox
    this.#groups = ports.groups
    this.#times = times
  }

  /** The next message to send, under the id of its first notification; undefined where nothing is due. */
  next(now: number): NotificationRecord | undefined {
    for (;;) {
      const first = this.#outbox.due(this.#channel, now)
      if (!first) return undefined
      const group = this.#groupOf(first)
      const heldUntil = group ? this.#heldUntil(first, group) : now
      if (!group || heldUntil <= now)
        return messageOf(first, this.#groups.close(first, group, MOST_IN_MESSAGE))
      this.#groups.hold(group, heldUntil)
    }
  }

  /** A message was refused: what cannot be told together may be taken one by one. */
  refused(message: number): void {
    this.#groups.dissolve(message)
  }

  #groupOf({ body }: NotificationRecord): SiteGroup | undefined {
    const { site } = (body as Told).alarm
    return site === NO_SITE || site === '' ? undefined : { channel: this.#channel, site }
  }

  #heldUntil(first: NotificationRecord, group: SiteGroup): number {
    const { id, attempts, body } = first
    if (isUrgent(body as Told) || attempts > 0 || this.#groups.isClosed(id)) return 0
    // By the oldest: otherwise what comes later would put off what waits, again and again.
    const createdAt = this.#groups.oldest(group) ?? first.createdAt
    const last = this.#groups.lastDelivered(group)
    const waited = createdAt + this.#times.waitMs
    // What was there when the last message went out found no room in it.
    return last === undefined || createdAt <= last ? waited : Math.max(waited, last + this.#times.intervalMs)
  }
}

const isUrgent = ({ kind, alarm }: Told): boolean => alarm.level === 'red' && kind !== 'cleared'

function messageOf(first: NotificationRecord, parts: readonly NotificationRecord[]): NotificationRecord {
  const notifications = parts.map(({ idempotencyKey, body }) => ({ key: idempotencyKey, ...(body as Told) }))
  const levels = notifications.flatMap(({ kind, alarm }) => (kind === 'cleared' ? [] : [alarm.level]))
  const body: GroupBody = {
    kind: 'group',
    site: (first.body as Told).alarm.site,
    level: levels.reduce<Level | null>(
      (most, one) => (most === null || rankOf(one) > rankOf(most) ? one : most),
      null,
    ),
    notifications,
  }
  return { ...first, idempotencyKey: keyOf(first, parts), body }
}

// Another composition has another key: nobody may take it for what he has had already.
function keyOf(first: NotificationRecord, parts: readonly NotificationRecord[]): string {
  if (parts.length <= 1) return first.idempotencyKey
  const keys = parts.map(({ idempotencyKey }) => idempotencyKey)
  const hash = createHash('sha256').update(JSON.stringify(keys)).digest('hex')
  return `group-${hash.slice(0, KEY_LENGTH)}-${first.channel}`
}
