import type { Recording, Rule } from '../rule.ts'
import type { Values } from './decision.ts'
import type { Member } from './features.ts'
import type { RecordQueue } from './record-queue.ts'
import type { Scope } from './scope.ts'
import type { Series } from './series.ts'
import type { SeriesTable } from './series-table.ts'

/** A derived series that a rule writes at one device. */
export interface Derived {
  recording: Recording
  series: Series
  /** What the feature reads: the times of these samples are those of the derived series. */
  inputs: readonly Series[]
}

/** What is to be written into one derived series, undefined where a value is taken back. */
export interface RecordedChange {
  derived: Derived
  t: number
  v: number | undefined
}

interface RecorderParts {
  rule: string
  device: string
  /** That of its scope: what it records comes before what rules of a higher rank see. */
  rank: number
  derived: readonly Derived[]
  queue: RecordQueue
}

// Sums that are made anew differ in their last bits; that is no other value.
const SAME_WITHIN = 1e-9

/**
 * What one rule records at one device: the values of its features at the times of the readings that they are made of.
 * When late readings are worked off the values after them are noted anew; what differs then is written over, and what is
 * not there any more is taken back.
 */
export class Recorder {
  readonly rule: string
  readonly device: string
  readonly rank: number
  readonly #derived: readonly Derived[]
  readonly #queue: RecordQueue
  /** Values by event time, in the order of `#derived`. */
  readonly #notes: Map<number, number | undefined>[]
  /** What was recorded after this event time is noted anew; Infinity where nothing is. */
  #anewAfter = Number.POSITIVE_INFINITY

  constructor({ rule, device, rank, derived, queue }: RecorderParts) {
    this.rule = rule
    this.device = device
    this.rank = rank
    this.#derived = derived
    this.#queue = queue
    this.#notes = derived.map(() => new Map())
  }

  /** Its scope decides how far back the series are kept. */
  belongTo(scope: Scope): void {
    for (const { series } of this.#derived) series.writer = scope
  }

  /** Notes what is to be recorded at the event time of a reading. */
  note(t: number, values: Values): void {
    for (let at = 0; at < this.#derived.length; at++) {
      const { recording, inputs } = this.#derived[at] as Derived
      if (inputs.some(({ ring }) => ring.has(t)))
        (this.#notes[at] as Map<number, number | undefined>).set(t, values[recording.feature])
    }
    this.#queue.add(this, t)
  }

  /** What was recorded after an event time is noted anew from here on. */
  beginAgain(after: number): void {
    this.#anewAfter = Math.min(this.#anewAfter, after)
    this.#queue.add(this, after)
  }

  /** What was noted and is news, in the order of time, the newest samples last; it is handed over once. */
  take(): RecordedChange[] {
    const changes = this.#derived.flatMap((derived, at) => {
      const notes = this.#notes[at] as Map<number, number | undefined>
      const { ring } = derived.series
      for (let place = ring.after(this.#anewAfter); place < ring.next; place++)
        if (!notes.has(ring.time(place))) notes.set(ring.time(place), undefined)
      const news = [...notes].filter(([t, v]) => !isSame(v, ring.valueAt(t)))
      notes.clear()
      return news.map(([t, v]) => ({ derived, t, v }))
    })
    this.#anewAfter = Number.POSITIVE_INFINITY
    return changes.sort((a, b) => a.t - b.t)
  }
}

/**
 * Opens the derived series of a rule at a device. One that another rule writes already is left to that: `recordFaults`
 * refuses such rules beforehand.
 *
 * @param of.members - who each feature of the rule reads
 * @returns undefined where the rule records nothing
 */
export function openRecorder(
  of: {
    rule: Pick<Rule, 'id' | 'record' | 'features'>
    device: string
    rank: number
    members: readonly (readonly Member[])[]
  },
  table: SeriesTable,
  queue: RecordQueue,
): Recorder | undefined {
  const { rule, device, rank, members } = of
  if (rule.record.length === 0) return undefined
  const derived = rule.record.flatMap(recording => {
    const series = table.openDerived(device, recording.quantity)
    const feature = rule.features.findIndex(({ name }) => name === recording.feature)
    const inputs = (members[feature] ?? []).flatMap(member => member.series)
    return series ? [{ recording, series, inputs }] : []
  })
  return new Recorder({ rule: rule.id, device, rank, derived, queue })
}

const isSame = (a: number | undefined, b: number | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && Math.abs(a - b) <= SAME_WITHIN * Math.max(Math.abs(a), Math.abs(b)))
