import type { ServerResponse } from 'node:http'
import { type CancelTimer, every } from '@picket/devices/runtime'
import type { LiveEvent, Services } from '../services.ts'
import { formatEvent, PendingEvents } from './pending.ts'

const FLUSH_MS = 500
const HEARTBEAT_MS = 15_000
const MAX_LISTENERS = 128
// Unsent bytes of one listener. A console that is so far behind is better off asking anew.
const MAX_BUFFERED_BYTES = 512 * 1024
const RECONNECT_MS = 3000

interface Listener {
  response: ServerResponse
  mayListen: () => boolean
}

/**
 * Server-sent events to everyone who listens. Alarms, flags and rule changes go out at once; readings and gateways
 * are gathered for half a second and written once for all listeners. A listener that reads too slowly is cut
 * off, as is one whose session or token has ended (seen at the next heartbeat). Nothing is replayed: whoever
 * connects asks the other routes for the present state first.
 */
export class Broadcast {
  readonly #services: Services
  readonly #listeners = new Set<Listener>()
  readonly #pending = new PendingEvents()
  #cancels: CancelTimer[] = []

  constructor(services: Services) {
    this.#services = services
  }

  /** True where no further listener is taken. */
  get full(): boolean {
    return this.#listeners.size >= MAX_LISTENERS
  }

  /**
   * Takes over a response until either side ends it.
   *
   * @param response - its head is not yet sent
   * @param options.headers - sent with the head
   * @param options.mayListen - asked at each heartbeat
   */
  attach(
    response: ServerResponse,
    options: { headers: Record<string, string>; mayListen: () => boolean },
  ): void {
    const listener = { response, mayListen: options.mayListen }
    response.on('close', () => this.#remove(listener))
    response.on('error', () => this.#remove(listener))
    response.writeHead(200, {
      ...options.headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write(`retry: ${RECONNECT_MS}\n\n`)
    if (this.#listeners.size === 0) this.#begin()
    this.#listeners.add(listener)
  }

  /** Cuts everyone off. */
  stop(): void {
    for (const listener of [...this.#listeners]) {
      this.#remove(listener)
      listener.response.destroy()
    }
  }

  // Events are gathered only while somebody listens.
  #begin(): void {
    const { clock, listen } = this.#services
    this.#cancels = [
      listen(event => this.#take(event)),
      every(clock, FLUSH_MS, () => this.#flush()),
      every(clock, HEARTBEAT_MS, () => this.#beat()),
    ]
  }

  #take(event: LiveEvent): void {
    if (!this.#pending.add(event)) this.#write(formatEvent(event))
  }

  #flush(): void {
    const text = this.#pending.take().map(formatEvent).join('')
    if (text) this.#write(text)
  }

  #beat(): void {
    for (const listener of [...this.#listeners]) if (!listener.mayListen()) listener.response.end()
    this.#write(': heartbeat\n\n')
  }

  #write(text: string): void {
    for (const { response } of [...this.#listeners]) {
      if (response.writableEnded) continue
      if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
      else response.write(text)
    }
  }

  #remove(listener: Listener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
    for (const cancel of this.#cancels) cancel()
    this.#cancels = []
    this.#pending.take()
  }
}
