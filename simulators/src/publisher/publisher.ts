import type { Log } from '@picket/devices/runtime'
import { connect, type MqttClient } from 'mqtt'

export interface PublisherOptions {
  url: string
  clientId: string
  /** Most messages that wait for their acknowledgement. */
  window: number
  log?: Pick<Log, 'info' | 'warn'>
}

interface Message {
  topic: string
  payload: string
  acknowledged(): void
}

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 10_000

/**
 * Publishes with QoS 1 and keeps every message until the gateway has acknowledged it; after a lost connection
 * it connects again, with a delay that doubles, and sends what was not acknowledged once more, in order.
 * Every connection is a client of its own: mqtt.js's store would replay one message at a time and can drop what
 * is published meanwhile (mqttjs#2015).
 */
export class Publisher {
  readonly #options: PublisherOptions
  // In order of publication; never more than the window.
  readonly #unacknowledged = new Set<Message>()
  #client: MqttClient | undefined
  #connected = false
  #delayMs = FIRST_DELAY_MS
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #waiting: (() => void)[] = []

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  start(): void {
    this.#connect()
  }

  /** Messages without acknowledgement. */
  get unacknowledged(): number {
    return this.#unacknowledged.size
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Resolves when there is a connection and room in the window, or after `stop`. */
  async room(): Promise<void> {
    while (!this.#stopped && (!this.#connected || this.#unacknowledged.size >= this.#options.window))
      await this.#change()
  }

  /** Resolves when everything is acknowledged, or after `stop`. */
  async idle(): Promise<void> {
    while (!this.#stopped && this.#unacknowledged.size > 0) await this.#change()
  }

  /** Sends; call only when there is room. `acknowledged` is called when the gateway has it. */
  publish(topic: string, payload: string, acknowledged: () => void): void {
    const message = { topic, payload, acknowledged }
    this.#unacknowledged.add(message)
    if (this.#client && this.#connected) this.#send(this.#client, message)
  }

  /** Ends the connection, at most `graceMs` after what is under way has been acknowledged. */
  async stop(graceMs: number): Promise<void> {
    const grace = new Promise<void>(resolve => setTimeout(resolve, graceMs).unref())
    await Promise.race([this.#drained(), grace])
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#changed()
    await new Promise<void>(resolve =>
      this.#client ? this.#client.end(true, {}, () => resolve()) : resolve(),
    )
  }

  /** Resolves when everything is acknowledged or the connection is lost. */
  async #drained(): Promise<void> {
    while (this.#connected && this.#unacknowledged.size > 0) await this.#change()
  }

  #connect(): void {
    const client = connect(this.#options.url, {
      clientId: this.#options.clientId,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5000,
      manualConnect: true,
    })
    this.#client = client
    client.on('connect', () => {
      this.#options.log?.info({ unacknowledged: this.#unacknowledged.size }, 'connected')
      this.#delayMs = FIRST_DELAY_MS
      this.#connected = true
      for (const message of this.#unacknowledged) this.#send(client, message)
      this.#changed()
    })
    // An error is followed by a close.
    client.on('error', error => {
      // One warning an outage: the attempts that follow are no news.
      const say = this.#delayMs === FIRST_DELAY_MS ? 'warn' : 'info'
      this.#options.log?.[say]({ reason: reasonOf(error) }, 'connection failed')
    })
    client.on('close', () => this.#closed(client))
    client.connect()
  }

  #send(client: MqttClient, message: Message): void {
    client.publish(message.topic, message.payload, { qos: 1 }, error => {
      // A connection that ended has its messages sent again by the next one.
      if (error || client !== this.#client || !this.#unacknowledged.delete(message)) return
      message.acknowledged()
      this.#changed()
    })
  }

  #closed(client: MqttClient): void {
    if (client !== this.#client) return
    this.#client = undefined
    this.#connected = false
    client.end(true)
    this.#changed()
    if (this.#stopped) return
    const delayMs = this.#delayMs * (0.5 + Math.random() / 2)
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS)
    this.#timer = setTimeout(() => this.#connect(), delayMs)
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #changed(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

// An AggregateError of Node's address attempts has an empty message.
const reasonOf = (error: Error & { code?: string | number }): string =>
  error.message || String(error.code ?? error.name)

/** The payload of `sensors/{device}/{quantity}`: one reading, or an array of them. */
export function payloadOf(readings: readonly { t: number; v: number }[]): string {
  const plain = readings.map(({ t, v }) => ({ t, v }))
  return JSON.stringify(plain.length === 1 ? plain[0] : plain)
}
