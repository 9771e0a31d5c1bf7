import { type CustodyRecord, decodeBody, encodeBody, type Lane, MalformedError } from '@picket/devices'
import type Database from 'better-sqlite3'
import { openDatabase } from './database.ts'
import { Epoch } from './epoch.ts'
import { Kept } from './kept.ts'
import type { Place } from './place.ts'
import { RecentRecords } from './recent.ts'
import { loadEpochs, type Run, Runs } from './runs.ts'

/** What a transaction is told beside what stands in the books. */
export type Limits = Pick<Place, 'now' | 'isTimeKnown' | 'maxBytes' | 'tailMs' | 'tailMaxBytes' | 'restamp'>

/**
 * Epochs without records that are still named in the hello, newest first: a cloud that was restored from a copy
 * older than them learns from it what it has lost. Every start makes one.
 */
const EMPTY_EPOCHS_KEPT = 256
const MAX_RECORDS_IN_RUN = 16_384

/** Records that one commit wrote, and the clock at that commit. */
export interface CommittedRun {
  storedAt: number
  epoch: string
  /** Number of the first of them. */
  first: number
  records: CustodyRecord[]
}

/** A place in the outbox: the number of a record in its epoch. */
export interface Position {
  epoch: string
  seq: number
}

/**
 * One open database of the outbox and what is known of it in memory, which follows only what was committed. All
 * methods throw SQLite's error when the disk does, and then nothing has changed.
 */
export class Books {
  readonly #database: Database.Database
  readonly runs: Runs
  readonly kept: Kept
  /** Every epoch with records here, and the last ones without; in order of age, the present one last. */
  readonly epochs: Epoch[]
  /** The epoch that new records belong to. */
  readonly current: Epoch
  readonly #recent = new RecentRecords()
  #decoded: { epoch: Epoch; first: number; records: CustodyRecord[] } | undefined

  private constructor(database: Database.Database, epoch: string) {
    this.#database = database
    this.runs = new Runs(database)
    this.kept = new Kept(database)
    this.epochs = loadEpochs(database)
    this.current = new Epoch((this.epochs.at(-1)?.id ?? 0) + 1, epoch)
    this.epochs.push(this.current)
  }

  /**
   * @param epoch - minted for these books
   * @throws StartError where the database cannot be opened, or SQLite's error where it is damaged further in
   */
  static open(folder: string, epoch: string): Books {
    const database = openDatabase(folder)
    try {
      return new Books(database, epoch)
    } catch (error) {
      database.close()
      throw error
    }
  }

  /**
   * One transaction.
   *
   * @param work - what it does
   */
  commit(limits: Limits, work: (place: Place) => void): void {
    const place: Place = {
      ...limits,
      next: this.current.next,
      runs: this.runs,
      epochs: this.epochs,
      announced: new Map(),
      afterCommit: [],
    }
    this.#database.transaction(() => {
      work(place)
      this.#writeEpochs(place)
    })()
    for (const change of place.afterCommit) change()
  }

  /** Appends records within a transaction, under the numbers that follow. */
  insert(place: Place, records: readonly CustodyRecord[], lane: Lane, storedAt = place.now): void {
    const epoch = this.current
    if (records.length === 0) return
    if (!epoch.stored) epoch.dirty = true
    const begin = place.next
    place.next += records.length
    for (let at = 0; at < records.length; at += MAX_RECORDS_IN_RUN) {
      const part = records.length > MAX_RECORDS_IN_RUN ? records.slice(at, at + MAX_RECORDS_IN_RUN) : records
      const run = { epochId: epoch.id, first: begin + at, count: part.length, storedAt, lane }
      this.runs.insert({ ...run, body: encodeBody(part) })
    }
    place.afterCommit.push(() => {
      epoch.hold(begin, begin + records.length - 1, lane)
      this.#recent.add(begin, records)
    })
  }

  /**
   * Reads consecutive records.
   *
   * @returns those from `first` to `last` that are held, up to the first that is not
   * @throws MalformedError where the first of them was damaged on disk; SQLite's error when the disk cannot be read
   */
  read(epoch: Epoch, first: number, last: number): CustodyRecord[] {
    if (epoch === this.current) {
      const recent = this.#recent.slice(first, last)
      if (recent.length > 0) return recent
    }
    const records: CustodyRecord[] = []
    for (let seq = first; seq <= last; ) {
      const run = this.runs.holding(epoch.id, seq)
      if (!run) break
      const decoded = this.#decode(epoch, run)
      if (decoded instanceof MalformedError) {
        if (records.length > 0) break
        throw decoded
      }
      const end = Math.min(last + 1, run.first_seq + run.count)
      for (; seq < end; seq++) records.push(decoded[seq - run.first_seq] as CustodyRecord)
    }
    return records
  }

  /** What was committed from a place on, one commit after the other, as far as it is still held. */
  *committedFrom({ epoch, seq }: Position): Generator<CommittedRun> {
    const oldest = this.epochs.findIndex(candidate => candidate.epoch === epoch)
    if (oldest < 0) return
    for (const [at, one] of this.epochs.slice(oldest).entries()) {
      for (const [first, last] of one.held.ranges) {
        for (let next = at === 0 ? Math.max(first, seq) : first; next <= last; ) {
          const run = this.runs.holding(one.id, next)
          if (!run) break
          const decoded = this.#decode(one, run)
          const begin = next
          next = run.first_seq + run.count
          if (!(decoded instanceof MalformedError)) {
            const records = decoded.slice(begin - run.first_seq)
            yield { storedAt: run.stored_at, epoch: one.epoch, first: begin, records }
          }
        }
      }
    }
  }

  /** Deletes what is known of the oldest epochs that hold nothing and miss nothing. */
  forgetEmptyEpochs(): void {
    const empty = this.epochs.filter(
      epoch => epoch !== this.current && epoch.held.size === 0 && epoch.settled.covers(0, epoch.next - 1),
    )
    for (const epoch of empty.slice(0, -EMPTY_EPOCHS_KEPT)) {
      this.runs.deleteEpoch(epoch.id)
      this.epochs.splice(this.epochs.indexOf(epoch), 1)
    }
  }

  /** Brings what stands in the log into the database, so that the log begins anew. */
  checkpoint(): void {
    this.#database.pragma('wal_checkpoint(RESTART)')
  }

  close(): void {
    this.#database.close()
  }

  #writeEpochs({ announced, afterCommit }: Place): void {
    for (const epoch of this.epochs) {
      if (!epoch.dirty && !announced.has(epoch)) continue
      this.runs.writeEpoch(epoch, announced.get(epoch) ?? epoch.announced)
      afterCommit.push(() => {
        epoch.dirty = false
        epoch.stored = true
      })
    }
  }

  #decode(epoch: Epoch, run: Run): CustodyRecord[] | MalformedError {
    const kept = this.#decoded
    if (kept?.epoch === epoch && kept.first === run.first_seq) return kept.records
    try {
      const records = decodeBody(this.runs.body(run.id), run.count)
      this.#decoded = { epoch, first: run.first_seq, records }
      return records
    } catch (error) {
      if (error instanceof MalformedError) return error
      throw error
    }
  }
}
