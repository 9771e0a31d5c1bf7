import type { RuleSetEvent, RuleSetRecord, RuleSetStore } from '../ports.ts'
import type { Db } from './database.ts'

type Row = Omit<RuleSetRecord, 'packs'> & { packs: string }

const PUT_IN_FORCE = "kind IN ('published', 'rolled-back', 'fell-back')"
const SUMMARY = 'number, parent, digest, author, at, reason'

/** Revisions of the rule set. */
export class SqliteRuleSets implements RuleSetStore {
  readonly #statements

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare(`INSERT INTO rule_set (parent, digest, author, at, reason, packs)
        VALUES (:parent, :digest, :author, :at, :reason, :packs)`),
      note: db.prepare('INSERT INTO rule_set_event (rule_set, kind, at, by, why) VALUES (?, ?, ?, ?, ?)'),
      get: db.prepare('SELECT * FROM rule_set WHERE number = ?'),
      list: db.prepare(`SELECT ${SUMMARY} FROM rule_set WHERE number < ? ORDER BY number DESC LIMIT ?`),
      events: db.prepare('SELECT kind, at, by, why FROM rule_set_event WHERE rule_set = ? ORDER BY id'),
      inForce: db
        .prepare(
          `SELECT rule_set FROM rule_set_event WHERE ${PUT_IN_FORCE} ORDER BY id DESC LIMIT 1 OFFSET ?`,
        )
        .pluck(),
      shadowed: db
        .prepare("SELECT rule_set FROM rule_set_event WHERE kind = 'shadowed' ORDER BY id DESC LIMIT 1")
        .pluck(),
      open: db
        .prepare(
          `SELECT count(*) FROM rule_set WHERE number NOT IN
           (SELECT rule_set FROM rule_set_event WHERE kind = 'withdrawn' OR ${PUT_IN_FORCE})`,
        )
        .pluck(),
      approvals: db
        .prepare(
          `SELECT by FROM rule_set_event WHERE rule_set = ? AND kind = 'approved'
           AND id > (SELECT coalesce(max(id), 0) FROM rule_set_event WHERE ${PUT_IN_FORCE})`,
        )
        .pluck(),
      newestBy: db.prepare('SELECT * FROM rule_set WHERE author = ? ORDER BY number DESC LIMIT 1'),
    }
  }

  add(ruleSet: Omit<RuleSetRecord, 'number'>): number {
    const { lastInsertRowid } = this.#statements.add.run({
      ...ruleSet,
      packs: JSON.stringify(ruleSet.packs),
    })
    return Number(lastInsertRowid)
  }

  note(number: number, { kind, at, by, why }: RuleSetEvent): void {
    this.#statements.note.run(number, kind, at, by, why)
  }

  get(number: number): RuleSetRecord | undefined {
    return recordOf(this.#statements.get.get(number) as Row | undefined)
  }

  list({ before, limit }: { before: number; limit: number }): Omit<RuleSetRecord, 'packs'>[] {
    return this.#statements.list.all(before, limit) as Omit<RuleSetRecord, 'packs'>[]
  }

  events(number: number): RuleSetEvent[] {
    return this.#statements.events.all(number) as RuleSetEvent[]
  }

  live(): number | undefined {
    return this.#statements.inForce.get(0) as number | undefined
  }

  previous(): number | undefined {
    return this.#statements.inForce.get(1) as number | undefined
  }

  shadowed(): number | undefined {
    return this.#statements.shadowed.get() as number | undefined
  }

  open(): number {
    return this.#statements.open.get() as number
  }

  approvals(number: number): string[] {
    return this.#statements.approvals.all(number) as string[]
  }

  newestBy(author: string): RuleSetRecord | undefined {
    return recordOf(this.#statements.newestBy.get(author) as Row | undefined)
  }
}

const recordOf = (row: Row | undefined): RuleSetRecord | undefined =>
  row && { ...row, packs: JSON.parse(row.packs) }
