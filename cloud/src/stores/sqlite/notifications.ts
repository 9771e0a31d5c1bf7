import type { NotificationOutbox, NotificationRecord } from '../ports.ts'
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

/** Notifications that wait for delivery, written in the transaction of what they tell of. */
export class SqliteNotifications implements NotificationOutbox {
  readonly #statements

  constructor(db: Db) {
    const waiting = 'delivered_at IS NULL'
    this.#statements = {
      add: db.prepare(`INSERT OR IGNORE INTO notification (idempotency_key, channel, body, created_at, next_attempt_at)
        VALUES (?, ?, ?, ?, ?)`),
      channels: db.prepare(`SELECT DISTINCT channel FROM notification WHERE ${waiting}`).pluck(),
      due: db.prepare(
        `SELECT * FROM notification WHERE ${waiting} AND channel = ? AND next_attempt_at <= ? ORDER BY id LIMIT 1`,
      ),
      nextDue: db
        .prepare(`SELECT min(next_attempt_at) FROM notification WHERE ${waiting} AND channel = ?`)
        .pluck(),
      delivered: db.prepare('UPDATE notification SET delivered_at = ?, attempts = attempts + 1 WHERE id = ?'),
      failed: db.prepare(
        'UPDATE notification SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?',
      ),
      overdue: db.prepare(`SELECT count(*) FROM notification WHERE ${waiting} AND attempts >= ?`).pluck(),
      forget: db.prepare('DELETE FROM notification WHERE delivered_at < ?'),
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
    if (!row) return undefined
    return {
      id: row.id,
      idempotencyKey: row.idempotency_key,
      channel: row.channel,
      body: JSON.parse(row.body),
      createdAt: row.created_at,
      attempts: row.attempts,
      nextAttemptAt: row.next_attempt_at,
    }
  }

  nextDue(channel: string): number | undefined {
    return (this.#statements.nextDue.get(channel) as number | null) ?? undefined
  }

  delivered(id: number, at: number): void {
    this.#statements.delivered.run(at, id)
    this.#statements.forget.run(at - KEEP_DELIVERED_MS)
  }

  failed(id: number, nextAttemptAt: number, error: string): void {
    this.#statements.failed.run(nextAttemptAt, error.slice(0, MAX_ERROR_LENGTH), id)
  }

  overdue(attempts: number): number {
    return this.#statements.overdue.get(attempts) as number
  }
}
