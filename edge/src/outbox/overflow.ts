import {
  type CustodyRecord,
  decodeBody,
  type GapNote,
  MalformedError,
  type Note,
  RangeSet,
  type SeqRange,
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
 * Drops the oldest waiting runs while the outbox is larger than `maxBytes`. What gap notes in them told of is
 * told again. A gap note names the whole range around what was dropped, so that an outbox that stays full
 * does not fill with notes.
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
  readonly #carried: GapNote[] = []
  #records = 0
  #reason = ''

  constructor(place: Place) {
    this.#place = place
  }

  add({ epoch, run }: { epoch: Epoch; run: Run }, reason: string): void {
    const { runs } = this.#place
    this.#reason = reason
    const last = run.first_seq + run.count - 1
    const records = readable(runs.body(run.id), run.count)
    for (const [from, to] of epoch.settled.missing(run.first_seq, last)) {
      for (let seq = from; seq <= to; seq++) {
        const note = gapNoteOf(records[seq - run.first_seq])
        if (note) this.#carried.push(note)
        else this.#records++
      }
    }
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
    return { records: this.#records, notes: [...gaps.values()].map(note => ({ note })) }
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
