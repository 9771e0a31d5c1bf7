import Database from 'better-sqlite3'
import type { RejectedLine } from './delivery.ts'

// Lines in quarantine: beyond them the oldest go, and stay counted.
const MAX_QUARANTINED = 10_000

const SCHEMA = `
CREATE TABLE IF NOT EXISTS shipping (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shipped INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  missed INTEGER NOT NULL
);
INSERT OR IGNORE INTO shipping VALUES (1, 0, 0, 0, 0);
CREATE TABLE IF NOT EXISTS quarantined_line (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  line TEXT NOT NULL
);
`

/** How far the journal is shipped, and what was not taken on the way. */
export interface Shipped {
  /** Everything up to this entry of the journal is at the server, or counted below. */
  shipped: number
  /** Lines that the server did not take. */
  quarantined: number
  /** Lines that were older than the server keeps. */
  dropped: number
  /** Entries of the journal that were let go of before they were shipped. */
  missed: number
}

/**
 * The cursor of the way to InfluxDB, in a file of its own: it may fall behind what is shipped, since lines may be
 * written twice, so it needs no part in the transactions of the one writer and does not hold it up.
 */
export class ShippingState {
  readonly #db: Database.Database
  readonly #statements

  constructor(file: string) {
    this.#db = new Database(file)
    this.#db.pragma('journal_mode = WAL')
    this.#db.pragma('synchronous = NORMAL')
    this.#db.exec(SCHEMA)
    this.#statements = {
      get: this.#db.prepare('SELECT shipped, quarantined, dropped, missed FROM shipping'),
      put: this.#db.prepare(
        `UPDATE shipping SET shipped = ?, quarantined = quarantined + ?, dropped = dropped + ?, missed = missed + ?`,
      ),
      add: this.#db.prepare('INSERT INTO quarantined_line (at, reason, line) VALUES (?, ?, ?)'),
      trim: this.#db.prepare(
        `DELETE FROM quarantined_line WHERE id <= (SELECT max(id) FROM quarantined_line) - ${MAX_QUARANTINED}`,
      ),
      lines: this.#db.prepare('SELECT reason, line FROM quarantined_line ORDER BY id'),
    }
  }

  get(): Shipped {
    return this.#statements.get.get() as Shipped
  }

  /** Moves the cursor; what was rejected on the way is kept. */
  advance(
    shipped: number,
    {
      rejected,
      dropped,
      missed,
      at,
    }: { rejected: RejectedLine[]; dropped: number; missed: number; at: number },
  ): void {
    this.#db.transaction(() => {
      for (const { line, reason } of rejected) this.#statements.add.run(at, reason, line)
      if (rejected.length > 0) this.#statements.trim.run()
      this.#statements.put.run(shipped, rejected.length, dropped, missed)
    })()
  }

  /** Lines in quarantine, the oldest first. */
  quarantined(): RejectedLine[] {
    return this.#statements.lines.all() as RejectedLine[]
  }

  close(): void {
    this.#db.close()
  }
}
