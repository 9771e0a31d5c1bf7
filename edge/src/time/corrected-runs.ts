import { type CustodyRecord, isOfGatewayClock, Mark } from '@picket/devices'
import type { CommittedRun, Position } from '../outbox/books.ts'
import type { ClockKeeper } from './clock-keeper.ts'

/** So much of the newest is judged again when the clock is set: a second or two of work. */
const MOST_RECORDS = 300_000

/** The outbox, as far as this needs it. */
interface Held {
  readonly epochs: readonly { epoch: string; next: number }[]
  committedFrom(position: Position): Iterable<CommittedRun>
}

/** A record as another clock would have stamped it, which is ahead by `offsetMs` and is trusted as `marks` say. */
export function restamped(
  record: CustodyRecord,
  { offsetMs, marks, gateway }: { offsetMs: number; marks: number; gateway: string },
): CustodyRecord {
  if ('note' in record) return record
  const { t, q } = record
  const right = isOfGatewayClock(record, [gateway]) ? t + offsetMs : t
  return { ...record, t: right, q: (q & ~Mark.CLOCK_SUSPECT) | marks }
}

/**
 * What was committed of late, with the times of the gateway's clock put right; what was stamped by a clock of which
 * nothing is known is left out.
 */
export function* correctedRuns(
  outbox: Held,
  keeper: Pick<ClockKeeper, 'offsetOf'>,
  gateway: string,
): Generator<{ storedAt: number; records: CustodyRecord[] }> {
  const from = placeOfNewest(outbox.epochs)
  for (const { epoch, first, storedAt, records } of from ? outbox.committedFrom(from) : []) {
    const offsetMs = keeper.offsetOf({ epoch, seq: first })
    if (offsetMs === undefined) continue
    const right = records.map(record => restamped(record, { offsetMs, marks: 0, gateway }))
    yield { storedAt: storedAt + offsetMs, records: right }
  }
}

function placeOfNewest(epochs: Held['epochs']): Position | undefined {
  let left = MOST_RECORDS
  let place: Position | undefined
  for (const { epoch, next } of epochs.toReversed()) {
    place = { epoch, seq: Math.max(0, next - left) }
    left -= next
    if (left <= 0) break
  }
  return place
}
