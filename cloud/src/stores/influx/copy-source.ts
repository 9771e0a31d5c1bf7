import Database from 'better-sqlite3'

export interface SourceSeries {
  device: string
  quantity: string
}

export interface SourceRow {
  t: number
  v: number
  q: number
}

/** The readings of the embedded store, on a read-only connection of its own. */
export class CopySource {
  readonly #db: Database.Database
  readonly #statements

  /** @param file - the cloud's database */
  constructor(file: string) {
    this.#db = new Database(file, { readonly: true, fileMustExist: true })
    const series = 'FROM reading WHERE series = (SELECT id FROM series WHERE device = ? AND quantity = ?)'
    const rows = `SELECT t, v, q ${series}`
    this.#statements = {
      series: this.#db.prepare('SELECT device, quantity FROM series ORDER BY id'),
      countAfter: this.#db.prepare(`SELECT count(*) ${series} AND t > ?`).pluck(),
      after: this.#db.prepare(`${rows} AND t > ? ORDER BY t LIMIT ?`),
      between: this.#db.prepare(`${rows} AND t BETWEEN ? AND ? ORDER BY t`),
    }
  }

  series(): SourceSeries[] {
    return this.#statements.series.all() as SourceSeries[]
  }

  /** How many readings are still to be copied. */
  remaining(progress: CopyProgress): number {
    const after = (series: SourceSeries): number =>
      this.#statements.countAfter.get(series.device, series.quantity, progress.of(series)) as number
    return this.series().reduce((sum, series) => sum + after(series), 0)
  }

  after({ device, quantity }: SourceSeries, t: number, limit: number): SourceRow[] {
    return this.#statements.after.all(device, quantity, t, limit) as SourceRow[]
  }

  /** Both ends inclusive. */
  between({ device, quantity }: SourceSeries, from: number, to: number): SourceRow[] {
    return this.#statements.between.all(device, quantity, from, to) as SourceRow[]
  }

  close(): void {
    this.#db.close()
  }
}

/** How far each series is copied, so that a copy that broke off goes on where it was. */
export class CopyProgress {
  readonly #db: Database.Database
  readonly #statements

  constructor(file: string) {
    this.#db = new Database(file)
    this.#db.pragma('journal_mode = WAL')
    this.#db.pragma('synchronous = NORMAL')
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS copied (device TEXT, quantity TEXT, until INTEGER NOT NULL, PRIMARY KEY (device, quantity))',
    )
    this.#statements = {
      get: this.#db.prepare('SELECT until FROM copied WHERE device = ? AND quantity = ?').pluck(),
      put: this.#db.prepare('INSERT OR REPLACE INTO copied VALUES (?, ?, ?)'),
    }
  }

  /** The time of the last reading that is copied and verified. */
  of({ device, quantity }: SourceSeries): number {
    return (this.#statements.get.get(device, quantity) as number | undefined) ?? -1
  }

  note({ device, quantity }: SourceSeries, until: number): void {
    this.#statements.put.run(device, quantity, until)
  }

  close(): void {
    this.#db.close()
  }
}
