import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, createLog, SteppedClock } from '@picket/devices/runtime'
import type { EngineState, JudgeState } from '@picket/rules'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStores, type Stores } from '../sqlite/stores.ts'
import { FakeInflux } from './fake-influx.ts'
import { JournalPages } from './journal-pages.ts'
import { JournalTail } from './journal-tail.ts'
import { LineWriter } from './line-protocol.ts'
import { InfluxTimeSeriesStore } from './readings.ts'
import { InfluxSender } from './send.ts'
import { Shipper, type ShippingStatus } from './shipper.ts'
import { ShippingState } from './shipping-state.ts'

const NOW = Date.UTC(2026, 4, 1)
const TOKEN = 'very-secret-token'
const silent = createLog('test')
silent.level = 'silent'

let folder: string
let stores: Stores
let state: ShippingState
let clock: SteppedClock
let server: FakeInflux
let url: string
let told: ShippingStatus[]
let listeners: (() => void)[]
let shipper: Shipper | undefined
let sender: InfluxSender | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picket-shipping-'))
  stores = openStores(join(folder, 'cloud.db'))
  stores.journal.keepAfter(0)
  state = new ShippingState(join(folder, 'influx.db'))
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`)
  clock = new SteppedClock(NOW)
  server = new FakeInflux()
  url = await server.listen()
  told = []
  listeners = []
})
afterEach(async () => {
  const stopped = shipper?.stop()
  await server.close()
  await stopped
  sender?.close()
  shipper = undefined
  state.close()
  await stores.close()
  rmSync(folder, { recursive: true })
})

function start({ timeoutMs = 5000 } = {}): void {
  sender = new InfluxSender(
    { url, version: 2, org: 'o', bucket: 'b', read: 'local', tokenFile: join(folder, 'token') },
    timeoutMs,
  )
  const { send } = sender
  const lines = new LineWriter()
  lines.describe(new Map([['d', { site: 's', model: 'm' }]]))
  shipper = new Shipper({
    pages: new JournalPages(stores.db),
    state,
    lines,
    send: send.bind(sender),
    clock: clock as Clock,
    stopwatch: () => 0,
    yielding: { restMs: () => 0 },
    random: () => 1,
    onStatus(status) {
      told.push(status)
      for (const listener of listeners.splice(0)) listener()
    },
  })
  shipper.start()
}

/** Resolves when the shipper says something that fits. */
async function until(fits: (status: ShippingStatus) => boolean): Promise<void> {
  while (!told.some(fits)) await new Promise<void>(resolve => listeners.push(resolve))
}

const reading = (t: number, v: number, q = 1) => ({ device: 'd', quantity: 'x', t: NOW + t, v, q })
function journal(...values: ReturnType<typeof reading>[]): void {
  stores.journal.append({ kind: 'readings', now: NOW, readings: values })
}
const allShipped = () => until(({ shipped }) => shipped === stores.journal.last)
const failing = () => until(status => status.failing !== null)
const SERIES = 'reading,device=d,model=m,quantity=x,site=s'
const written = () => [...server.points].map(([point, fields]) => [point.replace(`${SERIES} `, ''), fields])

describe('the way to InfluxDB', () => {
  it('takes readings, amendments and derived values in the order of the journal, and nothing else', async () => {
    journal(reading(1, 1.5), reading(2, 2, 0x12))
    stores.journal.append({ kind: 'tick', now: NOW })
    stores.journal.append({ kind: 'amend', now: NOW, readings: [reading(1, 1.5, 4)] })
    stores.journal.appendRecorded([
      { ...reading(3, 7), device: 'e' },
      { ...reading(4, 0), device: 'e', v: null },
    ])
    start()
    await allShipped()
    expect(server.requests.flat()).toEqual([
      `${SERIES} value=1.5,quality=1i,marks=0i ${NOW + 1}`,
      `${SERIES} value=2,quality=2i,marks=16i ${NOW + 2}`,
      `${SERIES} value=1.5,quality=4i,marks=0i ${NOW + 1}`,
      `reading,device=e,quantity=x value=7,quality=1i,marks=0i ${NOW + 3}`,
      `reading,device=e,quantity=x quality=0i ${NOW + 4}`,
    ])
    expect(server.tokens).toEqual([`Token ${TOKEN}`])
  })

  it('packs what goes to another machine, and nothing on the way to its own', async () => {
    journal(...Array.from({ length: 100 }, (_, t) => reading(t, t)))
    start()
    await allShipped()
    await shipper?.stop()
    sender?.close()
    // An address of this machine that is not written as one.
    url = url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
    journal(...Array.from({ length: 100 }, (_, t) => reading(1000 + t, t)))
    start()
    await allShipped()
    expect(server.packed).toEqual([false, true])
    expect(server.points.size).toBe(200)
  })

  it('goes on where it was after a restart in the middle of a page', async () => {
    journal(...Array.from({ length: 25_000 }, (_, t) => reading(t, t)))
    let requests = 0
    server.answer = () => (++requests === 2 ? undefined : { status: 204 })
    start()
    while (requests < 2) await server.heard()
    await Promise.all([shipper?.stop(), server.close()])
    expect(state.get().shipped).toBe(0)
    const before = server.points
    server = new FakeInflux()
    url = await server.listen()
    for (const [point, fields] of before) server.points.set(point, fields)
    start()
    await allShipped()
    expect(written().slice(0, 2)).toEqual([
      [`${NOW}`, 'value=0,quality=1i,marks=0i'],
      [`${NOW + 1}`, 'value=1,quality=1i,marks=0i'],
    ])
    expect(server.points.size).toBe(25_000)
  })

  it('begins at what is kept, counts what was let go of unshipped, and follows a database that was put back', async () => {
    const drop = (upTo: number) => stores.db.prepare('DELETE FROM journal WHERE ordinal <= ?').run(upTo)
    for (let t = 0; t < 10; t++) journal(reading(t, t))
    drop(2)
    start()
    await allShipped()
    expect(state.get()).toMatchObject({ shipped: 10, missed: 0 })
    await shipper?.stop()
    for (let t = 10; t < 15; t++) journal(reading(t, t))
    drop(13)
    start()
    await allShipped()
    expect(state.get()).toMatchObject({ shipped: 15, missed: 3 })
    await shipper?.stop()
    stores.db.exec('DELETE FROM journal WHERE ordinal > 14')
    start()
    expect(state.get()).toMatchObject({ shipped: 14, missed: 3 })
  })
})

describe('a server that', () => {
  it('is gone is waited for, ever longer, and gets everything in order when it is back', async () => {
    const port = Number(new URL(url).port)
    await server.close()
    journal(reading(1, 1), reading(2, 2))
    start()
    await failing()
    expect(told.at(-1)?.failing).toBe('not sent: ECONNREFUSED')
    for (const waitMs of [
      1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
    ]) {
      const attempts = told.length
      clock.advanceTo(clock.now() + waitMs - 1)
      await new Promise(setImmediate)
      expect(told).toHaveLength(attempts)
      const next = new Promise<void>(resolve => listeners.push(resolve))
      clock.advanceTo(clock.now() + 1)
      await next
    }
    server = new FakeInflux()
    await server.listen(port)
    clock.advanceTo(clock.now() + 300_000)
    await allShipped()
    expect(written()).toHaveLength(2)
  })

  it('is slow is given up, and asked again', async () => {
    journal(reading(1, 1))
    let asked = 0
    server.answer = () => (asked++ === 0 ? undefined : { status: 204 })
    start({ timeoutMs: 60 })
    await failing()
    expect(told.at(-1)?.failing).toMatch(/no answer within 60 ms|not sent/)
    clock.advanceTo(NOW + 1000)
    await allShipped()
    expect(written()).toHaveLength(1)
  })

  it('says 429 with Retry-After is left alone for so long', async () => {
    journal(reading(1, 1))
    server.answer = () => ({ status: 429, headers: { 'retry-after': '120' } })
    start()
    await failing()
    server.answer = () => ({ status: 204 })
    clock.advanceTo(NOW + 119_999)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(server.requests).toHaveLength(1)
    clock.advanceTo(NOW + 120_000)
    await allShipped()
  })

  it('says 401 keeps its readings waiting until the token is right, and the token is told to nobody', async () => {
    journal(reading(1, 1))
    server.answer = () => ({
      status: server.tokens.at(-1) === 'Token right' ? 204 : 401,
      body: `{"message":"unauthorized access by ${TOKEN}"}`,
    })
    start()
    await failing()
    expect(told.at(-1)?.failing).toBe('answered with status 401: unauthorized access by ***')
    expect(JSON.stringify(told)).not.toContain(TOKEN)
    writeFileSync(join(folder, 'token'), 'right')
    clock.advanceTo(NOW + 1000)
    await allShipped()
    expect(state.get()).toMatchObject({ quarantined: 0 })
  })

  it('says 400 to one line gets the others; that one is in quarantine with its reason', async () => {
    journal(...Array.from({ length: 100 }, (_, t) => reading(t, t)))
    server.answer = lines =>
      lines.some(line => line.includes('value=37,'))
        ? { status: 400, body: '{"message":"field type conflict"}' }
        : { status: 204 }
    start()
    await allShipped()
    expect(server.points.size).toBe(99)
    expect(state.quarantined()).toEqual([
      {
        line: `${SERIES} value=37,quality=1i,marks=0i ${NOW + 37}`,
        reason: 'answered with status 400: field type conflict',
      },
    ])
    expect(told.at(-1)).toMatchObject({ quarantined: 1, failing: null })
    expect(server.requests.length).toBeLessThan(20)
  })

  it('says 400 to everything gets nothing into quarantine', async () => {
    journal(...Array.from({ length: 100 }, (_, t) => reading(t, t)))
    server.answer = () => ({ status: 400, body: '{"message":"plain HTTP sent to HTTPS port"}' })
    start()
    await failing()
    expect(state.get()).toMatchObject({ shipped: 0, quarantined: 0 })
    server.answer = () => ({ status: 204 })
    clock.advanceTo(NOW + 1000)
    await allShipped()
    expect(server.points.size).toBe(100)
  })

  it('takes all lines but some, and says so, has them once whatever was sent again', async () => {
    journal(...Array.from({ length: 50 }, (_, t) => reading(t, t)))
    server.answer = lines => {
      const good = lines.filter(line => !/value=(7|40),/.test(line))
      if (lines.splice(0, lines.length, ...good).length === good.length) return { status: 204 }
      return { status: 400, body: '{"error":"partial write: field type conflict dropped=1"}' }
    }
    start()
    await allShipped()
    expect(server.points.size).toBe(48)
    expect(state.quarantined()).toHaveLength(2)
  })

  it('keeps nothing so old says how many, which are counted and not asked about again', async () => {
    journal(reading(1, 1), reading(2, 2), reading(3, 3))
    server.answer = lines => {
      lines.splice(0, 2)
      return { status: 422, body: '{"message":"partial write: points beyond retention policy dropped=2"}' }
    }
    start()
    await allShipped()
    expect(server.requests).toHaveLength(1)
    expect(state.get()).toMatchObject({ dropped: 2, quarantined: 0 })
  })
})

describe('an outage', () => {
  const MINUTE_MS = 60_000
  const DAY_MS = 86_400_000
  const gauges = Array.from({ length: 250 }, (_, at) => `gauge-${at}`)
  let count = 0
  beforeEach(() => {
    count = 0
  })

  /** What ingest does in a commit, as far as store and journal see it: a reading of each gauge, pruning, now and then a snapshot. */
  function commit(): void {
    const now = clock.now()
    const readings = gauges.map(device => ({ device, quantity: 'x', t: now, v: count++ / 8, q: 1 }))
    stores.db.transaction(() => {
      stores.readings.append(readings)
      stores.journal.append({ kind: 'readings', now, readings })
      if (count % 2500 === 0) keepSnapshot()
      stores.journal.keepAfter(state.get().shipped)
      stores.journal.prune(now - 7 * DAY_MS, now - 30 * DAY_MS)
    })()
  }
  const keepSnapshot = () =>
    stores.journal.keepSnapshot(
      { packs: [], models: [], registry: '' },
      { engine: {} as EngineState, judge: {} as JudgeState },
    )
  async function passes(ms: number, stepMs: number): Promise<void> {
    for (const end = clock.now() + ms; clock.now() < end; ) {
      commit()
      const attempt = new Promise<void>(resolve => listeners.push(resolve))
      clock.advanceTo(clock.now() + stepMs)
      await attempt
    }
  }
  function comeBack(): void {
    server.comeBack()
    clock.advanceTo(clock.now() + 300_000)
  }
  const sent = () => server.requests.flat().filter(line => !line.startsWith('picket_probe'))

  /** A gauge's readings as a chart has them, of the server and of what it lacks. */
  async function chartOf(device: string, isUp = true): Promise<number[]> {
    const remote = {
      range: async ({ from, to }: { from: number; to: number }) => {
        if (!isUp) throw new Error('nobody answers')
        return [...server.points]
          .filter(([point]) => point.startsWith(`reading,device=${device},`))
          .map(([point, fields]) => ({
            t: Number(point.split(' ').at(-1)),
            v: Number.parseFloat(fields.slice(6)),
          }))
          .filter(({ t }) => t >= from && t < to)
          .map(({ t, v }) => ({ t, v, min: v, max: v, count: 1, q: 1 }))
      },
    }
    const tail = new JournalTail(new JournalPages(stores.db), () => state.get().shipped)
    const chart = new InfluxTimeSeriesStore({ local: stores.readings, tail, remote, log: silent })
    const query = { device, quantity: 'x', from: NOW, to: clock.now() + 1, resolutionMs: 0, limit: 1e6 }
    return (await chart.range(query)).map(({ v }) => v)
  }
  const valuesOf = (device: string) =>
    Array.from(
      { length: count / gauges.length },
      (_, at) => (at * gauges.length + gauges.indexOf(device)) / 8,
    )

  it('of a day costs nothing: charts go on, and everything is there once when it is over', async () => {
    start()
    await passes(60 * MINUTE_MS, 30 * MINUTE_MS)
    const before = sent()
    expect(before).toHaveLength(500)
    server.vanish()
    await passes(DAY_MS / 2, 30 * MINUTE_MS)
    // The cloud is started anew in the middle of it.
    await shipper?.stop()
    start()
    await passes(DAY_MS / 2, 30 * MINUTE_MS)
    expect(await chartOf('gauge-3', false)).toEqual(valuesOf('gauge-3'))
    expect(stores.journal.first).toBe(1)

    told.length = 0
    comeBack()
    let requests = 0
    server.answer = () =>
      ++requests === 1 ? { status: 204 } : { status: 503, headers: { 'retry-after': '60' } }
    while (requests < 2) await server.heard()
    // The refusal has arrived, too: from here on the clock is waited for.
    await failing()
    // A part is there, and the rest is on its way.
    expect(server.points.size).toBe(10_500)
    expect(await chartOf('gauge-98')).toEqual(valuesOf('gauge-98'))
    const refused = new Set(server.requests[1])
    server.answer = () => ({ status: 204 })
    told.length = 0
    clock.advanceTo(clock.now() + 300_000)
    await allShipped()

    const taken = [...before, ...sent()]
    expect(count).toBe(12_500)
    expect(new Set(taken).size).toBe(count)
    // Nothing was written twice: what was refused came again, and nothing else did.
    expect(taken).toHaveLength(count + refused.size)
    expect(await chartOf('gauge-99')).toEqual(valuesOf('gauge-99'))
    expect(state.get()).toMatchObject({ shipped: stores.journal.last, quarantined: 0, dropped: 0, missed: 0 })
  })

  it('of more than thirty days loses what is older to InfluxDB, says how much, and keeps it here', async () => {
    start()
    await passes(DAY_MS, DAY_MS)
    server.vanish()
    await passes(33 * DAY_MS, DAY_MS)
    comeBack()
    told.length = 0
    await allShipped()
    const { missed } = state.get()
    // Three days of one entry; the newest snapshot may cover a few less.
    expect(missed).toBeGreaterThan(0)
    expect(missed).toBeLessThanOrEqual(3)
    expect(new Set(sent()).size).toBe(count - (1 + missed) * gauges.length)
    const kept = await stores.readings.range({
      device: 'gauge-0',
      quantity: 'x',
      from: NOW,
      to: clock.now(),
      resolutionMs: 0,
      limit: 1e6,
    })
    expect(kept).toHaveLength(count / gauges.length)
  })
})
