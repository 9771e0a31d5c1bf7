import type { Flag, FlagChange } from '@picket/rules'
import type { FlagRecord, FlagState, FlagStore } from '../ports.ts'
import type { Db } from './database.ts'

interface Row {
  body: string
  ended_at: number | null
  ended_by: string | null
  end_reason: string | null
}

// A flag that is set once more after its end, at the same instant, has the same id: each set has its own end.
const FLAGS = `SELECT was.body, ended.at AS ended_at, ended.by AS ended_by, ended.reason AS end_reason
  FROM flag_change was LEFT JOIN flag_change ended ON ended.id =
    (SELECT min(id) FROM flag_change WHERE flag = was.flag AND change = 'ended' AND id > was.id)
  WHERE was.change = 'set'`

const FROM = "json_extract(was.body, '$.from')"
const WHICH: Record<FlagState, string> = {
  'in-force': `ended.id IS NULL AND was.until > :now AND ${FROM} <= :now`,
  planned: `ended.id IS NULL AND was.until > :now AND ${FROM} > :now`,
  past: '(ended.id IS NOT NULL OR was.until <= :now)',
}

/** The history of flags: what was set and what has ended, never changed once written. */
export class SqliteFlags implements FlagStore {
  readonly #db: Db
  readonly #statements

  constructor(db: Db) {
    this.#db = db
    this.#statements = {
      add: db.prepare(`INSERT INTO flag_change (flag, change, at, by, reason, until, body)
        VALUES (?, ?, ?, ?, ?, ?, ?)`),
      get: db.prepare(`${FLAGS} AND was.flag = ? ORDER BY was.id DESC LIMIT 1`),
    }
  }

  /** Records a change within the caller's transaction. */
  record({ change, flag, at, by, reason }: FlagChange): void {
    this.#statements.add.run(flag.id, change, at, by, reason, flag.until, JSON.stringify(flag))
  }

  list({ state, now, limit }: { state?: FlagState; now: number; limit: number }): FlagRecord[] {
    const which = state === undefined ? '' : `AND ${WHICH[state]}`
    const rows = this.#db.prepare(`${FLAGS} ${which} ORDER BY was.id DESC LIMIT :limit`)
    return (rows.all({ limit, ...(state === undefined ? {} : { now }) }) as Row[]).map(recordOf)
  }

  get(id: string): FlagRecord | undefined {
    const row = this.#statements.get.get(id) as Row | undefined
    return row && recordOf(row)
  }
}

const recordOf = ({ body, ended_at, ended_by, end_reason }: Row): FlagRecord => ({
  ...(JSON.parse(body) as Flag),
  endedAt: ended_at,
  endedBy: ended_by,
  endReason: end_reason,
})
