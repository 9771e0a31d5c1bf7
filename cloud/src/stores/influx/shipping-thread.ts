// The thread behind Shipping: ships the journal from its own read-only connection.
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@picket/devices/runtime'
import Database from 'better-sqlite3'
import type { InfluxConfig } from './config.ts'
import { JournalPages } from './journal-pages.ts'
import { type DeviceTags, LineWriter } from './line-protocol.ts'
import { InfluxSender } from './send.ts'
import { Shipper } from './shipper.ts'
import { ShippingState } from './shipping-state.ts'
import { Yielding } from './yielding.ts'

/** What the thread is started with. */
export interface ShippingData {
  influx: InfluxConfig
  /** The cloud's database. */
  database: string
  /** The file of the cursor. */
  cursor: string
  tags: ReadonlyMap<string, DeviceTags>
  /** One double: for how long the main thread has worked, ms. */
  active: SharedArrayBuffer
}

// Linux takes this for the calling thread alone (setpriority(2), "C library/kernel differences"): where the processor is
// short, ingest goes first and the journal waits.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const { influx, database, cursor, tags, active } = workerData as ShippingData
const db = new Database(database, { readonly: true })
const state = new ShippingState(cursor)
const sender = new InfluxSender(influx)
const activeMs = new Float64Array(active)
const stopwatch = (): number => performance.now()
const lines = new LineWriter()
lines.describe(tags)
const shipper = new Shipper({
  pages: new JournalPages(db),
  state,
  lines,
  send: some => sender.send(some),
  clock: systemClock,
  stopwatch,
  yielding: new Yielding({ activeMs: () => activeMs[0] ?? 0, stopwatch }),
  random: Math.random,
  onStatus: status => parentPort?.postMessage(status),
})
parentPort?.on('message', (message: { tags: ReadonlyMap<string, DeviceTags> }) =>
  lines.describe(message.tags),
)
shipper.start()
