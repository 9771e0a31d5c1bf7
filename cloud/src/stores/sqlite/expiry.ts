import type { Db } from './database.ts'

/** What one step of a pass did. */
export interface ExpiryStep {
  /** Readings that are gone. */
  expired: number
  /** Where the next step goes on; undefined when every series has been looked at. */
  next: number | undefined
}

// A step takes some milliseconds, between two commits of what comes in.
const ROWS_PER_STEP = 2000
const SERIES_PER_STEP = 200

/**
 * Lets go of old readings, a little at a time. How old one is counts from the newest of its series, not from the clock: a
 * clock that jumps takes nothing away, the newest is never gone, and a sensor that died keeps its last years.
 */
export class ReadingExpiry {
  readonly #statements

  constructor(db: Db) {
    this.#statements = {
      series: db.prepare('SELECT id FROM series WHERE id >= ? ORDER BY id LIMIT ?').pluck(),
      newest: db.prepare('SELECT max(t) FROM reading WHERE series = ?').pluck(),
      // Up to so many of the oldest: without that many older ones there is no bound but the time.
      expire: db.prepare(
        `DELETE FROM reading WHERE series = :series AND t < :before AND t < coalesce(
          (SELECT t FROM reading WHERE series = :series ORDER BY t LIMIT 1 OFFSET :most), :before)`,
      ),
    }
  }

  /**
   * One step, within the caller's transaction.
   *
   * @param from - 0 for the first of a pass
   * @param keepMs - readings stay that are no older than this, counted from the newest of their series
   */
  step(from: number, keepMs: number): ExpiryStep {
    let expired = 0
    const ids = this.#statements.series.all(from, SERIES_PER_STEP) as number[]
    for (const series of ids) {
      const before = ((this.#statements.newest.get(series) as number | null) ?? 0) - keepMs
      const most = ROWS_PER_STEP - expired
      expired += this.#statements.expire.run({ series, before, most }).changes
      // There may be more of it.
      if (expired >= ROWS_PER_STEP) return { expired, next: series }
    }
    return { expired, next: ids.length < SERIES_PER_STEP ? undefined : (ids.at(-1) as number) + 1 }
  }
}
