import { type CustodyRecord, type Hello, Lane, type Note, type SeqRange } from '@picket/devices'
import { type Clock, freeBytes } from '@picket/devices/runtime'
import { Ballast } from './ballast.ts'
import { Books, type CommittedRun, type Limits, type Position } from './books.ts'
import { compareEpochs, describeEpochs, missingRanges } from './comparison.ts'
import { isDamaged } from './database.ts'
import type { Epoch } from './epoch.ts'
import { oldestWaiting } from './oldest.ts'
import { type Dropped, dropDamaged, dropOlder, makeRoom } from './overflow.ts'
import type { Place } from './place.ts'
import { asideCount, setAside } from './set-aside.ts'
import { pruneTail } from './tail.ts'

export interface OutboxOptions {
  /** Folder of its database; it exists. */
  folder: string
  /** A fresh random 128-bit number in hexadecimal: the epoch of this start, and of each new database. */
  token(): string
  /** While its time is not known, nothing is too old. */
  clock: Clock & { isKnown?: boolean }
  /**
   * Above this the oldest records are thinned, then dropped, and gap notes stand for them. Alarms may take a further
   * quarter.
   */
  maxBytes: number
  /** What waits for longer is dropped, and a gap note stands for it; but for alarms. */
  maxAgeMs: number
  /** How long settled records are kept, for a cloud that is restored from an older copy of its own. */
  tailMs: number
  /** Settled records are kept only while the whole outbox is smaller than this, and than half of what the disk leaves it. */
  tailMaxBytes: number
  /** Size of a file that is given up when the disk is full; 0 for none. */
  reserveBytes: number
  /**
   * What thinning leaves gets new numbers: a record as the clock of now would have stamped it, and undefined where nobody
   * knows by how much that differs.
   */
  restamp?(record: CustodyRecord, at: Position): CustodyRecord | undefined
  /** Told when a damaged database was set aside: nothing of it is known to be sent any more. */
  onSetAside?(name: string, error: Error): void
}

const RUNS_PRUNED_WITH_A_COMMIT = 16
const RUNS_PRUNED_WHEN_IDLE = 1000
/** What is no alarm may make the file so much larger than `maxBytes`; SQLite then answers SQLITE_FULL. */
const ROOM = 1.15
/** ... and alarms so much. */
const ROOM_FOR_ALARMS = 1.25
/** Above so much of what it could have of the disk, the outbox keeps no tail. */
const TAIL_OF_DISK = 0.5
/** On a full disk, so much of what is used goes on being used. */
const USED_ON_FULL_DISK = 0.95
/** So many commits one after the other that the disk answers with an error are taken for damage. */
const ERRORS_TAKEN_FOR_DAMAGE = 3
const FULL_DISK_BYTES = 1_000_000
/** What SQLite's log takes before it begins anew, with some room. */
const LOG_BYTES = 5_000_000
const MAX_REASON = 200
const SET_ASIDE = 'in a damaged database that was set aside'

