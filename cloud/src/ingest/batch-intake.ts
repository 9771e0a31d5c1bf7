import {
  type ActionNote,
  type ClockNote,
  decodeBatch,
  decodeBatchHeader,
  type Fault,
  isOfGatewayClock,
  MAX_RECORDS,
  type Reading,
} from '@picket/devices'
import type { Transition } from '@picket/rules'
import type { ClockCorrection } from '../stores/ports.ts'
import type { SqliteClockCorrections } from '../stores/sqlite/clock-corrections.ts'
import type { Ledger } from '../stores/sqlite/ledger.ts'
import type { Quarantined, SqliteQuarantine } from '../stores/sqlite/quarantine.ts'
import type { SqliteTimeSeriesStore } from '../stores/sqlite/readings.ts'
import { type Admissions, FUTURE } from './admission.ts'
import { Aside, type Numbered, type Run } from './aside.ts'
import { NoteIntake } from './note-intake.ts'
import { CLOCK_SUSPECT, correctionOf, putRight, WAITS_FOR_CLOCK } from './wrong-clocks.ts'

/** What became of a batch's records. */
export interface BatchOutcome {
  /** The epochs whose ranges changed, with the part that the batch touched. */
  touched: { epoch: string; first: number; last: number } | undefined
  /** Readings that are new here, in order, their quality judged: what the engine sees. */
  stored: Reading[]
  /** Steps of alarms that the gateway's own engine decided, in their order. */
  mirrored: Transition[]
  /** What the gateway switched. */
  actions: ActionNote[]
  /** What it told of its clock. */
  clocks: ClockNote[]
  /** Readings whose time is known by that, as `stored`; never more at once than one entry of the journal holds. */
  released: Reading[][]
  /** Length of the payload as it came. */
  sizeBytes: number
  duplicate: number
  conflict: number
  quarantined: number
  /** Why the whole batch was refused, if it was. */
  refused: string | undefined
}

const REPAIR_PAGE = 500
const CONFLICT = 'conflict: another value is stored for this time'

/** Whose records they are, who may say what, and when they came. */
interface TakenAs {
  gateway: string
  admissions: Admissions
  now: number
}

interface Stores {
  readings: SqliteTimeSeriesStore
  clocks: SqliteClockCorrections
  ledger: Ledger
  quarantine: SqliteQuarantine
}

/**
 * Settles a gateway's batch within the caller's transaction: every record that is not settled already is
 * stored, found to be here, or quarantined with its reason; then its whole range is settled.
 */
export class BatchIntake {
  readonly #stores: Stores
  readonly #notes: NoteIntake

  constructor(stores: Stores) {
    this.#stores = stores
    this.#notes = new NoteIntake(stores)
  }

  take(payload: Buffer, { gateway, admissions, now }: TakenAs): BatchOutcome {
    const outcome: BatchOutcome = {
      touched: undefined,
      stored: [],
      mirrored: [],
      actions: [],
      clocks: [],
      released: [],
      sizeBytes: payload.length,
      duplicate: 0,
      conflict: 0,
      quarantined: 0,
      refused: undefined,
    }
    const batch = decodeBatch(payload)
    if ('code' in batch) return this.#refuse(outcome, batch, { payload, gateway, now })
    const { epoch, firstSeq, records } = batch
    const { ledger } = this.#stores
    const last = firstSeq + records.length - 1
    const settled = ledger.settled(gateway, epoch)
    const anySettled = settled.overlaps(firstSeq, last)
    const corrections = this.#stores.clocks.overlapping(gateway, epoch, [firstSeq, last])
    const admitted: Numbered[] = []
    const aside = new Aside()
    const names = admissions.namesOf(gateway)
    records.forEach((record, at) => {
      const seq = firstSeq + at
      if (anySettled && settled.has(seq)) return
      const correction = correctionOf(corrections, seq)
      if ('note' in record) this.#notes.take(record, { gateway, admissions, now, correction, outcome })
      else {
        const right = putRight(record, names, correction)
        const admission = right ? admissions.admit(right, gateway, now) : { reason: CLOCK_SUSPECT }
        if ('reading' in admission) admitted.push({ seq, reading: admission.reading })
        // What waits for word about the clock keeps its time as it was stamped, so that no word counts twice.
        else
          aside.put(admission.reason, { seq, reading: right && admission.reason !== FUTURE ? right : record })
      }
    })
    this.#store(admitted, outcome, aside)
    for (const [first, until] of anySettled ? settled.missing(firstSeq, last) : [[firstSeq, last] as const]) {
      ledger.settle(gateway, epoch, { kind: 'committed', first, last: until })
    }
    outcome.quarantined = this.#setAside(aside, { gateway, epoch, now })
    for (const note of outcome.clocks) {
      const told = { gateway, admissions, now, by: null, reason: null }
      outcome.released.push(...this.hearOfClock(note, told))
    }
    outcome.touched = { epoch, first: firstSeq, last }
    return outcome
  }

