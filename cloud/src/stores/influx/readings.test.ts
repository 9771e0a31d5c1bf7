import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DerivedValue, RangeQuery, StoredReading, TimeSeriesStore } from '../ports.ts'
import { openStores, type Stores } from '../sqlite/stores.ts'
import { describeTimeSeriesStore, type StoreUnderTest } from '../time-series-store.contract.ts'
import type { InfluxConfig } from './config.ts'
import { FluxReadings } from './flux.ts'
import { InfluxQlReadings } from './influxql.ts'
import { JournalPages } from './journal-pages.ts'
import { JournalTail } from './journal-tail.ts'
import { LineWriter } from './line-protocol.ts'
import { InfluxTimeSeriesStore } from './readings.ts'
import { InfluxSender } from './send.ts'
import { isInstalled, type ServerProcess, startInfluxdb } from './server-processes.ts'

const log = createLog('test')
log.level = 'silent'

const T = Date.UTC(2026, 4, 1)
const HOSTILE = [
  "it's",
  "' OR device != '' --",
  "'; DROP DATABASE contract_0; --",
  '"$device"',
  'blank, comma = equals',
  'backslash \\',
  '裂缝计 🌊',
  'x'.repeat(128),
]

const SERIES = { device: 'd', quantity: 'x' }

const remoteOf = (config: InfluxConfig) =>
  config.read === 'flux' ? new FluxReadings(config) : new InfluxQlReadings(config)

/** When the journal is shipped: before each look, or before every other. */
type Shipping = 'always' | 'sometimes'

/** The store, with the journal written as ingest writes it. */
class JournalledStore implements TimeSeriesStore {
  readonly #stores: Stores
  readonly #influx: InfluxTimeSeriesStore
  readonly #sender: InfluxSender
  readonly #pages: JournalPages
  readonly #when: Shipping
  #shipped = 0
  #looks = 0
  localLooks = 0

