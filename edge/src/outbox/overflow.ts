import { type CustodyRecord, decodeBody, type GapNote, type Note, RangeSet } from '@picket/devices'
import type { Epoch } from './epoch.ts'
import type { Place } from './place.ts'
import type { Run } from './runs.ts'

const RUNS_DROPPED_WITH_A_COMMIT = 64
const REASON = 'the outbox of the gateway was full'

/**
 * Drops the oldest waiting runs while the outbox is larger than `maxBytes`. Gap notes that were in them are
 * carried over: what they told of is gone already.
 *
 * @returns how many records went, and the gap notes that must be appended in the same transaction
 */
export function dropOldest(place: Place): { dropped: number; notes: Note[] } {
  const gaps = new Map<string, { epoch: string; reason: string; ranges: RangeSet }>()
  const gap = (epoch: string, reason: string): RangeSet => {
    const key = `${epoch} ${reason}`
    const entry = gaps.get(key) ?? { epoch, reason, ranges: new RangeSet() }
    gaps.set(key, entry)
    return entry.ranges
  }
  let dropped = 0
  const gone = new Map<Epoch, RangeSet>()
  for (let left = RUNS_DROPPED_WITH_A_COMMIT; left > 0 && place.runs.usedBytes > place.maxBytes; left--) {
    const oldest = oldestPending(place, gone)
    if (!oldest) break
    const { epoch, run } = oldest
    const last = run.first_seq + run.count - 1
    const records = decodeBody(place.runs.body(run.id), run.count)
    for (const [from, to] of epoch.settled.missing(run.first_seq, last)) {
      gap(epoch.epoch, REASON).add(from, to)
      for (let seq = from; seq <= to; seq++) {
        const note = gapNoteOf(records[seq - run.first_seq])
        if (note) gap(note.epoch, note.reason).add(note.first, note.last)
        else dropped++
      }
    }
    place.runs.delete(run.id)
    const ranges = gone.get(epoch) ?? new RangeSet()
    ranges.add(run.first_seq, last)
    gone.set(epoch, ranges)
  }
  for (const [epoch, ranges] of gone) forget(place, epoch, ranges)
  const notes: Note[] = []
  for (const { epoch, reason, ranges } of gaps.values())
    for (const [first, last] of ranges.ranges)
      notes.push({ note: { type: 'gap', epoch, first, last, reason } })
  return { dropped, notes }
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