  /** Stores readings that the cloud wrote itself; returns those that are new. */
  storeOwn(readings: Reading[]): Reading[] {
    const results = this.#stores.readings.append(readings)
    return readings.filter((_, at) => results[at] === 'stored')
  }

  /**
   * Takes readings back from quarantine that the registry now admits; yields those that are new here, never more
   * at once than one entry of the journal holds. Records of another kind of fault stay.
   */
  *repair(admissions: Admissions, now: number): Generator<Reading[]> {
    const { quarantine } = this.#stores
    let repaired: Reading[] = []
    for (
      let page = quarantine.repairable(REPAIR_PAGE, 0);
      page.length > 0;
      page = quarantine.repairable(REPAIR_PAGE, page.at(-1)?.id as number)
    ) {
      for (const run of page) {
        const admitted = run.readings.flatMap(reading => {
          const admission = admissions.admit(reading, run.gateway, now)
          return 'reading' in admission ? [admission.reading] : []
        })
        if (admitted.length < run.readings.length) continue
        const stored = this.#takeBack(run, admitted, now)
        if (repaired.length + stored.length > MAX_RECORDS) {
          yield repaired
          repaired = []
        }
        for (const reading of stored) repaired.push(reading)
      }
    }
    if (repaired.length > 0) yield repaired
  }

