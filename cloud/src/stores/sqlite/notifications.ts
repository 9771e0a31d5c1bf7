import type {
  NotificationGroups,
  NotificationOutbox,
  NotificationRecord,
  NotificationStatus,
  SiteGroup,
} from '../ports.ts'
import type { Db } from './database.ts'

interface Row {
  id: number
  idempotency_key: string
  channel: string
  body: string
  created_at: number
  attempts: number
  next_attempt_at: number
}

const KEEP_DELIVERED_MS = 30 * 86_400_000
const MAX_ERROR_LENGTH = 500
// Newest steps of an alarm whose deliveries are told.
const MAX_OF_ALARM = 100

const WAITING = 'delivered_at IS NULL'
// Goes along with another one.
const PART = 'SELECT 1 FROM message_part part WHERE part.notification = notification.id'
const FOLLOWS = `EXISTS (${PART} AND part.message <> part.notification)`
const OF_SITE = `channel = :channel AND json_extract(body, '$.alarm.site') = :site`
// In no message yet, and never tried.
const IS_FREE = `${WAITING} AND attempts = 0 AND NOT EXISTS (${PART})`
const IS_URGENT = `(json_extract(body, '$.alarm.level') IS 'red' AND json_extract(body, '$.kind') IS NOT 'cleared')`

/** Notifications that wait for delivery, written in the transaction of what they tell of. */
export class SqliteNotifications implements NotificationOutbox, NotificationGroups {
  readonly #db: Db
  readonly #statements

