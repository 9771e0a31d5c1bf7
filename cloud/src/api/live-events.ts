import type { LiveEvent } from './services.ts'

const MAX_LISTENERS = 1000

/** Hands committed events to whoever listens, in order; a listener must not throw and must not wait. */
export class LiveEvents {
  readonly #listeners = new Set<(event: LiveEvent) => void>()

  /** Returns the function that ends the listening. */
  listen(listener: (event: LiveEvent) => void): () => void {
    if (this.#listeners.size >= MAX_LISTENERS) throw new Error('too many listeners')
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  send(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  get listeners(): number {
    return this.#listeners.size
  }
}
