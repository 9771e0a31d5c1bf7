/** Refused input, counted by what it was: a flood of it becomes one line. */
export interface Refusal {
  gateway: string
  what: string
  count: number
}

const MAX_KINDS = 200

/** Counts refusals between two reports. When too many kinds come at once, further ones share one line. */
export class RefusalTally {
  #kinds = new Map<string, Refusal>()

  add(gateway: string, what: string): void {
    const key = `${gateway}\n${what}`
    const known = this.#kinds.get(key)
    if (known) known.count++
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(key, { gateway, what, count: 1 })
    else this.#addOther()
  }

  /** What was counted since the last call. */
  take(): Refusal[] {
    const refusals = [...this.#kinds.values()]
    this.#kinds = new Map()
    return refusals
  }

  #addOther(): void {
    const other = this.#kinds.get('') ?? { gateway: '', what: 'other refusals', count: 0 }
    other.count++
    this.#kinds.set('', other)
  }
}
