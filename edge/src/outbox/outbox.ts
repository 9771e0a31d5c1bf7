import {
  type CustodyRecord,
  decodeBody,
  encodeBody,
  type GapNote,
  type Hello,
  MalformedError,
  RangeSet,
  type SeqRange,
} from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type Database from 'better-sqlite3'
import { openDatabase } from './database.ts'
import { Epoch } from './epoch.ts'
import { dropDamaged, dropOldest } from './overflow.ts'
import type { Place } from './place.ts'
import { RecentRecords } from './recent.ts'
import { loadEpochs, type Run, Runs } from './runs.ts'
import { pruneTail } from './tail.ts'

export interface OutboxOptions {
  /** Folder of its database; it exists. */
  folder: string
  /** A random 128-bit number in hexadecimal, minted at this start of the process. */
  epoch: string
  clock: Clock
  /** Above this the oldest records are dropped, and a gap note stands for them. */
  maxBytes: number
  /** How long settled records are kept, for a cloud that is restored from an older copy of its own. */
  tailMs: number
  /** Settled records are kept only while the whole outbox is smaller than this. */
  tailMaxBytes: number
}

/** Most epochs that one hello can name. */
const MAX_EPOCHS_IN_HELLO = 1000
/**
 * Epochs without records that are still named in the hello, newest first: a cloud that was restored from a copy
 * older than them learns from it what it has lost. Every start makes one.
 */
const EMPTY_EPOCHS_KEPT = 256
const MAX_RECORDS_IN_RUN = 16_384
const MAX_NOTES_AT_ONCE = 10_000
const RUNS_PRUNED_WITH_A_COMMIT = 16
const RUNS_PRUNED_WHEN_IDLE = 1000

