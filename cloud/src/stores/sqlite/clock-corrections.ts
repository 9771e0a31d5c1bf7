import { type ClockNote, MOST_CLOCK_UNCERTAINTY_MS } from '@picket/devices'
import type { ClockCorrection } from '../ports.ts'
import type { Db } from './database.ts'

/** Of one gateway; the oldest go first. */
const MOST_CORRECTIONS = 1000

/** What gateways told of their wrong clocks, and what people know of them. */
export class SqliteClockCorrections {
  readonly #statements

  constructor(db: Db) {
    const columns =
      'epoch, first, last, offset AS offsetMs, uncertainty AS uncertaintyMs, stamped_from AS stampedFromMs, boot, monotonic AS monotonicMs, at, by, reason'
    const table = 'clock_correction LEFT JOIN clock_word ON correction = id'
    this.#statements = {
      add: db.prepare(`INSERT INTO clock_correction
        (gateway, epoch, first, last, offset, uncertainty, stamped_from, boot, monotonic, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      addWord: db.prepare('INSERT INTO clock_word (correction, by, reason) VALUES (?, ?, ?)'),
      same: db.prepare(`DELETE FROM clock_correction WHERE gateway = ? AND epoch = ? AND first = ? AND last = ?
        AND id NOT IN (SELECT correction FROM clock_word)`),
      bound: db.prepare(`DELETE FROM clock_correction WHERE gateway = :gateway AND id <=
        (SELECT id FROM clock_correction WHERE gateway = :gateway ORDER BY id DESC LIMIT 1 OFFSET ${MOST_CORRECTIONS})`),
      // That a time is not known hides nothing that is.
      overlapping: db.prepare(`SELECT ${columns} FROM ${table}
        WHERE gateway = ? AND epoch = ? AND last >= ? AND first <= ?
        ORDER BY uncertainty > ${MOST_CLOCK_UNCERTAINTY_MS}, id DESC`),
      rename: db.prepare('UPDATE clock_correction SET gateway = ? WHERE gateway = ?'),
      list: db.prepare(`SELECT ${columns} FROM ${table} WHERE gateway = ? ORDER BY id DESC LIMIT ?`),
    }
  }

  /** Keeps a gateway's note in place of its last one for the same numbers; a person's word beside those before it. */
  add(
    gateway: string,
    note: ClockNote,
    { at, by, reason }: Pick<ClockCorrection, 'at' | 'by' | 'reason'>,
  ): void {
    const { epoch, first, last, offsetMs, uncertaintyMs, stampedFromMs, boot, monotonicMs } = note
    if (by === null) this.#statements.same.run(gateway, epoch, first, last)
    const { lastInsertRowid } = this.#statements.add.run(
      ...[gateway, epoch, first, last, offsetMs, uncertaintyMs, stampedFromMs, boot, monotonicMs, at],
    )
    if (by !== null) this.#statements.addWord.run(lastInsertRowid, by, reason)
    this.#statements.bound.run({ gateway })
  }

  /** Puts what a gateway told under another id of it, within the caller's transaction. */
  rename(old: string, present: string): void {
    this.#statements.rename.run(present, old)
  }

  /** What is known of some numbers of an epoch, the newest word first, and last what only says that it is not known. */
  overlapping(gateway: string, epoch: string, [first, last]: readonly [number, number]): ClockCorrection[] {
    return this.#statements.overlapping.all(gateway, epoch, first, last) as ClockCorrection[]
  }

  /** The newest first. */
  list(gateway: string, limit: number): ClockCorrection[] {
    return this.#statements.list.all(gateway, limit) as ClockCorrection[]
  }
}