/**
 * Every record between its commit here and the cloud's, and a bounded tail afterwards. One database row is
 * one run: what one commit appended. All methods are synchronous; those that write throw SQLite's error when
 * the disk does, and then nothing has changed.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #ballast: Ballast
  #books!: Books
  #droppedRecords = 0
  #thinnedRecords = 0
  /** What a full disk leaves of `maxBytes`. */
  #diskBytes = Number.POSITIVE_INFINITY
  /** What the options and a small disk leave of it. */
  #tailMaxBytes: number
  #errors = 0

  private constructor(options: OutboxOptions) {
    this.#options = options
    this.#tailMaxBytes = options.tailMaxBytes
    this.#ballast = new Ballast(options.folder, options.reserveBytes)
    try {
      this.#books = Books.open(options.folder, options.token())
    } catch (error) {
      if (!isDamaged(error as { code?: string }) || !this.#replace(error as Error)) throw error
    }
  }

  /**
   * Opens the outbox of a folder. A damaged database is set aside, and what can be read of it taken over.
   *
   * @throws StartError where the database cannot be opened
   */
  static open(options: OutboxOptions): Outbox {
    return new Outbox(options)
  }

  /** The epoch that new records belong to. */
  get current(): Epoch {
    return this.#books.current
  }

  /** Every epoch with records here, and the last ones without; in order of age, the present one last. */
  get epochs(): readonly Epoch[] {
    return this.#books.epochs
  }

  /** Records dropped for want of room, or because of their age, since this process started. */
  get droppedRecords(): number {
    return this.#droppedRecords
  }

  /** Records that thinning took out since this process started. */
  get thinnedRecords(): number {
    return this.#thinnedRecords
  }

  /** How full it is, 0 to 1 and above: what it uses of what it may, or of what the disk has room for. */
  get fill(): number {
    return this.#books.runs.usedBytes / Math.min(this.#options.maxBytes, this.#diskBytes, this.#roomOnDisk)
  }

  /** How many damaged databases stand beside it. */
  get setAsideCount(): number {
    return asideCount(this.#options.folder)
  }

  /** How many records wait for the cloud. */
  get pendingRecords(): number {
    return this.#books.epochs.reduce((sum, epoch) => sum + epoch.pending, 0)
  }

  /** When the oldest waiting record was stored, ms UTC. */
  get oldestPendingAt(): number | undefined {
    const times = [Lane.LIVE, Lane.BACKLOG].flatMap(lane => {
      const found = oldestWaiting(this.#books, lane)
      return found ? [found.run.stored_at] : []
    })
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /**
   * Commits records to disk, numbered from the present epoch's `next` on. Where the outbox is full, the oldest records
   * are thinned or dropped, and gap notes are appended behind these. On a full disk the tail is given up first.
   *
   * @param alarms - records of the alarm lane: never thinned or dropped, with a reserve of their own
   * @returns how many were thinned out or dropped
   */
  append(records: readonly CustodyRecord[], alarms: readonly CustodyRecord[] = []): number {
    try {
      return this.#append(records, alarms)
    } catch (error) {
      if (!this.#recover(error as Error)) throw error
      return this.#append(records, alarms)
    }
  }

  /**
   * Drops the run that holds a number because it cannot be read back; a gap note stands for it.
   *
   * @returns false when the disk refuses even that
   */
  dropDamaged(epoch: Epoch, seq: number): boolean {
    try {
      const run = this.#books.runs.holding(epoch.id, seq)
      if (!run) return false
      this.#books.commit(this.#limits, place => this.#putBack(dropDamaged(place, { epoch, run }), place))
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
    return this.#books.read(epoch, first, last)
  }

  /** Where the next record goes. */
  get position(): Position {
    const { epoch, next } = this.#books.current
    return { epoch, seq: next }
  }

  /** What was committed from a place on, as far as it is still held; nothing where its epoch is not known any more. */
  committedFrom(position: Position): Iterable<CommittedRun> {
    return this.#books.committedFrom(position)
  }

  /** Keeps something small beside the records, in a commit of its own; null takes it away. */
  keep(name: string, body: Buffer | null): void {
    this.#books.kept.put(name, body)
  }

  kept(name: string): Buffer | undefined {
    return this.#books.kept.get(name)
  }

  /** Lets go of what the cloud acknowledged. It is written with the next commit: losing it costs a resend. */
  settle(settled: Record<string, readonly SeqRange[]>): void {
    for (const epoch of this.#books.epochs) {
      const ranges = settled[epoch.epoch]
      if (ranges) epoch.settle(ranges)
    }
  }

  /** The epochs as a hello names them. */
  describe(): Hello['epochs'] {
    return describeEpochs(this.#books.epochs)
  }

  /**
   * Compares with what the cloud has, after a hello, both ways: what it has is let go, and what it has lost
   * waits again. What it lacks and can no longer be had here is covered by gap notes.
   *
   * @param described - what the hello said
   * @param settled - what the welcome answered
   */
  compare(described: Hello['epochs'], settled: Record<string, readonly SeqRange[]>): void {
    const { notes, announcements } = compareEpochs(this.#books.epochs, described, settled)
    if (notes.length > 0) this.append(notes.map(note => ({ note })))
    for (const [epoch, announced] of announcements) {
      epoch.announced = announced
      epoch.dirty = true
    }
  }

  /** Deletes some of what need not be kept any longer; to be called now and then. */
  maintain(): void {
    if (this.#ballast.take()) this.#diskBytes = Number.POSITIVE_INFINITY
    this.#tailMaxBytes = Math.min(this.#options.tailMaxBytes, this.#roomOnDisk * TAIL_OF_DISK)
    this.#books.commit(this.#limits, place => {
      pruneTail(place, RUNS_PRUNED_WHEN_IDLE)
      if (place.isTimeKnown) this.#putBack(dropOlder(place, place.now - this.#options.maxAgeMs), place)
    })
    this.#books.forgetEmptyEpochs()
  }

  /** Writes down what is settled and closes the database. */
  close(): void {
    try {
      this.#books.commit(this.#limits, () => {})
    } finally {
      this.#books.close()
    }
  }

  get #limits(): Limits {
    const { clock, maxBytes, tailMs, restamp = asItIs } = this.#options
    const tailMaxBytes = this.#tailMaxBytes
    const isTimeKnown = clock.isKnown ?? true
    const most = Math.min(maxBytes, this.#diskBytes)
    return { now: clock.now(), isTimeKnown, maxBytes: most, tailMs, tailMaxBytes, restamp }
  }

  #append(records: readonly CustodyRecord[], alarms: readonly CustodyRecord[] = []): number {
    const books = this.#books
    books.runs.limit(this.#options.maxBytes * (alarms.length > 0 ? ROOM_FOR_ALARMS : ROOM))
    let taken = 0
    books.commit(this.#limits, place => {
      const full = place.runs.usedBytes > place.maxBytes
      pruneTail(place, full ? RUNS_PRUNED_WHEN_IDLE : RUNS_PRUNED_WITH_A_COMMIT)
      const dropped = makeRoom(place)
      books.insert(place, alarms, Lane.ALARMS)
      books.insert(place, records, Lane.LIVE)
      this.#putBack(dropped, place)
      taken = dropped.records
    })
    this.#errors = 0
    return taken
  }

  // What stands for the records that a transaction takes out.
  #putBack({ records, notes, survivors, storedAt }: Dropped, place: Place): void {
    this.#books.insert(place, notes, Lane.LIVE)
    this.#books.insert(place, survivors, Lane.BACKLOG, storedAt)
    place.afterCommit.push(() => {
      if (survivors.length > 0) this.#thinnedRecords += records
      else this.#droppedRecords += records
    })
  }

  // True where it is worth to try again.
  #recover(error: Error & { code?: string }): boolean {
    const { code = '' } = error
    if (isDamaged(error)) return this.#replace(error)
    // With room on the disk, it is the limit of the file itself.
    if (code === 'SQLITE_FULL') return this.#diskFreeBytes < FULL_DISK_BYTES && this.#makeRoomOnDisk()
    // It may be the disk's way to say that it is full (a quota); again and again, it is taken for damage.
    if (!code.startsWith('SQLITE_IOERR')) return false
    return ++this.#errors < ERRORS_TAKEN_FOR_DAMAGE ? this.#makeRoomOnDisk() : this.#replace(error)
  }

  get #diskFreeBytes(): number {
    return freeBytes(this.#options.folder)
  }

  // What the database could use if nobody else wrote anything.
  get #roomOnDisk(): number {
    return this.#books.runs.fileBytes + this.#diskFreeBytes
  }

  // The reserve goes first, with it the tail of acknowledged records; then the oldest of what waits, commit by commit.
  #makeRoomOnDisk(): boolean {
    const { runs } = this.#books
    const released = this.#ballast.release()
    try {
      for (let before = Number.POSITIVE_INFINITY; runs.usedBytes < before; ) {
        before = runs.usedBytes
        this.#books.commit({ ...this.#limits, tailMaxBytes: 0 }, place =>
          pruneTail(place, RUNS_PRUNED_WHEN_IDLE),
        )
      }
      this.#books.checkpoint()
    } catch {
      if (!released) return false
    }
    const room = runs.usedBytes + this.#diskFreeBytes - LOG_BYTES
    this.#diskBytes = Math.min(this.#diskBytes, Math.max(room, runs.usedBytes * USED_ON_FULL_DISK))
    return true
  }

  // The damaged database is set aside; a new one takes over what can be read of it. False where even that is refused.
  #replace(error: Error): boolean {
    const { folder, token, clock, onSetAside } = this.#options
    const known = this.#books?.epochs ?? []
    try {
      this.#books?.close()
      const name = setAside(folder, clock.now(), known)
      this.#books = Books.open(folder, token())
      this.#errors = 0
      this.#tellOfDamage(name, error)
      onSetAside?.(name, error)
      return true
    } catch {
      return false
    }
  }

  #tellOfDamage(name: string, error: Error): void {
    const gaps = this.#books.epochs.flatMap(epoch =>
      missingRanges(epoch, 0, epoch.next)
        .flatMap(([first, last]) => epoch.announced.missing(first, last))
        .map(([first, last]) => ({ epoch, first, last })),
    )
    const reason = `${SET_ASIDE}: ${error.message}`.slice(0, MAX_REASON)
    const told: Note['note'] = {
      type: 'rejected',
      at: this.#options.clock.now(),
      source: 'outbox',
      reason,
      count: 1,
      sample: name,
    }
    const notes = gaps.map(
      ({ epoch, first, last }): Note => ({
        note: { type: 'gap', epoch: epoch.epoch, first, last, reason: SET_ASIDE },
      }),
    )
    for (const { epoch, first, last } of gaps) {
      epoch.announced.add(first, last)
      epoch.dirty = true
    }
    this.#append([{ note: told }, ...notes])
  }
}

const asItIs = (record: CustodyRecord): CustodyRecord => record
