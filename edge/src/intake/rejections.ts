import type { Fault, RejectedNote } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'

/** Most (source, reason) pairs between two reports; what comes on top is counted together. */
const MAX_ENTRIES = 256
const MAX_SOURCE = 200
const MAX_REASON = 200
const MAX_SAMPLE = 1000
const OTHER = {
  source: '(other sources)',
  code: 'other',
  reason: 'more kinds of rejected input than are listed',
}

/** Counts refused input by source and reason, until the next report takes it. */
export class Rejections {
  readonly #clock: Clock
  #entries = new Map<string, RejectedNote>()
  #total = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Since the start. */
  get total(): number {
    return this.#total
  }

  add(source: string, fault: Fault, sample: string): void {
    this.#total++
    this.#count({ source, code: fault.code, reason: `${fault.code}: ${fault.message}`, sample, count: 1 })
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
      this.#count({ ...note, code })
    }
  }

  #count(input: { source: string; code: string; reason: string; sample: string; count: number }): void {
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
        sample: printable(input.sample, MAX_SAMPLE),
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