  // One run of records goes from quarantine into the store; what conflicts there is set aside once more.
  #takeBack(run: Quarantined & { id: number }, admitted: readonly Reading[], now: number): Reading[] {
    const { readings, quarantine, ledger } = this.#stores
    const { gateway, epoch, first, last } = run
    const results = readings.append(admitted)
    const aside = new Aside()
    admitted.forEach((reading, at) => {
      if (results[at] === 'conflict') aside.put(CONFLICT, { seq: first + at, reading })
    })
    quarantine.remove(run.id)
    ledger.settle(gateway, epoch, { kind: 'committed', first, last })
    this.#setAside(aside, { gateway, epoch, now })
    return admitted.filter((_, at) => results[at] === 'stored')
  }

  /**
   * Takes a word about a gateway's clock, within the caller's transaction: what waited for it goes into the store at its
   * right time. Yields what is new there, never more at once than one entry of the journal holds.
   */
  *hearOfClock(
    note: ClockNote,
    { gateway, admissions, now, by, reason }: TakenAs & Pick<ClockCorrection, 'by' | 'reason'>,
  ): Generator<Reading[]> {
    const { clocks, quarantine } = this.#stores
    clocks.add(gateway, note, { at: now, by, reason })
    const { epoch, first, last } = note
    let released: Reading[] = []
    for (const run of quarantine.waiting({ gateway, epoch, first, last }, WAITS_FOR_CLOCK)) {
      const stored = this.#releaseRun(run, note, { gateway, admissions, now })
      if (released.length + stored.length > MAX_RECORDS) {
        yield released
        released = []
      }
      for (const reading of stored) released.push(reading)
    }
    if (released.length > 0) yield released
  }

  // One run, as far as the word is about it; the rest of it goes on waiting.
  #releaseRun(
    run: Quarantined & { id: number },
    correction: ClockNote,
    { admissions, now }: TakenAs,
  ): Reading[] {
    const { readings: store, quarantine, ledger } = this.#stores
    const { gateway, epoch, first, reason } = run
    const names = admissions.namesOf(gateway)
    const numbered = run.readings.map((reading, at): Numbered => ({ seq: first + at, reading }))
    const [meant, others] = [new Aside(), new Aside()]
    const admitted: Numbered[] = []
    for (const one of numbered) {
      const isMeant = correctionOf([correction], one.seq) && isOfGatewayClock(one.reading, names)
      const right = isMeant && putRight(one.reading, names, correction)
      if (!right) {
        others.put(reason, one)
        continue
      }
      const admission = admissions.admit(right, gateway, now)
      if ('reading' in admission) admitted.push({ seq: one.seq, reading: admission.reading })
      else if (admission.reason === FUTURE) {
        others.put(reason, one)
        continue
      } else meant.put(admission.reason, { seq: one.seq, reading: right })
      ledger.settle(gateway, epoch, { kind: 'committed', first: one.seq, last: one.seq })
    }
    const rest = [...others.runs()].flat()
    if (rest.length === 1 && rest[0]?.readings.length === numbered.length) return []
    quarantine.remove(run.id)
    for (const { readings, ...part } of rest) quarantine.add({ ...run, ...part, readings })
    const results = store.append(admitted.map(({ reading }) => reading))
    admitted.forEach((one, at) => {
      if (results[at] === 'conflict') meant.put(CONFLICT, one)
    })
    this.#setAside(meant, { gateway, epoch, now })
    return admitted.flatMap(({ reading }, at) => (results[at] === 'stored' ? [reading] : []))
  }

  #setAside(aside: Aside, { gateway, epoch, now }: { gateway: string; epoch: string; now: number }): number {
    const { quarantine, ledger } = this.#stores
    let count = 0
    for (const runs of aside.runs()) {
      for (const { reason, first, last, readings } of runs) {
        quarantine.add({ at: now, gateway, epoch, first, last, reason, readings })
        ledger.settle(gateway, epoch, { kind: 'quarantined', first, last })
      }
      const { reason, readings } = runs[0] as Run
      const { device, quantity, t, v } = readings[0] as Reading
      const length = runs.reduce((sum, run) => sum + run.readings.length, 0)
      const sample = `${quantity} = ${v} at ${new Date(t).toISOString()}`
      quarantine.reject({ at: now, where: 'cloud', gateway, source: device, reason, count: length, sample })
      count += length
    }
    return count
  }

  #store(admitted: Numbered[], outcome: BatchOutcome, aside: Aside): void {
    const results = this.#stores.readings.append(admitted.map(({ reading }) => reading))
    results.forEach((result, at) => {
      const one = admitted[at] as Numbered
      if (result === 'stored') outcome.stored.push(one.reading)
      else if (result === 'duplicate') outcome.duplicate++
      else {
        outcome.conflict++
        aside.put(CONFLICT, one)
      }
    })
  }

  // A batch whose header holds can be settled as quarantined; of one whose header does not, nothing is known,
  // and the gateway sends it again.
  #refuse(
    outcome: BatchOutcome,
    fault: Fault,
    { payload, gateway, now }: { payload: Buffer; gateway: string; now: number },
  ): BatchOutcome {
    const { ledger, quarantine } = this.#stores
    outcome.refused = fault.message
    const header = decodeBatchHeader(payload)
    if ('code' in header || header.count < 1 || header.count > MAX_RECORDS) {
      const sample = payload.subarray(0, 64).toString('hex')
      quarantine.reject({
        at: now,
        where: 'cloud',
        gateway,
        source: 'batch',
        reason: fault.message,
        count: 1,
        sample,
      })
      return outcome
    }
    const { epoch, firstSeq: first, count } = header
    const last = first + count - 1
    for (const [from, to] of ledger.settled(gateway, epoch).missing(first, last)) {
      quarantine.addBytes({
        at: now,
        gateway,
        epoch,
        first: from,
        last: to,
        reason: fault.message,
        bytes: payload,
      })
      ledger.settle(gateway, epoch, { kind: 'quarantined', first: from, last: to })
      outcome.quarantined += to - from + 1
    }
    outcome.touched = { epoch, first, last }
    return outcome
  }
}
