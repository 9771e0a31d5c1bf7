import { type Reported, seal, topics } from '@picket/devices'
import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import mqtt, { type MqttClient } from 'mqtt'
import type { Position } from '../outbox/books.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { TimeWord } from '../time/clock-keeper.ts'
import { Backoff } from './backoff.ts'
import { Conversation } from './conversation.ts'
import type { Meter } from './meter.ts'
import { isRefused } from './subscription.ts'

/** What the cloud wants to run here, and what runs. */
interface Downlink {
  takeDesired(payload: Uint8Array): void
  readonly reported: Reported
}

export interface UplinkOptions {
  /** `mqtt://host:port` or `mqtts://host:port`; no credentials in it. */
  url: string
  gateway: string
  password: string
  outbox: Outbox
  meter: Meter
  clock: Clock
  log: Log
  token(): string
  /** Uniform in [0, 1). */
  random(): number
  /** A gateway without a guard has none: what the cloud wants of it is not heard. */
  downlink?: () => Downlink | undefined
  /** Whoever keeps the clock. */
  time?: { learn(word: TimeWord | undefined): void; readonly first: readonly Position[] }
}

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_S = 30

/** Return codes of a CONNACK (MQTT 3.1.1, section 3.2.2.3) that somebody has to do something about. */
const REMEDIES = new Map<string | number | undefined, string>(
  [2, 4, 5].map(code => [
    code,
    'the cloud refuses the id or the password: compare them with the gateways in its file; picket-edge doctor tells more',
  ]),
)

/** The connection to the cloud, made again and again. */
export class Uplink {
  readonly #options: UplinkOptions
  readonly #conversation: Conversation
  readonly #backoff: Backoff
  #client: MqttClient | undefined
  #cancelRetry: CancelTimer = () => {}
  #stopped = false
  #connections = 0
  #reason = ''

  constructor(options: UplinkOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.random)
    const topic = topics(options.gateway)
    this.#conversation = new Conversation({
      ...options,
      link: {
        hello: hello => this.#publish(topic.hello, seal(hello)),
        batch: bytes => this.#publish(topic.batch, bytes),
        hangUp: reason => this.#hangUp(reason),
      },
      onWelcome: () => {
        this.#backoff.reset()
        this.report()
      },
      onTime: word => options.time?.learn(word),
      first: () => options.time?.first ?? [],
    })
  }

  /** True while the cloud has answered our hello on this connection. */
  get connected(): boolean {
    return this.#conversation.welcomed
  }

  /** How often the connection was made again since the start. */
  get reconnections(): number {
    return Math.max(0, this.#connections - 1)
  }

  /** True when all is acknowledged, or when nothing will happen before the clock moves on. */
  get idle(): boolean {
    return this.#client === undefined || this.#conversation.idle
  }

  start(): void {
    const { url, gateway, password } = this.#options
    const client = mqtt.connect(url, {
      manualConnect: true,
      protocolVersion: 4,
      clean: true,
      clientId: gateway,
      username: gateway,
      password,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // We reconnect ourselves; and what is in the client's own store is in the outbox anyway.
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // 8 MB of memory, for a buffer for each number of two bytes.
      writeCache: false,
    })
    this.#client = client
    this.#reason = 'the connection was closed'
    client.on('connect', () => this.#subscribe(client))
    client.on('message', (topic, payload) => this.#receive(topic, payload))
    client.on('error', error => {
      const { message, code } = error as Error & { code?: string | number }
      this.#reason = REMEDIES.get(code) ?? (message || String(code ?? 'error'))
    })
    client.on('close', () => this.#onClose(client))
    client.connect()
  }

  /** New records were committed. */
  recordsWaiting(): void {
    this.#conversation.recordsWaiting()
  }

  /** Asks the cloud for the time, if it hears us; where that is not urgent, only while nothing is under way. */
  askTime(urgent: boolean): void {
    this.#conversation.askTime(urgent)
  }

  /** Begins a new conversation: what the outbox held before is not known any more. */
  restart(): void {
    this.#hangUp('the outbox was replaced')
  }

  /** Tells the cloud what runs here, if it hears us; it is told at each welcome anyway. */
  report(): void {
    const downlink = this.#options.downlink?.()
    if (downlink && this.connected)
      this.#publish(topics(this.#options.gateway).reported, seal(downlink.reported))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRetry()
    this.#conversation.close()
    await this.#client?.endAsync(true)
  }

  #subscribe(client: MqttClient): void {
    this.#connections++
    client.subscribe(topics(this.#options.gateway).down, { qos: 1 }, (error, granted) => {
      if (client !== this.#client) return
      if (error || isRefused(granted ?? []))
        return this.#hangUp('the cloud refuses the subscription to our downlink')
      this.#options.log.info({ url: this.#options.url }, 'connected to the cloud')
      this.#conversation.open()
    })
  }

  #receive(topic: string, payload: Buffer): void {
    const { welcome, acknowledgement, desired } = topics(this.#options.gateway)
    if (topic === acknowledgement) this.#conversation.onAcknowledgement(payload)
    else if (topic === welcome) this.#conversation.onWelcome(payload)
    else if (topic === desired) this.#options.downlink?.()?.takeDesired(payload)
  }

  #publish(topic: string, payload: string | Buffer): void {
    // What fails here was not acknowledged, and goes again after the next hello.
    this.#client?.publish(topic, payload, { qos: 1 }, () => {})
  }

  #hangUp(reason: string): void {
    this.#reason = reason
    this.#client?.end(true)
  }

  #onClose(client: MqttClient): void {
    if (client !== this.#client) return
    this.#client = undefined
    client.removeAllListeners()
    // A late error has nobody to tell, and must not end the process.
    client.on('error', () => {})
    client.end(true)
    this.#conversation.close()
    if (this.#stopped) return
    const retryInMs = Math.round(this.#backoff.next())
    this.#options.log.warn(
      { reason: this.#reason, retryInMs },
      'no connection to the cloud; records wait in the outbox',
    )
    this.#cancelRetry = this.#options.clock.after(retryInMs, () => this.start())
  }
}
