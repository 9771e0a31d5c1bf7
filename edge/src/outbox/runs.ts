import { crc32 } from 'node:zlib'
import { decodeBody, type Lane, MalformedError, RangeSet, type SeqRange } from '@picket/devices'
import type Database from 'better-sqlite3'
import { Epoch } from './epoch.ts'

/** What one commit appended, without its body. */
export interface Run {
  id: number
  first_seq: number
  count: number
  stored_at: number
  /** ALARMS, LIVE, or BACKLOG for what thinning left. */
  lane: Lane
}

export interface NewRun {
  epochId: number
  first: number
  count: number
  storedAt: number
  lane: Lane
  /** As `encodeBody` gives it, not compressed. */
  body: Buffer
}

const RUN = 'id, first_seq, count, stored_at, lane'

/** The statements of the outbox's two tables. */
export class Runs {
  readonly #insert: Database.Statement
  readonly #holding: Database.Statement
  readonly #beginning: Database.Statement
  readonly #body: Database.Statement
  readonly #delete: Database.Statement
  readonly #writeEpoch: Database.Statement
  readonly #deleteEpoch: Database.Statement
  readonly #pages: Database.Statement
  #maxPages: number | undefined
  readonly #freePages: Database.Statement
  readonly #pageBytes: number
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    this.#database = database
    this.#insert = database.prepare(
      'INSERT INTO run (epoch_id, first_seq, count, stored_at, lane, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    // `? + 0`: beside an ORDER BY, a bare parameter in an equation makes SQLite compile the statement for each value anew.
    this.#holding = database.prepare(
      `SELECT ${RUN} FROM run WHERE epoch_id = ? + 0 AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1`,
    )
    this.#beginning = database.prepare(
      `SELECT ${RUN} FROM run WHERE epoch_id = ? + 0 AND first_seq BETWEEN ? AND ? ORDER BY first_seq LIMIT 1`,
    )
    this.#body = database.prepare('SELECT body, checksum FROM run WHERE id = ?')
    this.#delete = database.prepare('DELETE FROM run WHERE id = ?')
    this.#writeEpoch = database.prepare(
      'INSERT OR REPLACE INTO epoch (id, epoch, next, settled, announced) VALUES (?, ?, ?, ?, ?)',
    )
    this.#deleteEpoch = database.prepare('DELETE FROM epoch WHERE id = ?')
    this.#pages = database.prepare('PRAGMA page_count').pluck()
    this.#freePages = database.prepare('PRAGMA freelist_count').pluck()
    this.#pageBytes = database.pragma('page_size', { simple: true }) as number
  }

  /** Bytes of the database that hold something. */
  get usedBytes(): number {
    return ((this.#pages.get() as number) - (this.#freePages.get() as number)) * this.#pageBytes
  }

  /** Bytes of the database, with those that were given free and are used again. */
  get fileBytes(): number {
    return (this.#pages.get() as number) * this.#pageBytes
  }

  /** From here on SQLite answers SQLITE_FULL where the file would grow beyond so many bytes. */
  limit(bytes: number): void {
    const pages = Math.ceil(bytes / this.#pageBytes)
    // A file that is larger already keeps its size as its limit, and so is asked again.
    if (pages !== this.#maxPages)
      this.#maxPages = this.#database.pragma(`max_page_count = ${pages}`, { simple: true }) as number
  }

  insert({ epochId, first, count, storedAt, lane, body }: NewRun): void {
    this.#insert.run(epochId, first, count, storedAt, lane, body, crc32(body))
  }

  /** The run that holds a number. */
  holding(epochId: number, seq: number): Run | undefined {
    const run = this.#holding.get(epochId, seq) as Run | undefined
    return run && seq < run.first_seq + run.count ? run : undefined
  }

  /** The first run that begins in a range. */
  beginningIn(epochId: number, [first, last]: SeqRange): Run | undefined {
    return this.#beginning.get(epochId, first, last) as Run | undefined
  }

  /** @throws MalformedError where it is not what was stored */
  body(id: number): Buffer {
    return soundBody(this.#body.get(id) as StoredBody)
  }

  delete(id: number): void {
    this.#delete.run(id)
  }

  writeEpoch({ id, epoch, next, settled }: Epoch, announced: RangeSet): void {
    this.#writeEpoch.run(id, epoch, next, JSON.stringify(settled.ranges), JSON.stringify(announced.ranges))
  }

  deleteEpoch(id: number): void {
    this.#deleteEpoch.run(id)
  }
}

interface StoredBody {
  body: Buffer
  /** CRC-32 of the body; null of what was stored before there was one. */
  checksum: number | null
}

// SQLite does not notice a bit that fell over on a card, and most such bodies can be decoded, to other values.
function soundBody({ body, checksum }: StoredBody): Buffer {
  if (checksum !== null && crc32(body) !== checksum)
    throw new MalformedError('a run is not what was stored: the disk has changed it')
  return body
}

/** How many runs and records there are, and how many of the runs are not what was stored. */
export function countRuns(database: Database.Database): { runs: number; records: number; changed: number } {
  const counts = { runs: 0, records: 0, changed: 0 }
  const rows = database.prepare('SELECT * FROM run').iterate() as Iterable<Run & Partial<StoredBody>>
  for (const { count, body, checksum = null } of rows) {
    counts.runs++
    counts.records += count
    if (attempt(() => soundBody({ body: body as Buffer, checksum })) === undefined) counts.changed++
  }
  return counts
}

/** Every epoch in the database, in order of age, with what it holds. */
export function loadEpochs(database: Database.Database): Epoch[] {
  const epochs = readEpochs(database)
  const runs = database.prepare(
    'SELECT epoch_id, first_seq, count, lane FROM run ORDER BY epoch_id, first_seq',
  )
  // `next` is written when something is settled or dropped; the runs know of what came after.
  for (const run of runs.iterate() as Iterable<StoredRun>)
    epochs.get(run.epoch_id)?.hold(run.first_seq, run.first_seq + run.count - 1, run.lane)
  return [...epochs.values()]
}

type StoredRun = Run & { epoch_id: number }

/** Every epoch in the database by its key, in order of age, without what it holds. */
function readEpochs(database: Database.Database): Map<number, Epoch> {
  const epochs = new Map<number, Epoch>()
  const rows = database.prepare('SELECT id, epoch, next, settled, announced FROM epoch ORDER BY id')
  for (const row of rows.all() as {
    id: number
    epoch: string
    next: number
    settled: string
    announced: string
  }[]) {
    const epoch = new Epoch(row.id, row.epoch)
    epoch.next = row.next
    epoch.settled = new RangeSet(JSON.parse(row.settled))
    epoch.announced = new RangeSet(JSON.parse(row.announced))
    epoch.stored = true
    epochs.set(row.id, epoch)
  }
  return epochs
}

/**
 * Reads a damaged database: its epochs, and one by one the runs that can be read and of which some records wait for the
 * cloud.
 */
export function* readDamaged(database: Database.Database): Generator<Epoch | NewRun> {
  const epochs = readEpochs(database)
  yield* epochs.values()
  const row = database.prepare('SELECT * FROM run WHERE id = ?')
  const last = database.prepare('SELECT MAX(id) FROM run').pluck().get() as number | null
  for (let id = 1; id <= (last ?? 0); id++) {
    const run = attempt(() => row.get(id) as (StoredRun & Partial<StoredBody>) | undefined)
    if (!run) continue
    const { first_seq: first, count, lane, checksum = null } = run
    const body = attempt(() => soundBody({ body: run.body as Buffer, checksum }))
    if (!body || attempt(() => decodeBody(body, count)) === undefined) continue
    if (epochs.get(run.epoch_id)?.settled.covers(first, first + count - 1)) continue
    yield { epochId: run.epoch_id, first, count, storedAt: run.stored_at, lane, body }
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
