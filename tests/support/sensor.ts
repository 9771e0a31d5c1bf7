import mqtt, { type MqttClient } from 'mqtt'

/** What a sensor measured; without `t` the gateway's arrival time counts. */
export interface Measurement {
  t?: number
  v: number
}

export interface SensorOptions {
  /** Where its gateway listens. */
  url: string
  device: string
  quantity: string
  /** Most messages that wait for their acknowledgement at a time. */
  window: number
}

const RECONNECT_MS = 40
const CONNECT_TIMEOUT_MS = 3000

/**
 * A sensor that keeps every message until its gateway has acknowledged it, and sends what was not acknowledged
 * again, in order, on the next connection.
 */
export class Sensor {
  /** What was acknowledged, in the order of sending. */
  readonly acknowledged: Measurement[] = []
  readonly #options: SensorOptions
  readonly #queue: Measurement[][] = []
  #client: MqttClient | undefined
  #inFlight = 0
  #reconnect: NodeJS.Timeout | undefined
  #stopped = false
  #waiters: (() => void)[] = []

  constructor(options: SensorOptions) {
    this.#options = options
  }

  /** How many messages are not acknowledged yet. */
  get waiting(): number {
    return this.#queue.length
  }

  start(): void {
    const { url, device } = this.#options
    // What the client itself would send again after a reconnection, this class sends again.
    const client = mqtt.connect(url, {
      clientId: `sensor-${device}`,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
    })
    this.#client = client
    client.on('connect', () => this.#publish(client))
    client.on('error', () => {})
    client.once('close', () => {
      if (client !== this.#client) return
      this.#client = undefined
      this.#inFlight = 0
      client.end(true)
      if (!this.#stopped) this.#reconnect = setTimeout(() => this.start(), RECONNECT_MS)
    })
  }

  /** Hands over one message. */
  send(...message: Measurement[]): void {
    this.#queue.push(message)
    if (this.#client?.connected) this.#publish(this.#client)
  }

  /** Resolves when everything handed over has been acknowledged. */
  drained(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve()
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /** Ends its connection in the middle of whatever goes on, as a sensor does that loses its power; it keeps its messages. */
  cut(): void {
    this.#client?.stream.destroy()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#reconnect)
    this.#client?.end(true)
  }

  #publish(client: MqttClient): void {
    const { device, quantity, window } = this.#options
    while (this.#inFlight < Math.min(window, this.#queue.length)) {
      const message = this.#queue[this.#inFlight++] as Measurement[]
      const payload = JSON.stringify(message.length === 1 ? message[0] : message)
      client.publish(`sensors/${device}/${quantity}`, payload, { qos: 1 }, error => {
        if (!error && client === this.#client) this.#letGo(client, message)
      })
    }
  }

  #letGo(client: MqttClient, message: Measurement[]): void {
    if (this.#queue[0] !== message) throw new Error('the gateway acknowledges out of order')
    this.#queue.shift()
    this.#inFlight--
    this.acknowledged.push(...message)
    this.#publish(client)
    if (this.#queue.length > 0) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
