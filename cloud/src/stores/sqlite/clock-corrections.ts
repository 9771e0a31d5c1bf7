import type { ClockNote } from '@picket/devices'
import type { ClockCorrection } from '../ports.ts'
import type { Db } from './database.ts'

/** Of one gateway; the oldest go first. */
const MOST_CORRECTIONS = 1000

/** What gateways told of their wrong clocks. */
export class SqliteClockCorrections {
  readonly #statements

  constructor(db: Db) {
    const columns =
      'epoch, first, last, offset AS offsetMs, uncertainty AS uncertaintyMs, stamped_from AS stampedFromMs, boot, monotonic AS monotonicMs, at'
    this.#statements = {
      add: db.prepare(`INSERT INTO clock_correction
        (gateway, epoch, first, last, offset, uncertainty, stamped_from, boot, monotonic, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      same: db.prepare(
        'DELETE FROM clock_correction WHERE gateway = ? AND epoch = ? AND first = ? AND last = ?',
      ),
      bound: db.prepare(`DELETE FROM clock_correction WHERE gateway = :gateway AND id <=
        (SELECT id FROM clock_correction WHERE gateway = :gateway ORDER BY id DESC LIMIT 1 OFFSET ${MOST_CORRECTIONS})`),
      overlapping: db.prepare(`SELECT ${columns} FROM clock_correction
        WHERE gateway = ? AND epoch = ? AND last >= ? AND first <= ? ORDER BY id DESC`),
      rename: db.prepare('UPDATE clock_correction SET gateway = ? WHERE gateway = ?'),
      list: db.prepare(`SELECT ${columns} FROM clock_correction WHERE gateway = ? ORDER BY id DESC LIMIT ?`),
    }
  }

  /** Keeps a note, in place of one for the same numbers. */
  add(gateway: string, note: ClockNote, at: number): void {
    const { epoch, first, last, offsetMs, uncertaintyMs, stampedFromMs, boot, monotonicMs } = note
    this.#statements.same.run(gateway, epoch, first, last)
    this.#statements.add.run(
      ...[gateway, epoch, first, last, offsetMs, uncertaintyMs, stampedFromMs, boot, monotonicMs, at],
    )
    this.#statements.bound.run({ gateway })
  }

  /** Puts what a gateway told under another id of it, within the caller's transaction. */
  rename(old: string, present: string): void {
    this.#statements.rename.run(present, old)
  }

  /** What is known of some numbers of an epoch, the newest word first. */
  overlapping(gateway: string, epoch: string, [first, last]: readonly [number, number]): ClockCorrection[] {
    return this.#statements.overlapping.all(gateway, epoch, first, last) as ClockCorrection[]
  }

  /** The newest first. */
  list(gateway: string, limit: number): ClockCorrection[] {
    return this.#statements.list.all(gateway, limit) as ClockCorrection[]
  }
}
