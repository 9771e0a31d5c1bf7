import {
  type ActionNote,
  type ClockNote,
  type GapNote,
  type Note,
  NoteBody,
  type TransitionNote,
} from '@picket/devices'
import type { Transition } from '@picket/rules'
import { Value } from 'typebox/value'
import type { ClockCorrection } from '../stores/ports.ts'
import type { Ledger } from '../stores/sqlite/ledger.ts'
import type { SqliteQuarantine } from '../stores/sqlite/quarantine.ts'
import type { Admissions } from './admission.ts'
import { stepPutRight } from './wrong-clocks.ts'

/** Whose notes they are, and where what they say goes. */
interface Reception {
  gateway: string
  admissions: Admissions
  now: number
  /** Of the clock by which the note's times were stamped. */
  correction: ClockCorrection | undefined
  outcome: { mirrored: Transition[]; actions: ActionNote[]; clocks: ClockNote[] }
}

// Each looks through what waits in its range; a gateway has no more stretches than that.
const MOST_CLOCK_NOTES = 500

/** Takes what gateways note beside their readings: gaps, refused input, steps of alarms, actions, wrong clocks. */
export class NoteIntake {
  readonly #ledger: Ledger
  readonly #quarantine: SqliteQuarantine

  constructor({ ledger, quarantine }: { ledger: Ledger; quarantine: SqliteQuarantine }) {
    this.#ledger = ledger
    this.#quarantine = quarantine
  }

  take({ note }: Note, reception: Reception): void {
    const { gateway, outcome } = reception
    if (!Value.Check(NoteBody, note)) this.#refuse(note, 'unknown note', reception)
    else if (note.type === 'gap') this.#takeGap(note, reception)
    else if (note.type === 'transition') this.#takeStep(note, reception)
    else if (note.type === 'action') {
      const { at } = note
      outcome.actions.push({ ...note, at: at + (reception.correction?.offsetMs ?? 0) })
    } else if (note.type === 'clock') {
      if (outcome.clocks.length < MOST_CLOCK_NOTES) outcome.clocks.push(note)
      else this.#refuse(note, 'too many notes of a clock', reception)
    } else {
      const { at, source, reason, count, sample } = note
      this.#quarantine.reject({ at, where: gateway, gateway, source, reason, count, sample })
    }
  }

  #refuse(note: unknown, reason: string, { gateway, now }: Reception): void {
    const sample = JSON.stringify(note)
    this.#quarantine.reject({ at: now, where: 'cloud', gateway, source: 'note', reason, count: 1, sample })
  }

  #takeGap({ epoch, first, last, reason }: GapNote, { gateway, now }: Reception): void {
    // A note may come again, and may name records that came after all.
    for (const [from, to] of this.#ledger.settled(gateway, epoch).missing(first, last)) {
      this.#ledger.settle(gateway, epoch, { kind: 'dropped', first: from, last: to })
      const sample = `records ${from} to ${to} of epoch ${epoch}`
      const about = { at: now, where: gateway, gateway, source: 'outbox', reason }
      this.#quarantine.reject({ ...about, count: to - from + 1, sample })
    }
  }

  // A gateway decides about alarms of what stands behind it, and of nothing else.
  #takeStep({ transition }: TransitionNote, reception: Reception): void {
    const { gateway, admissions, now, correction, outcome } = reception
    const { rule, device, site } = transition
    const place = admissions.decidedPlace(gateway, { device, site })
    if (place) {
      const step = { ...(transition as unknown as Transition), ...place }
      outcome.mirrored.push(stepPutRight(step, correction))
      return
    }
    const about = { at: now, where: 'cloud', gateway, source: `alarm of rule ${rule.id}`, count: 1 }
    const reason = 'not an alarm of what stands behind this gateway'
    this.#quarantine.reject({ ...about, reason, sample: JSON.stringify({ device, site }) })
  }
}
