import { decodeBody, encodeBody, MAX_RECORDS, type Reading } from '@picket/devices'
import type { RejectionRecord } from '../ports.ts'
import type { Db } from './database.ts'

/** Consecutive records of one epoch that were set aside for one reason. */
export interface Quarantined {
  at: number
  gateway: string
  epoch: string
  first: number
  last: number
  reason: string
  readings: readonly Reading[]
}

export type QuarantineRange = Pick<Quarantined, 'gateway' | 'epoch' | 'first' | 'last'>

interface QuarantineRow {
  id: number
  gateway: string
  epoch: string
  first: number
  last: number
  reason: string
  count: number
  body: Buffer
}

type StoredRow = QuarantineRow & { at: number }

const readRow = ({ body, count, ...row }: StoredRow): Quarantined & { id: number } => ({
  ...row,
  readings: decodeBody(body, count) as Reading[],
})

/** Bounds: the oldest go first. What a gateway sent stays in its journal of rejections as a line. */
const MAX_QUARANTINED = 100_000
const MAX_REJECTIONS = 10_000
const MAX_SAMPLE_LENGTH = 500
const WAITING_PAGE = 500

/** What was refused: with its bytes where it may be repaired, and as a line for people. */
export class SqliteQuarantine {
  readonly #statements

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare(`INSERT INTO quarantine (at, gateway, epoch, first, last, reason, count, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
      bound: db.prepare('DELETE FROM quarantine WHERE id <= ?'),
      repairable: db.prepare(
        "SELECT * FROM quarantine WHERE id > ? AND (reason LIKE 'unknown%' OR reason LIKE 'not registered%') ORDER BY id LIMIT ?",
      ),
      waiting:
        // No run is longer than a batch: so the index leads to those of the range alone.
        db.prepare(`SELECT * FROM quarantine WHERE gateway = ? AND epoch = ? AND last >= ? AND first > ? AND first <= ?
        AND reason IN (SELECT value FROM json_each(?)) AND id > ? ORDER BY id LIMIT ?`),
      waitingCount: db
        .prepare(`SELECT IFNULL(SUM(MIN(last, :last) - MAX(first, :first) + 1), 0) AS count FROM quarantine
        WHERE gateway = :gateway AND epoch = :epoch AND last >= :first AND first > :lowest AND first <= :last
        AND reason IN (SELECT value FROM json_each(:reasons))`)
        .pluck(),
      remove: db.prepare('DELETE FROM quarantine WHERE id = ?'),
      rename: db.prepare('UPDATE quarantine SET gateway = ? WHERE gateway = ?'),
      renameRejections: db.prepare('UPDATE rejection SET gateway = ? WHERE gateway = ?'),
      reject: db.prepare(`INSERT INTO rejection (at, place, gateway, source, reason, count, sample)
        VALUES (?, ?, ?, ?, ?, ?, ?)`),
      boundRejections: db.prepare('DELETE FROM rejection WHERE id <= ?'),
      list: db.prepare(`SELECT id, at, place, gateway, source, reason, count, sample FROM rejection
        WHERE :gateway IS NULL OR gateway = :gateway ORDER BY id DESC LIMIT :limit`),
    }
  }

  /** Sets records aside within the caller's transaction; to be noted for people with `reject`. */
  add({ at, gateway, epoch, first, last, reason, readings }: Quarantined): void {
    const { lastInsertRowid } = this.#statements.add.run(
      at,
      gateway,
      epoch,
      first,
      last,
      reason,
      readings.length,
      encodeBody(readings),
    )
    this.#statements.bound.run(Number(lastInsertRowid) - MAX_QUARANTINED)
  }

  /** Keeps the bytes of a batch that could not be decoded. */
  addBytes({
    at,
    gateway,
    epoch,
    first,
    last,
    reason,
    bytes,
  }: Omit<Quarantined, 'readings'> & { bytes: Buffer }): void {
    this.#statements.add.run(at, gateway, epoch, first, last, reason, 0, bytes)
    const sample = bytes.subarray(0, 64).toString('hex')
    this.reject({ at, where: 'cloud', gateway, source: 'batch', reason, count: last - first + 1, sample })
  }

  /** Records that another registry may admit, oldest first: the first so many after an id. */
  repairable(limit: number, after: number): (Quarantined & { id: number })[] {
    return (this.#statements.repairable.all(after, limit) as StoredRow[]).map(readRow)
  }

  /** What of an epoch's range waits for one of some reasons, oldest first; what becomes of one does not disturb the next. */
  *waiting(
    { gateway, epoch, first, last }: QuarantineRange,
    reasons: readonly string[],
  ): Generator<Quarantined & { id: number }> {
    const range = [gateway, epoch, first, first - MAX_RECORDS, last, JSON.stringify(reasons)]
    const after = (id: number) => this.#statements.waiting.all(...range, id, WAITING_PAGE) as StoredRow[]
    for (let page = after(0); page.length > 0; page = after(page.at(-1)?.id as number))
      for (const row of page) yield readRow(row)
  }

  /** How many records of an epoch's range wait for one of some reasons. */
  waitingCount({ gateway, epoch, first, last }: QuarantineRange, reasons: readonly string[]): number {
    const range = { gateway, epoch, first, last, lowest: first - MAX_RECORDS }
    return this.#statements.waitingCount.get({ ...range, reasons: JSON.stringify(reasons) }) as number
  }

  remove(id: number): void {
    this.#statements.remove.run(id)
  }

  /** Puts what a gateway sent under another id of it, within the caller's transaction. */
  rename(old: string, present: string): void {
    this.#statements.rename.run(present, old)
    this.#statements.renameRejections.run(present, old)
  }

  /** Notes refused input for people. */
  reject({ at, where, gateway, source, reason, count, sample }: Omit<RejectionRecord, 'id'>): void {
    const added = this.#statements.reject.run(
      at,
      where,
      gateway,
      source,
      reason,
      count,
      sample.slice(0, MAX_SAMPLE_LENGTH),
    )
    this.#statements.boundRejections.run(Number(added.lastInsertRowid) - MAX_REJECTIONS)
  }

  rejections({ gateway, limit }: { gateway?: string; limit: number }): RejectionRecord[] {
    const rows = this.#statements.list.all({ gateway: gateway ?? null, limit }) as (RejectionRecord & {
      place: string
    })[]
    return rows.map(({ place, ...row }) => ({ ...row, where: place }))
  }
}
