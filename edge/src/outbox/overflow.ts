import {
  type CustodyRecord,
  decodeBody,
  type GapNote,
  MalformedError,
  type Note,
  RangeSet,
} from '@picket/devices'
import type { Epoch } from './epoch.ts'
import type { Place } from './place.ts'
import type { Run } from './runs.ts'

const RUNS_DROPPED_WITH_A_COMMIT = 64
const FULL = 'the outbox of the gateway was full'
const DAMAGED = 'damaged in the outbox of the gateway'

/** What a transaction drops: how many records, and the gap notes that it must append. */
export interface Dropped {
  records: number
  notes: Note[]
}

/**
 * Drops the oldest waiting runs while the outbox is larger than `maxBytes`. Gap notes that were in them are
 * carried over: what they told of is gone already.
 */
export function dropOldest(place: Place): Dropped {
  const drop = new Drop(place)
  for (let left = RUNS_DROPPED_WITH_A_COMMIT; left > 0 && place.runs.usedBytes > place.maxBytes; left--) {
    const oldest = oldestPending(place, drop.gone)
    if (!oldest) break
    drop.add(oldest, FULL)
  }
  return drop.finish()
}

/** Drops one run that can no longer be decoded. */
export function dropDamaged(place: Place, at: { epoch: Epoch; run: Run }): Dropped {
  const drop = new Drop(place)
  drop.add(at, DAMAGED)
  return drop.finish()
}

class Drop {
  readonly gone = new Map<Epoch, RangeSet>()
  readonly #place: Place
  readonly #gaps = new Map<string, { epoch: string; reason: string; ranges: RangeSet }>()
  #records = 0

  constructor(place: Place) {
    this.#place = place
  }

  add({ epoch, run }: { epoch: Epoch; run: Run }, reason: string): void {
    const { runs } = this.#place
    const last = run.first_seq + run.count - 1
    const records = readable(runs.body(run.id), run.count)
    for (const [from, to] of epoch.settled.missing(run.first_seq, last)) {
      this.#gap(epoch.epoch, reason).add(from, to)
      for (let seq = from; seq <= to; seq++) {
        const note = gapNoteOf(records[seq - run.first_seq])
        if (note) this.#gap(note.epoch, note.reason).add(note.first, note.last)
        else this.#records++
      }
    }
    runs.delete(run.id)
    const ranges = this.gone.get(epoch) ?? new RangeSet()
    ranges.add(run.first_seq, last)
    this.gone.set(epoch, ranges)
  }

  finish(): Dropped {
    for (const [epoch, ranges] of this.gone) forget(this.#place, epoch, ranges)
    const notes: Note[] = []
    for (const { epoch, reason, ranges } of this.#gaps.values())
      for (const [first, last] of ranges.ranges)
        notes.push({ note: { type: 'gap', epoch, first, last, reason } })
    return { records: this.#records, notes }
  }

  #gap(epoch: string, reason: string): RangeSet {
    const key = `${epoch} ${reason}`
    const entry = this.#gaps.get(key) ?? { epoch, reason, ranges: new RangeSet() }
    this.#gaps.set(key, entry)
    return entry.ranges
  }
}

function readable(body: Buffer, count: number): CustodyRecord[] {
  try {
    return decodeBody(body, count)
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
    for (const [first, last] of ranges.ranges) epoch.held.remove(first, last)
  })
}

function oldestPending(
  { runs, epochs }: Place,
  gone: ReadonlyMap<Epoch, RangeSet>,
): { epoch: Epoch; run: Run } | undefined {
  for (const epoch of epochs) {
    const without = gone.get(epoch)
    for (const [first, last] of epoch.held.ranges) {
      for (let seq = first; seq <= last; ) {
        const pending = epoch.settled.nextMissing(seq)
        const kept = without?.nextMissing(pending) ?? pending
        if (kept > last) break
        if (kept === pending) {
          const run = runs.holding(epoch.id, pending)
          if (run) return { epoch, run }
        }
        seq = Math.max(kept, seq + 1)
      }
    }
  }
  return undefined
}

function gapNoteOf(record: CustodyRecord | undefined): GapNote | undefined {
  return record && 'note' in record && record.note.type === 'gap' ? record.note : undefined
}
