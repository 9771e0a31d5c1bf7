import type { ActionNote, Override, Reported } from '@picket/devices'
import type { Db } from './database.ts'

/** What the cloud knows of what a gateway runs. */
export interface GuardRecord {
  /** The newest revision that was given; 0 before the first. */
  revision: number
  /** Of what that revision says, without its number. */
  digest: string
  overrides: readonly Override[]
  /** What the gateway last said; null before. */
  reported: Reported | null
  reportedAt: number | null
}

/** An output that a gateway switched. */
export type ActionRecord = Omit<ActionNote, 'type'> & { id: number; gateway: string }

interface Row {
  gateway: string
  revision: number
  digest: string
  overrides: string
  reported: string | null
  reported_at: number | null
}

const NONE: GuardRecord = { revision: 0, digest: '', overrides: [], reported: null, reportedAt: null }
// Older ones go, 1,000 at a time.
const MOST_ACTIONS = 100_000
const SLACK = 1000

/** What gateways are to run and what they run, and what they switched. Written within the caller's transaction. */
export class SqliteGuards {
  readonly #db: Db
  readonly #known = new Map<string, GuardRecord>()
  readonly #statements

  constructor(db: Db) {
    this.#db = db
    this.#statements = {
      put: db.prepare(`INSERT OR REPLACE INTO guard (gateway, revision, digest, overrides, reported, reported_at)
        VALUES (?, ?, ?, ?, ?, ?)`),
      forget: db.prepare('DELETE FROM guard WHERE gateway = ?'),
      renameActions: db.prepare('UPDATE action SET gateway = ? WHERE gateway = ?'),
      addAction: db.prepare('INSERT INTO action (gateway, at, output, body) VALUES (?, ?, ?, ?)'),
      dropActions: db.prepare('DELETE FROM action WHERE id <= ?'),
    }
    for (const row of db.prepare('SELECT * FROM guard').all() as Row[])
      this.#known.set(row.gateway, {
        revision: row.revision,
        digest: row.digest,
        overrides: JSON.parse(row.overrides),
        reported: row.reported === null ? null : JSON.parse(row.reported),
        reportedAt: row.reported_at,
      })
  }

  get(gateway: string): GuardRecord {
    return this.#known.get(gateway) ?? NONE
  }

  /** Gateways that were ever given something to run. */
  gateways(): string[] {
    return [...this.#known.keys()]
  }

  change(gateway: string, change: Partial<GuardRecord>): GuardRecord {
    const record = { ...this.get(gateway), ...change }
    const { revision, digest, overrides, reported, reportedAt } = record
    const texts = [JSON.stringify(overrides), reported && JSON.stringify(reported)]
    this.#statements.put.run(gateway, revision, digest, ...texts, reportedAt)
    this.#known.set(gateway, record)
    return record
  }

  /**
   * Puts what is known of a gateway under another id of it, within the caller's transaction. Revisions count on from the
   * higher one: the gateway takes none below what it has.
   */
  rename(old: string, present: string): void {
    this.#statements.renameActions.run(present, old)
    const before = this.#known.get(old)
    if (!before) return
    const now = this.#known.get(present)
    const [newer, other] =
      now && (now.reportedAt ?? 0) >= (before.reportedAt ?? 0) ? [now, before] : [before, now]
    const revision = Math.max(newer.revision, other?.revision ?? 0)
    // Of a revision that the other id was given nobody knows whether this one is the same.
    const digest = revision === newer.revision ? newer.digest : ''
    this.change(present, { ...newer, revision, digest })
    this.#known.delete(old)
    this.#statements.forget.run(old)
  }

  addAction(gateway: string, { type: _, ...action }: ActionNote): void {
    const { at, output } = action
    const { lastInsertRowid } = this.#statements.addAction.run(gateway, at, output, JSON.stringify(action))
    const id = Number(lastInsertRowid)
    if (id > MOST_ACTIONS && id % SLACK === 0) this.#statements.dropActions.run(id - MOST_ACTIONS)
  }

  /** The newest first. */
  actions(gateway: string, limit: number): ActionRecord[] {
    const rows = this.#db.prepare('SELECT id, body FROM action WHERE gateway = ? ORDER BY id DESC LIMIT ?')
    return (rows.all(gateway, limit) as { id: number; body: string }[]).map(({ id, body }) => ({
      ...JSON.parse(body),
      id,
      gateway,
    }))
  }
}