/**
 * Every record between its commit here and the cloud's, and a bounded tail afterwards. One database row is
 * one run: what one commit appended. All methods are synchronous; those that write throw SQLite's error when
 * the disk does, and then nothing has changed.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #database: Database.Database
  readonly #runs: Runs
  readonly #epochs: Epoch[]
  readonly #current: Epoch
  readonly #recent = new RecentRecords()
  #decoded: { epoch: Epoch; first: number; records: CustodyRecord[] } | undefined
  #droppedRecords = 0

  private constructor(options: OutboxOptions, database: Database.Database) {
    this.#options = options
    this.#database = database
    this.#runs = new Runs(database)
    this.#epochs = loadEpochs(database)
    this.#current = new Epoch((this.#epochs.at(-1)?.id ?? 0) + 1, options.epoch)
    this.#epochs.push(this.#current)
  }

  /** @throws StartError where the database cannot be opened */
  static open(options: OutboxOptions): Outbox {
    return new Outbox(options, openDatabase(options.folder, options.maxBytes))
  }

  /** The epoch that new records belong to. */
  get current(): Epoch {
    return this.#current
  }

  /** Every epoch with records here, and the last ones without; in order of age, the present one last. */
  get epochs(): readonly Epoch[] {
    return this.#epochs
  }

  /** Records dropped for want of room since this process started. */
  get droppedRecords(): number {
    return this.#droppedRecords
  }

  /** How many records wait for the cloud. */
  get pendingRecords(): number {
    return this.#epochs.reduce((sum, epoch) => sum + epoch.pending, 0)
  }

  /** When the oldest waiting record was stored, ms UTC. */
  get oldestPendingAt(): number | undefined {
    for (const epoch of this.#epochs) {
      const seq = epoch.firstPending
      if (seq !== undefined) return this.#runs.holding(epoch.id, seq)?.stored_at
    }
    return undefined
  }

  /**
   * Commits records to disk, numbered from the present epoch's `next` on. Where the outbox is full, the
   * oldest records go and gap notes are appended behind these.
   *
   * @returns how many were dropped
   */
  append(records: readonly CustodyRecord[]): number {
    return this.#commit(place => {
      this.#prune(place)
      const dropped = dropOldest(place)
      this.#insert(dropped.notes.length > 0 ? [...records, ...dropped.notes] : records, place.afterCommit)
      return dropped.records
    })
  }

  /**
   * Drops the run that holds a number because it cannot be read back; a gap note stands for it.
   *
   * @returns false when the disk refuses even that
   */
  dropDamaged(epoch: Epoch, seq: number): boolean {
    try {
      const run = this.#runs.holding(epoch.id, seq)
      if (!run) return false
      this.#commit(place => {
        const dropped = dropDamaged(place, { epoch, run })
        this.#insert(dropped.notes, place.afterCommit)
        return dropped.records
      })
      return true
    } catch {
      return false
    }
  }

  /**
   * Reads consecutive records.
   *
   * @returns those from `first` to `last` that are held, up to the first that is not
   * @throws MalformedError where the first of them was damaged on disk; SQLite's error when the disk cannot be read
   */
  read(epoch: Epoch, first: number, last: number): CustodyRecord[] {
    if (epoch === this.#current) {
      const recent = this.#recent.slice(first, last)
      if (recent.length > 0) return recent
    }
    const records: CustodyRecord[] = []
    for (let seq = first; seq <= last; ) {
      const run = this.#runs.holding(epoch.id, seq)
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

  /** Lets go of what the cloud acknowledged. It is written with the next commit: losing it costs a resend. */
  settle(settled: Record<string, readonly SeqRange[]>): void {
    for (const epoch of this.#epochs) {
      const ranges = settled[epoch.epoch]
      if (ranges) epoch.settle(ranges)
    }
  }

  /** The epochs as a hello names them. Those with waiting records come first where not all have room. */
  describe(): Hello['epochs'] {
    const known = this.#epochs.filter(epoch => epoch.next > 0)
    const waiting = known.filter(epoch => epoch.firstPending !== undefined)
    const others = known.filter(epoch => epoch.firstPending === undefined).reverse()
    return [...waiting, ...others]
      .slice(0, MAX_EPOCHS_IN_HELLO)
      .map(({ epoch, low, next }) => ({ epoch, low, next }))
  }

  /**
   * Compares with what the cloud has, after a hello, both ways: what it has is let go, and what it has lost
   * waits again. What it lacks and can no longer be had here is covered by gap notes.
   *
   * @param described - what the hello said
   * @param settled - what the welcome answered
   */
  compare(described: Hello['epochs'], settled: Record<string, readonly SeqRange[]>): void {
    const notes: GapNote[] = []
    const announcements = new Map<Epoch, RangeSet>()
    for (const { epoch: name, low, next } of described) {
      const epoch = this.#epochs.find(candidate => candidate.epoch === name)
      if (!epoch) continue
      epoch.settled = new RangeSet()
      // Below `low` nothing was held when the hello was said: the cloud writes it down as lost.
      if (low > 0) epoch.settle([[0, low - 1]])
      epoch.settle(settled[name] ?? [])
      const announced = new RangeSet()
      for (const [first, last] of missingRanges(epoch, low, next)) {
        announced.add(first, last)
        for (const [from, to] of epoch.announced.missing(first, last)) {
          if (notes.length < MAX_NOTES_AT_ONCE)
            notes.push({
              type: 'gap',
              epoch: name,
              first: from,
              last: to,
              reason: 'no longer held by the gateway',
            })
          else announced.remove(from, to)
        }
      }
      announcements.set(epoch, announced)
    }
    if (notes.length > 0) this.append(notes.map(note => ({ note })))
    for (const [epoch, announced] of announcements) {
      epoch.announced = announced
      epoch.dirty = true
    }
  }

  /** Deletes some of what need not be kept any longer; to be called now and then. */
  maintain(): void {
    this.#commit(place => {
      pruneTail(place, RUNS_PRUNED_WHEN_IDLE)
      return 0
    })
    this.#forgetEmptyEpochs()
  }

  /** Writes down what is settled and closes the database. */
  close(): void {
    try {
      this.#commit(() => 0)
    } finally {
      this.#database.close()
    }
  }

  // One transaction; memory follows only once it is on disk. `work` says how many records it drops.
  #commit(work: (place: Place) => number): number {
    const place: Place = {
      ...this.#options,
      now: this.#options.clock.now(),
      runs: this.#runs,
      epochs: this.#epochs,
      announced: new Map(),
      afterCommit: [],
    }
    const dropped = this.#database.transaction(() => {
      const count = work(place)
      this.#writeEpochs(place)
      return count
    })()
    for (const change of place.afterCommit) change()
    this.#droppedRecords += dropped
    return dropped
  }

  #prune(place: Place): void {
    const full = place.runs.usedBytes > place.maxBytes
    pruneTail(place, full ? RUNS_PRUNED_WHEN_IDLE : RUNS_PRUNED_WITH_A_COMMIT)
  }

  #insert(records: readonly CustodyRecord[], afterCommit: (() => void)[]): void {
    const epoch = this.#current
    if (records.length === 0) return
    if (!epoch.stored) epoch.dirty = true
    for (let at = 0; at < records.length; at += MAX_RECORDS_IN_RUN) {
      const part = records.length > MAX_RECORDS_IN_RUN ? records.slice(at, at + MAX_RECORDS_IN_RUN) : records
      this.#runs.insert({
        epochId: epoch.id,
        first: epoch.next + at,
        count: part.length,
        storedAt: this.#options.clock.now(),
        body: encodeBody(part),
      })
    }
    afterCommit.push(() => {
      epoch.held.add(epoch.next, epoch.next + records.length - 1)
      this.#recent.add(epoch.next, records)
      epoch.next += records.length
    })
  }

  #writeEpochs({ announced, afterCommit }: Place): void {
    for (const epoch of this.#epochs) {
      if (!epoch.dirty && !announced.has(epoch)) continue
      this.#runs.writeEpoch(epoch, announced.get(epoch) ?? epoch.announced)
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
      const records = decodeBody(this.#runs.body(run.id), run.count)
      this.#decoded = { epoch, first: run.first_seq, records }
      return records
    } catch (error) {
      if (error instanceof MalformedError) return error
      throw error
    }
  }

  #forgetEmptyEpochs(): void {
    const empty = this.#epochs.filter(
      epoch => epoch !== this.#current && epoch.held.size === 0 && epoch.settled.covers(0, epoch.next - 1),
    )
    for (const epoch of empty.slice(0, -EMPTY_EPOCHS_KEPT)) {
      this.#runs.deleteEpoch(epoch.id)
      this.#epochs.splice(this.#epochs.indexOf(epoch), 1)
    }
  }
}

// From low to next, what is neither held nor settled.
function missingRanges(epoch: Epoch, low: number, next: number): SeqRange[] {
  return epoch.held.missing(low, next - 1).flatMap(([first, last]) => epoch.settled.missing(first, last))
}
