import { createReadStream, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { StartError } from '@picket/devices'
import { Publisher, payloadOf } from '../publisher/publisher.ts'
import { type Layout, rowReader } from './rows.ts'

export interface ReplayOptions {
  file: string
  device: string
  quantity: string
  url: string
  layout: Layout
  /** How many times faster than recorded; Infinity for as fast as the gateway takes it. */
  speed: number
  /** Readings in one message. */
  batch: number
  /** Give up when nothing has been acknowledged for this long, ms. */
  patienceMs: number
  /** Called now and then with the share of the file that has been read, 0 to 1. */
  onProgress?(done: number, counts: Readonly<ReplaySummary>): void
  signal?: AbortSignal
}

/** What became of every line. `skipped` counts by reason. */
export interface ReplaySummary {
  lines: number
  sent: number
  acknowledged: number
  skipped: Record<'missing' | 'time' | 'value' | 'columns', number>
  /** First and last event time sent, ISO, or null. */
  from: string | null
  to: string | null
}

interface Reading {
  t: number
  v: number
}

// Messages under way: a gateway commits in groups, and a full group wants company.
const WINDOW = 64

/**
 * Publishes a record as a device, with the record's own times. Reads the file as a stream: memory does not
 * depend on its length.
 *
 * @returns the summary; what was sent and not acknowledged is the difference of its counts
 * @throws StartError for a file that cannot be read or a layout that makes no sense
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  return new Replay(options).run()
}

class Replay {
  readonly #options: ReplayOptions
  readonly #summary: ReplaySummary
  readonly #publisher: Publisher
  readonly #stop = new AbortController()
  #firstMs: number | undefined
  #startedMs = 0
  #patience: NodeJS.Timeout | undefined

  constructor(options: ReplayOptions) {
    this.#options = options
    this.#summary = {
      lines: 0,
      sent: 0,
      acknowledged: 0,
      skipped: { missing: 0, time: 0, value: 0, columns: 0 },
      from: null,
      to: null,
    }
    this.#publisher = new Publisher({
      url: options.url,
      clientId: `picket-replay-${process.pid}-${options.device}`,
      window: WINDOW,
    })
  }

  async run(): Promise<ReplaySummary> {
    const bytes = sizeOf(this.#options.file)
    const read = rowReader(this.#options.layout)
    this.#options.signal?.addEventListener('abort', () => this.#giveUp())
    this.#startedMs = performance.now()
    this.#publisher.start()
    this.#wait()
    try {
      await this.#lines(read, bytes)
      await this.#publisher.idle()
    } finally {
      clearTimeout(this.#patience)
      await this.#publisher.stop(0)
    }
    this.#options.onProgress?.(1, this.#summary)
    return this.#summary
  }

  async #lines(read: ReturnType<typeof rowReader>, bytes: number): Promise<void> {
    const input = createReadStream(this.#options.file)
    const lines = createInterface({ input, crlfDelay: Infinity })
    let batch: Reading[] = []
    for await (const line of lines) {
      if (this.#stop.signal.aborted) return
      this.#summary.lines++
      const row = read(line)
      if (!row) continue
      if ('skipped' in row) {
        this.#summary.skipped[row.skipped]++
        continue
      }
      // What is due later must not hold back what is due now.
      if (batch.length > 0 && this.#dueInMs(row) > 0) {
        await this.#send(batch)
        batch = []
      }
      await this.#until(row)
      batch.push(row)
      if (batch.length >= this.#options.batch) {
        await this.#send(batch)
        batch = []
        this.#options.onProgress?.(bytes > 0 ? input.bytesRead / bytes : 1, this.#summary)
      }
    }
    if (batch.length > 0) await this.#send(batch)
  }

  #dueInMs({ t }: Reading): number {
    if (this.#options.speed === Number.POSITIVE_INFINITY) return 0
    this.#firstMs ??= t
    return (t - this.#firstMs) / this.#options.speed - (performance.now() - this.#startedMs)
  }

  async #until(row: Reading): Promise<void> {
    const dueInMs = this.#dueInMs(row)
    if (dueInMs <= 0) return
    clearTimeout(this.#patience)
    // An aborted pause is the end of the replay, not an error.
    await pause(dueInMs, undefined, { signal: this.#stop.signal }).catch(() => {})
    this.#wait()
  }

  async #send(batch: readonly Reading[]): Promise<void> {
    await this.#publisher.room()
    if (this.#stop.signal.aborted) return
    const { device, quantity } = this.#options
    this.#summary.sent += batch.length
    this.#summary.from ??= iso(batch[0])
    this.#summary.to = iso(batch[batch.length - 1])
    this.#publisher.publish(`sensors/${device}/${quantity}`, payloadOf(batch), () => {
      this.#summary.acknowledged += batch.length
      this.#wait()
    })
  }

  // Every acknowledgement renews the patience.
  #wait(): void {
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => this.#giveUp(), this.#options.patienceMs)
  }

  #giveUp(): void {
    this.#stop.abort()
    this.#publisher.stop(0)
  }
}

const iso = (reading: Reading | undefined): string | null =>
  reading ? new Date(reading.t).toISOString() : null

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch (error) {
    throw new StartError('replay-file', `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`)
  }
}