  constructor(stores: Stores, config: InfluxConfig, when: Shipping) {
    this.#stores = stores
    this.#sender = new InfluxSender(config)
    this.#pages = new JournalPages(stores.db)
    this.#when = when
    stores.journal.keepAfter(0)
    const { readings } = stores
    const local: TimeSeriesStore = {
      append: some => readings.append(some),
      amend: some => readings.amend(some),
      record: some => readings.record(some),
      latest: () => readings.latest(),
      range: query => {
        this.localLooks++
        return readings.range(query)
      },
    }
    const tail = new JournalTail(this.#pages, () => this.#shipped)
    this.#influx = new InfluxTimeSeriesStore({ local, tail, remote: remoteOf(config), log })
  }

  append(readings: readonly StoredReading[]) {
    const outcomes = this.#influx.append(readings)
    const stored = readings.filter((_, at) => outcomes[at] === 'stored')
    if (stored.length > 0) this.#stores.journal.append({ kind: 'readings', now: 1, readings: stored })
    return outcomes
  }

  amend(readings: readonly StoredReading[]) {
    this.#influx.amend(readings)
    this.#stores.journal.append({ kind: 'amend', now: 1, readings })
  }

  record(values: readonly DerivedValue[]) {
    this.#influx.record(values)
    this.#stores.journal.appendRecorded(values)
  }

  latest() {
    return this.#influx.latest()
  }

  async range(query: RangeQuery) {
    if (this.#when === 'always' || this.#looks++ % 2 === 0) await this.#ship()
    const points = await this.#influx.range(query)
    if (this.#when === 'always') expect(this.localLooks).toBe(0)
    return points
  }

  close() {
    this.#sender.close()
  }

  async #ship() {
    const writer = new LineWriter()
    for (
      let page = this.#pages.after(this.#shipped, 1e4);
      page;
      page = this.#pages.after(this.#shipped, 1e4)
    ) {
      expect(await this.#sender.send(page.points.map(point => writer.line(point)))).toMatchObject({
        kind: 'written',
      })
      this.#shipped = page.last
    }
  }
}

function underTest(folder: string, config: InfluxConfig, when: Shipping): StoreUnderTest {
  const stores = openStores(join(folder, 'cloud.db'))
  const store = new JournalledStore(stores, config, when)
  const close = async () => {
    store.close()
    await stores.close()
  }
  return {
    store,
    transaction: work => stores.db.transaction(work)(),
    async reopen() {
      await close()
      return underTest(folder, config, when)
    },
    async close() {
      await close()
      rmSync(folder, { recursive: true })
    },
  }
}
const open = (config: InfluxConfig, when: Shipping) =>
  underTest(mkdtempSync(join(tmpdir(), 'picket-influx-')), config, when)

describe.skipIf(!isInstalled('influxd'))('influxdb 1.6.7, read by InfluxQL', () => {
  let server: ServerProcess
  let databases = 0
  const config = (bucket: string): InfluxConfig => ({
    url: server.url,
    version: 1,
    org: '',
    bucket,
    read: 'influxql',
  })
  async function database(): Promise<InfluxConfig> {
    const bucket = `contract_${databases++}`
    const body = new URLSearchParams({ q: `CREATE DATABASE ${bucket}` })
    await fetch(`${server.url}/query`, { method: 'POST', body })
    return config(bucket)
  }
  beforeAll(async () => {
    server = await startInfluxdb()
  })
  afterAll(() => server.stop())

  it('finds series of any name, with its values bound and with literals', async () => {
    const bound = await database()
    const { store, transaction, close } = open(bound, 'always')
    transaction(() =>
      store.append([...HOSTILE].map((device, at) => ({ device, quantity: 'x', t: T + at, v: at, q: 1 }))),
    )
    const literals = new InfluxQlReadings({ ...bound, version: 2 })
    for (const [at, device] of HOSTILE.entries()) {
      const query = { device, quantity: 'x', from: T, to: T + 1000, resolutionMs: 0, limit: 5 }
      const point = { t: T + at, v: at, min: at, max: at, count: 1, q: 1 }
      expect(await store.range(query)).toEqual([point])
      expect(await literals.range(query)).toEqual([point])
    }
    await close()
  })

  it('reads what it has page by page, and leaves out what was taken back', async () => {
    const { store, transaction, close } = open(await database(), 'always')
    const count = 25_000
    const readings = Array.from({ length: count }, (_, t) => ({
      device: 'd',
      quantity: 'x',
      t: T + t,
      v: t,
      q: 9,
    }))
    transaction(() => store.append(readings))
    transaction(() => store.record([{ device: 'd', quantity: 'x', t: T + 7, v: null, q: 2 }]))
    const query = { device: 'd', quantity: 'x', from: T, to: T + count, limit: count }
    const points = await store.range({ ...query, resolutionMs: 0 })
    expect(points.map(({ v }) => v)).toEqual(readings.map(({ v }) => v).filter(v => v !== 7))
    const buckets = await store.range({ ...query, resolutionMs: 1000 })
    expect(buckets.slice(0, 2).map(({ count, q }) => [count, q])).toEqual([
      [999, 9],
      [1000, 9],
    ])
    await close()
  })

  it('gives as many buckets as the longest chart has', async () => {
    const { store, transaction, close } = open(await database(), 'always')
    const readings = Array.from({ length: 10_500 }, (_, t) => ({ ...SERIES, t: T + t, v: t, q: 1 }))
    transaction(() => store.append(readings))
    const query = { ...SERIES, from: T, to: T + 1e6, resolutionMs: 1, limit: 10_001 }
    expect((await store.range(query)).map(({ v }) => v)).toEqual(readings.slice(0, 10_001).map(({ v }) => v))
    await close()
  })

  it('is read from here where it does not answer', async () => {
    const stores = openStores(join(mkdtempSync(join(tmpdir(), 'picket-influx-')), 'cloud.db'))
    stores.readings.append([{ device: 'd', quantity: 'x', t: T, v: 1, q: 1 }])
    const gone = new InfluxQlReadings(config('gone'))
    const query = { device: 'd', quantity: 'x', from: T, to: T + 1, resolutionMs: 0, limit: 1 }
    await expect(gone.range(query)).rejects.toThrow('database not found')
    const tail = new JournalTail(new JournalPages(stores.db), () => 0)
    const store = new InfluxTimeSeriesStore({ local: stores.readings, tail, remote: gone, log })
    expect(await store.range(query)).toMatchObject([{ t: T, v: 1 }])
    await stores.close()
    rmSync(dirname(stores.db.name), { recursive: true })
  })

  for (const when of ['always', 'sometimes'] as const)
    describeTimeSeriesStore(`influxdb, journal shipped ${when}`, async () => open(await database(), when))
})

describe('an InfluxDB named by PICKET_TEST_INFLUX_URL', () => {
  const { PICKET_TEST_INFLUX_URL: url, PICKET_TEST_INFLUX_TOKEN: token } = process.env
  const { PICKET_TEST_INFLUX_ORG: org = '', PICKET_TEST_INFLUX_BUCKET: bucket = 'picket' } = process.env
  if (url === undefined) {
    it.skip('PICKET_TEST_INFLUX_URL is not set: the contract is not run against a server of your own', () => {})
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'picket-token-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const tokenFile = join(folder, 'token')
  if (token !== undefined) writeFileSync(tokenFile, token)
  const version = ([1, 2, 3] as const)[Number(process.env.PICKET_TEST_INFLUX_VERSION ?? 2) - 1] ?? 2
  const read = process.env.PICKET_TEST_INFLUX_READ === 'influxql' || version !== 2 ? 'influxql' : 'flux'
  describeTimeSeriesStore(`${url}, by ${read}: the bucket must be empty`, async () =>
    open({ url, version, org, bucket, read, ...(token === undefined ? {} : { tokenFile }) }, 'always'),
  )
})
