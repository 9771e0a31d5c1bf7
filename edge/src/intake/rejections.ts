import type { Fault, RejectedNote } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type { Quarantine } from './quarantine.ts'
import { sampleOf } from './sample.ts'

/** Most (source, reason) pairs between two reports; what comes on top is counted together. */
const MAX_ENTRIES = 256
const MAX_SOURCE = 200
const MAX_REASON = 200
const MAX_SAMPLE = 1000
const NOTHING = new Uint8Array(0)
const OTHER = {
  source: '(other sources)',
  code: 'other',
  reason: 'more kinds of rejected input than are listed',
}

/** Counts refused input by source and reason, until the next report takes it, and keeps the newest of its messages. */
export class Rejections {
  readonly #clock: Clock
  readonly #quarantine: Quarantine | undefined
  #entries = new Map<string, RejectedNote>()
  #total = 0

  constructor(clock: Clock, quarantine?: Quarantine) {
    this.#clock = clock
    this.#quarantine = quarantine
  }

  /** Since the start. */
  get total(): number {
    return this.#total
  }

  /** @param bytes - the message, where it is one */
  add(source: string, fault: Fault, bytes: Uint8Array = NOTHING): void {
    this.#total++
    const reason = `${fault.code}: ${fault.message}`
    this.#count({ source, code: fault.code, reason, sample: () => sampleOf(bytes), count: 1 })
    if (bytes.length === 0) return
    const words = { source: printable(source, MAX_SOURCE), reason: printable(reason, MAX_REASON) }
    this.#quarantine?.add({ ...words, at: this.#clock.now(), bytes })
  }

  /** Writes down the messages that are kept. Throws the disk's error. */
  save(): void {
    this.#quarantine?.save()
  }

  /** What was refused since the last call. */
  take(): RejectedNote[] {
    const notes = [...this.#entries.values()]
    this.#entries = new Map()
    return notes
  }

  /** Puts back what could not be reported. */
  restore(notes: readonly RejectedNote[]): void {
    for (const note of notes) {
      const code = note.reason.split(':', 1)[0] as string
      this.#count({ ...note, code, sample: () => note.sample })
    }
  }

  #count(input: { source: string; code: string; reason: string; sample: () => string; count: number }): void {
    const key = `${input.code} ${input.source}`
    let entry = this.#entries.get(key)
    if (!entry && this.#entries.size >= MAX_ENTRIES - 1 && input.code !== OTHER.code) {
      this.#count({ ...OTHER, sample: input.sample, count: input.count })
      return
    }
    if (!entry) {
      entry = {
        type: 'rejected',
        at: 0,
        source: printable(input.source, MAX_SOURCE),
        reason: printable(input.reason, MAX_REASON),
        count: 0,
        sample: printable(input.sample(), MAX_SAMPLE),
      }
      this.#entries.set(key, entry)
    }
    entry.count += input.count
    entry.at = this.#clock.now()
  }
}

// Control characters and lone surrogates grow sixfold in JSON, and a note has a longest length.
const printable = (text: string, length: number): string =>
  text
    .slice(0, length)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\u00b7')
