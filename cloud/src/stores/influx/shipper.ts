import type { CancelTimer, Clock } from '@picket/devices/runtime'
import { type DeliveryOutcome, deliver, type RejectedLine } from './delivery.ts'
import type { JournalPage, JournalPages } from './journal-pages.ts'
import type { LineWriter } from './line-protocol.ts'
import type { Send } from './send.ts'
import type { Shipped, ShippingState } from './shipping-state.ts'
import type { Yielding } from './yielding.ts'

/** What a shipper tells of itself. */
export interface ShippingStatus extends Shipped {
  /** Why nothing goes out; null while all is well. */
  failing: string | null
  /** Points that went out since the start of the shipper. */
  points: number
}

export interface ShipperOptions {
  pages: Pick<JournalPages, 'after' | 'last'>
  state: Pick<ShippingState, 'get' | 'advance'>
  lines: LineWriter
  send: Send
  clock: Clock
  /** Milliseconds that pass: performance.now. */
  stopwatch: () => number
  yielding: Pick<Yielding, 'restMs'>
  /** From 0 to below 1. */
  random: () => number
  onStatus: (status: ShippingStatus) => void
}

// Most lines of a request; InfluxDB advises 5,000 to 10,000.
const LINES_PER_REQUEST = 10_000
// Names may be long: a request has no more characters than this, save that of a single line.
const CHARACTERS_PER_REQUEST = 4_000_000
const POLL_MS = 250
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 300_000

/**
 * Drains the journal into InfluxDB, in its order and one request at a time. The cursor moves when everything up to it is
 * taken; what is sent again after a failure or a restart is the same series, time and value, and changes nothing.
 */
export class Shipper {
  readonly #options: ShipperOptions
  #failures = 0
  #points = 0
  #stopped = false
  #wake: () => void = () => {}
  #running = Promise.resolve()

  constructor(options: ShipperOptions) {
    this.#options = options
  }

  start(): void {
    const { pages, state } = this.#options
    const { shipped } = state.get()
    // A database that was put back has a shorter journal than the one that was shipped.
    if (shipped > pages.last())
      state.advance(pages.last(), { rejected: [], dropped: 0, missed: 0, at: this.#options.clock.now() })
    this.#tell(null)
    this.#running = this.#run()
  }

  /** Ends it; what is under way goes out again at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    const { pages, state } = this.#options
    while (!this.#stopped) {
      const page = pages.after(state.get().shipped, LINES_PER_REQUEST)
      if (!page) await this.#pause(POLL_MS)
      else await this.#ship(page)
    }
  }

  async #ship(page: JournalPage): Promise<void> {
    const { state, clock, stopwatch, yielding } = this.#options
    const begun = stopwatch()
    const outcome = await this.#deliver(page)
    if (this.#stopped) return
    if (outcome.kind === 'unavailable') {
      this.#tell(outcome.error)
      const whole = Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, LONGEST_DELAY_MS)
      const delayMs = whole * (0.5 + this.#options.random() / 2)
      await this.#pause(Math.max(delayMs, outcome.retryAfterMs ?? 0))
      return
    }
    this.#failures = 0
    // Nothing is missing before the first entry that was ever shipped.
    const missed = state.get().shipped === 0 ? 0 : page.missing
    state.advance(page.last, { ...outcome, missed, at: clock.now() })
    this.#points += page.points.length
    this.#tell(null)
    const restMs = yielding.restMs(stopwatch() - begun, clock.now() - page.writtenAt)
    if (restMs > 0) await this.#pause(restMs)
  }

  #tell(failing: string | null): void {
    const { state, onStatus } = this.#options
    onStatus({ ...state.get(), failing, points: this.#points })
  }

  async #deliver({ points }: JournalPage): Promise<DeliveryOutcome> {
    const { lines, send, clock } = this.#options
    const rejected: RejectedLine[] = []
    let dropped = 0
    for (const request of requestsOf(points.map(point => lines.line(point)))) {
      const outcome = await deliver(request, { send, now: clock.now() })
      if (outcome.kind === 'unavailable' || this.#stopped) return outcome
      rejected.push(...outcome.rejected)
      dropped += outcome.dropped
    }
    return { kind: 'delivered', rejected, dropped }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise(resolve => {
      let cancel: CancelTimer = () => {}
      this.#wake = () => {
        cancel()
        resolve()
      }
      cancel = this.#options.clock.after(delayMs, this.#wake)
      if (this.#stopped) this.#wake()
    })
  }
}

function* requestsOf(lines: readonly string[]): Generator<string[]> {
  let request: string[] = []
  let characters = 0
  for (const line of lines) {
    if (
      request.length >= LINES_PER_REQUEST ||
      (request.length > 0 && characters + line.length > CHARACTERS_PER_REQUEST)
    ) {
      yield request
      request = []
      characters = 0
    }
    request.push(line)
    characters += line.length
  }
  if (request.length > 0) yield request
}
