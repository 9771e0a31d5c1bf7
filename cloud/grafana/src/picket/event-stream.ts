import type { LiveEvent as CloudEvent } from '../../../console/src/api/shapes.ts'
import { EVENT_NAMES, readEvent } from '../../../console/src/live/event.ts'

/** What the stream tells; `opened`: for the first time or again, and what happened before has to be asked for. */
export type LiveEvent = CloudEvent | { type: 'opened' }
export type Listener = (event: LiveEvent) => void

/** The part of the browser's EventSource that is used. */
export interface Source {
  addEventListener(name: string, take: (message: { type: string; data: string }) => void): void
  close(): void
}

/** Calls back once, after a time; the function that it returns prevents that. */
export type After = (delayMs: number, call: () => void) => () => void

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

/**
 * The cloud's server-sent events, once for all panels of a data source: a browser opens few connections to one host, and
 * the cloud serves 128 listeners. It is open while somebody listens; when it breaks it is opened again, after a second at
 * first and a minute at last.
 */
export class EventStream {
  readonly #open: () => Source
  readonly #after: After
  readonly #listeners = new Set<Listener>()
  #source: Source | undefined
  #isOpen = false
  #retryMs = FIRST_RETRY_MS
  #cancelRetry = (): void => {}

  constructor(open: () => Source, after: After) {
    this.#open = open
    this.#after = after
  }

  /** Returns the function that ends the listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#connect()
    else if (this.#isOpen) listener({ type: 'opened' })
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop()
    }
  }

  #connect(): void {
    const source = this.#open()
    this.#source = source
    source.addEventListener('open', () => {
      this.#isOpen = true
      this.#retryMs = FIRST_RETRY_MS
      this.#tell({ type: 'opened' })
    })
    // The browser's own retries have no growing delay, and end at the first answer other than 200 (HTML, 9.2.3).
    source.addEventListener('error', () => {
      if (source !== this.#source) return
      this.#close()
      this.#cancelRetry = this.#after(this.#retryMs, () => this.#connect())
      this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2)
    })
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, message => {
        const event = readEvent(message.type, message.data)
        if (event && source === this.#source) this.#tell(event)
      })
    }
  }

  #tell(event: LiveEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #close(): void {
    this.#source?.close()
    this.#source = undefined
    this.#isOpen = false
  }

  #stop(): void {
    this.#cancelRetry()
    this.#close()
    this.#retryMs = FIRST_RETRY_MS
  }
}
