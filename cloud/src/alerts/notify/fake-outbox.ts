import type { NotificationOutbox, NotificationRecord } from '../../stores/ports.ts'

interface Row extends NotificationRecord {
  deliveredAt: number | null
  errors: string[]
}

/** The outbox in memory. */
export class FakeOutbox implements NotificationOutbox {
  readonly rows: Row[] = []
  /** Makes the next calls throw, as a full disk would. */
  broken = false

  put(channel: string, at: number, body: unknown = {}): number {
    const id = this.rows.length + 1
    const idempotencyKey = `key-${id}`
    const times = { createdAt: at, nextAttemptAt: at, attempts: 0, deliveredAt: null }
    this.rows.push({ id, idempotencyKey, channel, body, ...times, errors: [] })
    return id
  }

  row(id: number): Row {
    return this.rows[id - 1] as Row
  }

  channels(): string[] {
    return [...new Set(this.#waiting().map(row => row.channel))]
  }

  due(channel: string, now: number): NotificationRecord | undefined {
    return this.#waiting(channel).find(row => row.nextAttemptAt <= now)
  }

  nextDue(channel: string): number | undefined {
    const times = this.#waiting(channel).map(row => row.nextAttemptAt)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  delivered(id: number, at: number): void {
    if (this.broken) throw new Error('disk full')
    this.row(id).deliveredAt = at
  }

  failed(id: number, nextAttemptAt: number, error: string): void {
    const row = this.row(id)
    row.attempts++
    row.nextAttemptAt = nextAttemptAt
    row.errors.push(error)
  }

  overdue(attempts: number): number {
    return this.#waiting().filter(row => row.attempts >= attempts).length
  }

  #waiting(channel?: string): Row[] {
    return this.rows.filter(
      row => row.deliveredAt === null && (channel === undefined || row.channel === channel),
    )
  }
}