  constructor(db: Db) {
    this.#db = db
    this.#statements = {
      ...outboxStatements(db),
      ...groupStatements(db),
    }
  }

  /** Adds one within the caller's transaction; the same key is added once. */
  add(notification: { idempotencyKey: string; channel: string; body: unknown; at: number }): void {
    const { idempotencyKey, channel, body, at } = notification
    this.#statements.add.run(idempotencyKey, channel, JSON.stringify(body), at, at)
  }

  channels(): string[] {
    return this.#statements.channels.all() as string[]
  }

  due(channel: string, now: number): NotificationRecord | undefined {
    const row = this.#statements.due.get(channel, now) as Row | undefined
    return row && recordOf(row)
  }

  nextDue(channel: string): number | undefined {
    return (this.#statements.nextDue.get(channel) as number | null) ?? undefined
  }

  delivered(id: number, at: number): void {
    this.#statements.delivered.run({ id, at })
    this.#statements.forget.run(at - KEEP_DELIVERED_MS)
  }

  failed(id: number, nextAttemptAt: number, error: string): void {
    this.#statements.failed.run(nextAttemptAt, error.slice(0, MAX_ERROR_LENGTH), id)
  }

  overdue(attempts: number): number {
    return this.#statements.overdue.get(attempts) as number
  }

  /** When the oldest that waits was written, ms UTC; undefined where none waits. */
  oldestWaiting(): number | undefined {
    return (this.#statements.oldestWaiting.get() as number | null) ?? undefined
  }

  hold({ channel, site }: SiteGroup, until: number): void {
    this.#statements.hold.run({ channel, site, until })
  }

  close(first: NotificationRecord, group: SiteGroup | undefined, most: number): NotificationRecord[] {
    const message = first.id
    this.#db.transaction(() => {
      if (this.isClosed(message)) return
      this.#statements.addPart.run(message, message)
      if (group && first.attempts === 0) this.#statements.addParts.run({ message, ...group, most: most - 1 })
    })()
    return (this.#statements.parts.all(message) as Row[]).map(recordOf)
  }

  oldest({ channel, site }: SiteGroup): number | undefined {
    return (this.#statements.oldest.get({ channel, site }) as number | null) ?? undefined
  }

  isClosed(id: number): boolean {
    return this.#statements.partOf.get(id) !== undefined
  }

  dissolve(message: number): void {
    this.#statements.dissolve.run(message)
  }

  lastDelivered({ channel, site }: SiteGroup): number | undefined {
    return (this.#statements.lastDelivered.get({ channel, site }) as number | null) ?? undefined
  }

  /** What became of the notifications about an alarm, oldest first. */
  ofAlarm(alarm: string): NotificationStatus[] {
    return this.#statements.ofAlarm.all(alarm, MAX_OF_ALARM).reverse() as NotificationStatus[]
  }
}

const outboxStatements = (db: Db) => ({
  add: db.prepare(`INSERT OR IGNORE INTO notification (idempotency_key, channel, body, created_at, next_attempt_at)
    VALUES (?, ?, ?, ?, ?)`),
  channels: db.prepare(`SELECT DISTINCT channel FROM notification WHERE ${WAITING}`).pluck(),
  due: db.prepare(
    `SELECT * FROM notification WHERE ${WAITING} AND channel = ? AND next_attempt_at <= ? AND NOT ${FOLLOWS}
     ORDER BY id LIMIT 1`,
  ),
  nextDue: db
    .prepare(
      `SELECT min(next_attempt_at) FROM notification WHERE ${WAITING} AND channel = ? AND NOT ${FOLLOWS}`,
    )
    .pluck(),
  delivered: db.prepare(
    `UPDATE notification SET delivered_at = :at, attempts = attempts + 1
     WHERE id = :id OR id IN (SELECT notification FROM message_part WHERE message = :id)`,
  ),
  failed: db.prepare(
    'UPDATE notification SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?',
  ),
  overdue: db.prepare(`SELECT count(*) FROM notification WHERE ${WAITING} AND attempts >= ?`).pluck(),
  oldestWaiting: db.prepare(`SELECT min(created_at) FROM notification WHERE ${WAITING}`).pluck(),
  forget: db.prepare('DELETE FROM notification WHERE delivered_at < ?'),
})

const groupStatements = (db: Db) => ({
  hold: db.prepare(
    `UPDATE notification SET next_attempt_at = :until
     WHERE ${IS_FREE} AND ${OF_SITE} AND next_attempt_at < :until AND NOT ${IS_URGENT}`,
  ),
  oldest: db.prepare(`SELECT min(created_at) FROM notification WHERE ${IS_FREE} AND ${OF_SITE}`).pluck(),
  addPart: db.prepare('INSERT INTO message_part (notification, message) VALUES (?, ?)'),
  addParts: db.prepare(
    `INSERT INTO message_part (notification, message)
     SELECT id, :message FROM notification WHERE ${IS_FREE} AND ${OF_SITE} ORDER BY id LIMIT :most`,
  ),
  parts: db.prepare(
    `SELECT * FROM notification WHERE id IN (SELECT notification FROM message_part WHERE message = ?) ORDER BY id`,
  ),
  partOf: db.prepare('SELECT message FROM message_part WHERE notification = ?').pluck(),
  dissolve: db.prepare('UPDATE message_part SET message = notification WHERE message = ?'),
  lastDelivered: db
    .prepare(`SELECT max(delivered_at) FROM notification WHERE delivered_at IS NOT NULL AND ${OF_SITE}`)
    .pluck(),
  ofAlarm: db.prepare(
    `SELECT told.channel, json_extract(told.body, '$.kind') AS kind, json_extract(told.body, '$.at') AS at,
       told.delivered_at AS deliveredAt, sent.attempts, sent.last_error AS error,
       (SELECT count(DISTINCT json_extract(other.body, '$.alarm.id')) FROM notification other
        WHERE other.id = told.id OR other.id IN
          (SELECT notification FROM message_part WHERE message = sent.id)) AS together
     FROM notification told
       LEFT JOIN message_part part ON part.notification = told.id
       JOIN notification sent ON sent.id = coalesce(part.message, told.id)
     WHERE json_extract(told.body, '$.alarm.id') = ? ORDER BY told.id DESC LIMIT ?`,
  ),
})

const recordOf = (row: Row): NotificationRecord => ({
  id: row.id,
  idempotencyKey: row.idempotency_key,
  channel: row.channel,
  body: JSON.parse(row.body),
  createdAt: row.created_at,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
})
