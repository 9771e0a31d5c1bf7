import { type CustodyRecord, MOST_CLOCK_UNCERTAINTY_MS } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Position } from '../outbox/books.ts'
import type { Epoch } from '../outbox/epoch.ts'
import { SOFTWARE_DATE } from './steady-clock.ts'
import { type Known, noteOf, Stretch } from './stretch.ts'

/** The outbox, as far as the book needs it. */
export interface ClockedOutbox {
  readonly position: Position
  readonly epochs: readonly Epoch[]
  append(records: readonly CustodyRecord[], alarms: readonly CustodyRecord[]): unknown
  keep(name: string, body: Buffer | null): void
  kept(name: string): Buffer | undefined
}

const STATE = 'clock'
const Kept = Type.Object({
  boot: Type.String(),
  /** Of the time that was known since that start of the machine; null where none was. */
  baseMs: Type.Union([Type.Null(), Type.Number()]),
  /** What the machine's clock was ahead of it then. */
  hostBaseMs: Type.Optional(Type.Number()),
  /** The newest time that was known to be right. */
  knownMs: Type.Number(),
  stretches: Type.Array(Stretch),
  /** Where notes stand that the outbox may still hold: a cloud that lost them needs them before the rest. */
  told: Type.Array(Type.Object({ epoch: Type.String(), seq: Type.Number() })),
})
type Kept = Static<typeof Kept>

/**
 * Of a clock that is set again and again, the oldest stretches become one that lies anywhere. Where no two are of one epoch
 * the oldest goes: what it stamped and is marked waits at the cloud.
 */
const MOST_STRETCHES = 500
const MOST_TOLD = 500

/** What is written down of the gateway's clock: what was known of it, and which records it stamped while it was not. */
export class StretchBook {
  readonly #outbox: ClockedOutbox
  readonly #kept: Kept

  constructor(outbox: ClockedOutbox) {
    this.#outbox = outbox
    this.#kept = readKept(outbox) ?? {
      boot: '',
      baseMs: null,
      knownMs: SOFTWARE_DATE,
      stretches: [],
      told: [],
    }
  }

  /** What was known of a start of the machine: the time, and its clock, ahead of the time since then. */
  knownOf(boot: string): { baseMs: number; hostBaseMs: number } | undefined {
    const { boot: of, baseMs, hostBaseMs = Number.NaN } = this.#kept
    return of === boot && baseMs !== null ? { baseMs, hostBaseMs } : undefined
  }

  /** The newest time that was known to be right. */
  get knownMs(): number {
    return this.#kept.knownMs
  }

  /** Where notes stand that have to reach the cloud before all else. */
  get told(): readonly Position[] {
    return this.#kept.told
  }

  /** What was known of the time: of this start of the machine, or no more. */
  know(known: Pick<Kept, 'boot' | 'baseMs' | 'hostBaseMs'> & { knownMs?: number }): void {
    Object.assign(this.#kept, known)
  }

  /** What comes from here on is stamped by a clock that is not known to be right. */
  begin(stretch: Pick<Stretch, 'boot' | 'baseMs' | 'fromMs' | 'isSuspect'>): void {
    const { epoch, seq: first } = this.#outbox.position
    const { knownMs: afterMs } = this.#kept
    // Of a start in which nothing was taken in nobody has to know.
    const stretches = this.#kept.stretches.filter(one => this.#lastOf(one) >= one.first)
    stretches.push({ epoch, first, last: null, afterMs, ...stretch })
    if (stretches.length > MOST_STRETCHES) joinOldest(stretches)
    this.#kept.stretches = stretches
  }

  /** What comes from here on is not of the stretch that goes on. */
  end(): void {
    const { epoch, seq } = this.#outbox.position
    for (const stretch of this.#kept.stretches)
      if (stretch.epoch === epoch && stretch.last === null) stretch.last = seq - 1
  }

  /**
   * Commits the notes that the cloud has not had.
   *
   * @throws SQLite's error when the disk does; it is tried again with the next call
   */
  tell(known: Known): void {
    const outbox = this.#outbox
    const kept = this.#kept
    const notes = kept.stretches.flatMap(stretch => {
      if (stretch.told && (this.#isHeld(stretch.told) || this.#isSettled(stretch.told))) return []
      const note = noteOf(stretch, this.#lastOf(stretch), known)
      return note ? [{ stretch, note }] : []
    })
    const { epoch, seq } = outbox.position
    if (notes.length > 0)
      outbox.append(
        [],
        notes.map(({ note }) => ({ note })),
      )
    for (const [at, { stretch, note }] of notes.entries()) {
      const { offsetMs, uncertaintyMs } = note
      stretch.told = { epoch, seq: seq + at, offsetMs, uncertaintyMs }
      kept.told.push({ epoch, seq: seq + at })
    }
    kept.told = kept.told.filter(one => this.#isHeld(one)).slice(-MOST_TOLD)
    kept.stretches = kept.stretches.filter(stretch => this.#isNeeded(stretch))
  }

  /**
   * What has to be added to times that were stamped with a record; undefined where that is not known.
   *
   * @param now - what is known now of the present start of the machine
   */
  offsetOf({ epoch, seq }: Position, now: { boot: string; baseMs: number }): number | undefined {
    const stretch = this.#kept.stretches.find(
      one => one.epoch === epoch && seq >= one.first && seq <= (one.last ?? Number.POSITIVE_INFINITY),
    )
    if (!stretch) return 0
    if (stretch.boot === now.boot) return Math.round(now.baseMs - stretch.baseMs)
    const { told } = stretch
    return told && told.uncertaintyMs <= MOST_CLOCK_UNCERTAINTY_MS ? told.offsetMs : undefined
  }

  /** @throws SQLite's error when the disk does */
  save(): void {
    this.#outbox.keep(STATE, Buffer.from(JSON.stringify(this.#kept)))
  }

  #epoch(id: string): Epoch | undefined {
    return this.#outbox.epochs.find(({ epoch }) => epoch === id)
  }

  #isHeld({ epoch, seq }: Position): boolean {
    return this.#epoch(epoch)?.held.has(seq) ?? false
  }

  // An epoch that is not known any more is settled.
  #isSettled({ epoch, seq }: Position): boolean {
    return this.#epoch(epoch)?.settled.has(seq) ?? true
  }

  #lastOf({ epoch, last }: Stretch): number {
    return last ?? (this.#epoch(epoch)?.next ?? 0) - 1
  }

  // As long as its records are here, somebody may ask for their times.
  #isNeeded(stretch: Stretch): boolean {
    const { told, epoch, first } = stretch
    if (!told) return false
    const held = this.#epoch(epoch)?.held.next(first)
    return !this.#isSettled(told) || (held !== undefined && held <= this.#lastOf(stretch))
  }
}

function readKept(outbox: ClockedOutbox): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(outbox.kept(STATE)?.toString() ?? 'null')
    return Value.Check(Kept, kept) ? kept : undefined
  } catch {
    return undefined
  }
}

// Of the first two that follow each other in one epoch; that the one is of no start says that its time lies anywhere.
function joinOldest(stretches: Stretch[]): void {
  const at = stretches.findIndex((one, index) => stretches[index + 1]?.epoch === one.epoch)
  if (at < 0) {
    stretches.shift()
    return
  }
  const [one, next] = stretches.slice(at, at + 2) as [Stretch, Stretch]
  const { told: _, ...joined } = one
  stretches.splice(at, 2, {
    ...joined,
    last: next.last,
    boot: '',
    isSuspect: one.isSuspect || next.isSuspect,
  })
}
