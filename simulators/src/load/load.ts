import { createHistogram } from 'node:perf_hooks'
import { StartError } from '@picket/devices'
import { normal } from '../signals/noise.ts'
import { type LoadConnection, openConnection } from './connection.ts'
import { PublishTemplate } from './template.ts'

export interface LoadOptions {
  url: string
  /** Device ids are this with a number from 0. */
  devicePrefix: string
  quantity: string
  devices: number
  /** Readings in one message. */
  batch: number
  /** Readings a second over all devices; Infinity for as many as are acknowledged. */
  rate: number
  durationMs: number
  connections: number
  /** Most unacknowledged messages per connection. */
  window: number
}

/** What was sent and what came back. Latencies are of PUBLISH to PUBACK. */
export interface LoadReport {
  sent: number
  acknowledged: number
  seconds: number
  /** Acknowledged readings a second. */
  rate: number
  ackP50Ms: number
  ackP99Ms: number
  ackMaxMs: number
  /** Processor time of this process over the elapsed time: 1 is one core. */
  cores: number
  /** Connections that the other side closed. */
  closed: number
}

// How long acknowledgements may still come after the last message.
const DRAIN_MS = 5000
const TICK_MS = 4

/**
 * Sends readings as fast as asked for or as they are acknowledged, and measures.
 *
 * Each device's readings are 1 ms apart and end now: above 1000 readings a second and device their times run
 * ahead of the clock, so take at least one device per 1000 readings a second.
 *
 * @throws StartError where the broker cannot be reached
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  if (options.rate !== Number.POSITIVE_INFINITY && options.rate / options.devices > 1000)
    throw new StartError(
      'load-devices',
      `${options.rate} readings/s need at least ${Math.ceil(options.rate / 1000)} devices (--devices)`,
    )
  const load = new Load(options)
  await load.connect()
  return load.run()
}

class Load {
  readonly #options: LoadOptions
  readonly #templates: PublishTemplate[]
  readonly #lastMs: Float64Array
  readonly #values: Uint32Array
  readonly #latency = createHistogram()
  readonly #connections: { connection: LoadConnection; sentAt: Float64Array; open: boolean }[] = []
  #turn = 0
  #device = 0
  #sent = 0
  #acknowledged = 0
  #closed = 0
  #running = false
  #refilling = false
  #ending = false
  #lastAckAt = 0
  #drained: () => void = () => {}

  constructor(options: LoadOptions) {
    this.#options = options
    const { devices, devicePrefix, quantity, batch } = options
    this.#templates = Array.from(
      { length: devices },
      (_, device) => new PublishTemplate(`sensors/${devicePrefix}${device}/${quantity}`, batch),
    )
    this.#lastMs = new Float64Array(devices)
    // A walk with steps like a sensor's noise: its digits compress as real ones do.
    this.#values = new Uint32Array(4096)
    let walk = 50_000
    for (let i = 0; i < this.#values.length; i++) {
      walk += 5 * normal(7, i)
      this.#values[i] = Math.min(Math.max(Math.round(walk), 10_000), 99_999)
    }
  }

  async connect(): Promise<void> {
    for (let i = 0; i < this.#options.connections; i++) {
      const sentAt = new Float64Array(0x1_0000)
      const connection = await openConnection({
        url: this.#options.url,
        clientId: `picket-load-${process.pid}-${i}`,
        onAck: packetId => this.#acknowledge(sentAt[packetId] as number),
        onClose: () => this.#close(i),
      })
      this.#connections.push({ connection, sentAt, open: true })
    }
  }

  async run(): Promise<LoadReport> {
    const { durationMs } = this.#options
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    this.#lastAckAt = startedAt
    this.#running = true
    await new Promise<void>(resolve => {
      const timer = setInterval(() => {
        const elapsedMs = performance.now() - startedAt
        if (elapsedMs < durationMs && this.#closed < this.#connections.length) return this.#send(elapsedMs)
        clearInterval(timer)
        resolve()
      }, TICK_MS)
    })
    this.#running = false
    await this.#drain()
    const used = process.cpuUsage(cpu)
    const elapsedMs = Math.max(this.#lastAckAt - startedAt, 1)
    this.#ending = true
    await Promise.all(this.#connections.map(({ connection }) => connection.end()))
    return this.#report(elapsedMs, (used.user + used.system) / 1000)
  }

  /** Sends what the rate allows by now, within the windows. */
  #send(elapsedMs: number): void {
    const { batch, rate, window } = this.#options
    const allowed = rate === Number.POSITIVE_INFINITY ? rate : (rate * elapsedMs) / 1000 - this.#sent
    let messages = rate === Number.POSITIVE_INFINITY ? rate : Math.floor(allowed / batch)
    const now = Date.now()
    for (const { connection } of this.#connections) connection.cork()
    for (let full = 0; messages > 0 && full < this.#connections.length; ) {
      const slot = this.#connections[this.#turn++ % this.#connections.length]
      if (!slot?.open || slot.connection.inFlight >= window) {
        full++
        continue
      }
      full = 0
      const packetId = slot.connection.nextId()
      slot.connection.write(this.#next(packetId, now))
      slot.sentAt[packetId] = performance.now()
      this.#sent += batch
      messages--
    }
    for (const { connection } of this.#connections) connection.uncork()
  }

  #next(packetId: number, nowMs: number): Buffer {
    const { batch, devices } = this.#options
    const device = this.#device++ % devices
    const firstMs = Math.max((this.#lastMs[device] as number) + 1, nowMs - batch + 1)
    this.#lastMs[device] = firstMs + batch - 1
    const values = this.#values
    const template = this.#templates[device] as PublishTemplate
    return template.fill(packetId, firstMs, i => values[(firstMs + i + device) & 4095] as number)
  }

  #acknowledge(sentAt: number): void {
    this.#lastAckAt = performance.now()
    this.#latency.record(Math.max(Math.round((this.#lastAckAt - sentAt) * 1000), 1))
    this.#acknowledged += this.#options.batch
    if (this.#acknowledged === this.#sent && !this.#running) this.#drained()
    // Without a rate the window is filled again at once, not at the next tick.
    if (!this.#running || this.#refilling || this.#options.rate !== Number.POSITIVE_INFINITY) return
    this.#refilling = true
    setImmediate(() => {
      this.#refilling = false
      if (this.#running) this.#send(0)
    })
  }

  #close(index: number): void {
    const slot = this.#connections[index]
    if (!slot) return
    slot.open = false
    if (this.#ending) return
    this.#closed++
    if (this.#closed === this.#connections.length) this.#drained()
  }

  async #drain(): Promise<void> {
    if (this.#acknowledged === this.#sent || this.#closed === this.#connections.length) return
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, DRAIN_MS)
    this.#drained = timeout.resolve
    await timeout.promise
    clearTimeout(timer)
  }

  #report(elapsedMs: number, cpuMs: number): LoadReport {
    const ms = (micros: number): number => Math.round(micros) / 1000
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      seconds: Math.round(elapsedMs) / 1000,
      rate: Math.round((this.#acknowledged * 1000) / elapsedMs),
      ackP50Ms: ms(this.#latency.percentile(50)),
      ackP99Ms: ms(this.#latency.percentile(99)),
      ackMaxMs: ms(this.#latency.max),
      cores: Math.round((cpuMs / elapsedMs) * 100) / 100,
      closed: this.#closed,
    }
  }
}
