import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import type { InfluxConfig } from './config.ts'
import type { DeviceTags } from './line-protocol.ts'
import type { ShippingStatus } from './shipper.ts'
import type { ShippingData } from './shipping-thread.ts'

export interface ShippingOptions {
  /** Its tokenFile can be opened as it is. */
  influx: InfluxConfig
  /** The cloud's data folder. */
  folder: string
  clock: Clock
  log: Log
  onStatus: (status: ShippingStatus) => void
}

const RESTART_AFTER_MS = 10_000

/**
 * Ships the journal to InfluxDB in a thread of its own: lines and compression cost ingest nothing but the cores that
 * they share. A thread that dies is started again.
 */
export class Shipping {
  readonly #options: ShippingOptions
  #tags: ReadonlyMap<string, DeviceTags> = new Map()
  #worker: Worker | undefined
  #told: ShippingStatus | undefined
  #cancelRestart: CancelTimer = () => {}
  readonly #active = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT))

  constructor(options: ShippingOptions) {
    this.#options = options
  }

  /** What the thread told last; undefined before it has begun. */
  get status(): ShippingStatus | undefined {
    return this.#told
  }

  /** @param tags - what devices are, as far as the registry knows them */
  start(tags: ReadonlyMap<string, DeviceTags>): void {
    this.#tags = tags
    this.#startThread()
  }

  #startThread(): void {
    const { influx, folder, clock, log } = this.#options
    const data: ShippingData = {
      influx,
      database: join(folder, 'cloud.db'),
      cursor: join(folder, 'influx.db'),
      tags: this.#tags,
      active: this.#active.buffer,
    }
    const worker = new Worker(new URL('./shipping-thread.ts', import.meta.url), { workerData: data })
    this.#worker = worker
    worker.unref()
    worker.on('message', (status: ShippingStatus) => this.#take(status))
    worker.on('error', error =>
      log.error({ reason: (error as Error).message }, 'the shipping to InfluxDB broke off'),
    )
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#cancelRestart = clock.after(RESTART_AFTER_MS, () => this.#startThread())
    })
  }

  /**
   * Tells the thread how busy the main thread is, so that it leaves the processor to it.
   *
   * @param activeMs - for how long the main thread has worked since its start
   */
  heed(activeMs: number): void {
    this.#active[0] = activeMs
  }

  /** What is shipped from now on has these tags. */
  describe(tags: ReadonlyMap<string, DeviceTags>): void {
    this.#tags = tags
    this.#worker?.postMessage({ tags })
  }

  /** Breaks off what is under way: the cursor has not moved, and it goes out again at the next start. */
  async stop(): Promise<void> {
    this.#cancelRestart()
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  // What changed is said once, not with every page.
  #take(status: ShippingStatus): void {
    const { log, onStatus } = this.#options
    const before = this.#told
    this.#told = status
    onStatus(status)
    if (status.failing !== (before?.failing ?? null)) {
      if (status.failing === null) log.info({ shipped: status.shipped }, 'InfluxDB takes readings again')
      else log.warn({ reason: status.failing }, 'InfluxDB takes no readings; the journal keeps them')
    }
    if (!before) return
    const { quarantined, dropped, missed } = status
    if (quarantined > before.quarantined)
      log.error({ lines: quarantined - before.quarantined }, 'InfluxDB refused lines: they are in quarantine')
    if (dropped > before.dropped)
      log.warn({ lines: dropped - before.dropped }, 'InfluxDB keeps no readings that are so old')
    if (missed > before.missed)
      log.error(
        { entries: missed - before.missed },
        'InfluxDB was away for longer than the journal is kept; copy the history with: picket-cloud store copy',
      )
  }
}
