import {
  type CustodyRecord,
  decodeBody,
  type GapNote,
  Lane,
  MalformedError,
  type Note,
  RangeSet,
  type SeqRange,
} from '@picket/devices'
import { SOFTWARE_DATE } from '../time/steady-clock.ts'
import type { Epoch } from './epoch.ts'
import { oldestWaiting, type RunOfEpoch } from './oldest.ts'
import type { Place } from './place.ts'
import { thin } from './thinning.ts'

const RUNS_WITH_A_COMMIT = 64
/** No commit waits for longer than it takes to read and to write so many records. */
const RECORDS_WITH_A_COMMIT = 20_000
/** Some room is made at a time: otherwise each commit of a single reading would need a gap note. */
const ENOUGH = 0.97
const FULL = 'the outbox of the gateway was full'
const THINNED = 'thinned out: the outbox of the gateway was full'
const OLD = 'older than the gateway keeps records'
const DAMAGED = 'damaged in the outbox of the gateway'

/** What a transaction takes out: how many records, the gap notes that stand for them, and what is put back. */
export interface Dropped {
  records: number
  notes: Note[]
  /** What thinning leaves, to be appended as new records of the backlog. */
  survivors: CustodyRecord[]
  /** When the oldest of the survivors was stored. */
  storedAt: number
}

/**
 * Makes room while the outbox is larger than `maxBytes`, the oldest first, and never of alarms: records are thinned, until
 * half of what waits is thinned; then the oldest thinned ones are dropped. What gap notes told of is told again. A gap
 * note names the whole range around what was dropped, so that an outbox that stays full does not fill with notes.
 */
export function makeRoom(place: Place): Dropped {
  const { runs, maxBytes } = place
  if (runs.usedBytes <= maxBytes) return new Drop(place, FULL).finish()
  const mayThin = sizeOf(place, 'thinned') <= sizeOf(place, 'held') / 2
  const thinning = mayThin && oldestWaiting(place, Lane.LIVE) !== undefined
  const drop = new Drop(place, thinning ? THINNED : FULL)
  const oldest = (): RunOfEpoch | undefined =>
    thinning
      ? oldestWaiting(place, Lane.LIVE, drop.gone)
      : (oldestWaiting(place, Lane.BACKLOG, drop.gone) ?? oldestWaiting(place, Lane.LIVE, drop.gone))
  for (let left = RUNS_WITH_A_COMMIT; left > 0 && runs.usedBytes > maxBytes * ENOUGH; left--) {
    const next = oldest()
    if (!next || drop.read + next.run.count > RECORDS_WITH_A_COMMIT) break
    drop.add(next, { keepingSome: thinning })
  }
  return drop.finish()
}

/** Drops what was stored before an instant and still waits, but for alarms. */
export function dropOlder(place: Place, than: number): Dropped {
  const drop = new Drop(place, OLD)
  for (const lane of [Lane.BACKLOG, Lane.LIVE])
    for (let left = RUNS_WITH_A_COMMIT; left > 0; left--) {
      const next = oldestWaiting(place, lane, drop.gone)
      // What was stored by a clock that stood in 1970 is of no known age.
      if (!next || next.run.stored_at >= than || next.run.stored_at < SOFTWARE_DATE) break
      drop.add(next)
    }
  return drop.finish()
}

const sizeOf = ({ epochs }: Place, set: 'held' | 'thinned'): number =>
  epochs.reduce((sum, epoch) => sum + epoch[set].size, 0)

/** Drops one run that can no longer be decoded. */
export function dropDamaged(place: Place, at: RunOfEpoch): Dropped {
  const drop = new Drop(place, DAMAGED)
  drop.add(at)
  return drop.finish()
}

class Drop {
  readonly gone = new Map<Epoch, RangeSet>()
  /** Records that were decoded. */
  read = 0
  readonly #place: Place
  readonly #reason: string
  readonly #carried: GapNote[] = []
  readonly #thinned: CustodyRecord[] = []
  #storedAt = Number.POSITIVE_INFINITY
  #records = 0

  constructor(place: Place, reason: string) {
    this.#place = place
    this.#reason = reason
  }

  add({ epoch, run }: RunOfEpoch, { keepingSome = false } = {}): void {
    const { runs, restamp } = this.#place
    const last = run.first_seq + run.count - 1
    const records = readable(() => runs.body(run.id), run.count)
    this.read += run.count
    for (const [from, to] of epoch.settled.missing(run.first_seq, last)) {
      for (let seq = from; seq <= to; seq++) {
        const record = records[seq - run.first_seq]
        const note = gapNoteOf(record)
        if (note) this.#carried.push(note)
        else this.#records++
        const stays = keepingSome && record && restamp(record, { epoch: epoch.epoch, seq })
        if (stays) this.#thinned.push(stays)
      }
    }
    this.#storedAt = Math.min(this.#storedAt, run.stored_at)
    runs.delete(run.id)
    const ranges = this.gone.get(epoch) ?? new RangeSet()
    ranges.add(run.first_seq, last)
    this.gone.set(epoch, ranges)
  }

  finish(): Dropped {
    const { epochs, announced } = this.#place
    const gaps = new Map<string, GapNote>()
    const tell = (epoch: Epoch, [from, to]: SeqRange, reason: string): void => {
      for (const [first, last] of (announced.get(epoch) ?? epoch.announced).within(from, to)) {
        const key = `${epoch.id} ${first}`
        if (!gaps.has(key)) gaps.set(key, { type: 'gap', epoch: epoch.epoch, first, last, reason })
      }
    }
    for (const [epoch, ranges] of this.gone) forget(this.#place, epoch, ranges)
    for (const [epoch, ranges] of this.gone)
      for (const range of ranges.ranges) tell(epoch, range, this.#reason)
    for (const note of this.#carried) {
      const epoch = epochs.find(candidate => candidate.epoch === note.epoch)
      // An epoch that is not known any more, or numbers no longer to be announced: the cloud has them settled.
      if (epoch) tell(epoch, [note.first, note.last], note.reason)
    }
    const survivors = thin(this.#thinned)
    return {
      records: this.#records - survivors.length,
      notes: [...gaps.values()].map(note => ({ note })),
      survivors,
      storedAt: this.#storedAt,
    }
  }
}

function readable(body: () => Buffer, count: number): CustodyRecord[] {
  try {
    return decodeBody(body(), count)
  } catch (error) {
    if (error instanceof MalformedError) return []
    throw error
  }
}

function forget({ announced, afterCommit }: Place, epoch: Epoch, ranges: RangeSet): void {
  const after = new RangeSet(epoch.announced.ranges)
  for (const [first, last] of ranges.ranges)
    for (const [from, to] of epoch.settled.missing(first, last)) after.add(from, to)
  announced.set(epoch, after)
  afterCommit.push(() => {
    epoch.announced = after
    for (const [first, last] of ranges.ranges) epoch.release(first, last)
  })
}

function gapNoteOf(record: CustodyRecord | undefined): GapNote | undefined {
  return record && 'note' in record && record.note.type === 'gap' ? record.note : undefined
}
