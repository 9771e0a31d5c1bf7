import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBatchHeader, type Hello, Lane, type Reading } from '@picket/devices'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Outbox } from '../outbox/outbox.ts'
import { FakeCloud } from '../testing/fake-cloud.ts'
import { ANSWER_TIMEOUT_MS, Conversation } from './conversation.ts'
import { Meter } from './meter.ts'

const log = { info() {}, warn() {}, error() {} } as unknown as Log
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const readings = (count: number, from = 0): Reading[] =>
  Array.from({ length: count }, (_, at) => ({ device: 'd', quantity: 'q', t: 1e12 + from + at, v: at, q: 2 }))

/** A gateway's conversation with a fake cloud; messages go when the test lets them. */
class Table {
  readonly folder = mkdtempSync(join(tmpdir(), 'picket-conversation-'))
  readonly clock = new SteppedClock(1e12)
  readonly cloud = new FakeCloud()
  meter = new Meter({}, this.clock, undefined)
  readonly hellos: Hello[] = []
  batches: Buffer[] = []
  hangUps: string[] = []
  #tokens = 0
  outbox = this.openOutbox()
  conversation = this.converse()

  openOutbox(): Outbox {
    const limits = { maxBytes: 1e9, maxAgeMs: 1e12, tailMs: 1e6, tailMaxBytes: 1e9, reserveBytes: 0 }
    return Outbox.open({ folder: this.folder, token: () => this.#token(), clock: this.clock, ...limits })
  }

  converse(): Conversation {
    return new Conversation({
      outbox: this.outbox,
      meter: this.meter,
      clock: this.clock,
      log,
      token: () => this.#token(),
      onWelcome() {},
      link: {
        hello: hello => this.hellos.push(hello),
        batch: bytes => this.batches.push(bytes),
        hangUp: reason => this.hangUps.push(reason),
      },
    })
  }

  restart(): void {
    this.outbox.close()
    this.outbox = this.openOutbox()
    this.conversation = this.converse()
    this.batches = []
  }

  welcome(): void {
    this.conversation.onWelcome(json(this.cloud.hello(this.hellos.at(-1) as Hello)))
  }

  open(): void {
    this.conversation.open()
    this.welcome()
  }

  commit(records: Reading[]): void {
    this.outbox.append(records)
    this.conversation.recordsWaiting()
  }

  /** Takes the oldest batch to the cloud; its acknowledgement, if wanted, back. */
  deliver(acknowledge = true): void {
    const acknowledgement = this.cloud.batch(this.batches.shift() as Buffer)
    if (acknowledge) this.conversation.onAcknowledgement(json(acknowledgement))
  }

  deliverAll(): void {
    while (this.batches.length > 0) this.deliver()
  }

  #token(): string {
    return (++this.#tokens).toString(16).padStart(32, '0')
  }
}

let table: Table
beforeEach(() => {
  table = new Table()
})
afterEach(() => {
  table.outbox.close()
  rmSync(table.folder, { recursive: true })
})

describe('a conversation', () => {
  it('says what it holds before it sends anything', () => {
    table.outbox.append(readings(10))
    table.conversation.open()
    expect(table.hellos).toMatchObject([
      {
        instance: table.outbox.current.epoch,
        epochs: [{ epoch: table.outbox.current.epoch, low: 0, next: 10 }],
      },
    ])
    expect(table.batches).toHaveLength(0)
    table.welcome()
    expect(table.batches).toHaveLength(1)
  })

  it('lets go on the acknowledgement alone', () => {
    table.open()
    table.commit(readings(10))
    table.deliver(false)
    expect(table.outbox.pendingRecords).toBe(10)
    expect(table.conversation.idle).toBe(false)
    table.conversation.onAcknowledgement(
      json({ nonce: table.hellos[0]?.nonce, settled: { [table.outbox.current.epoch]: [[0, 9]] } }),
    )
    expect(table.outbox.pendingRecords).toBe(0)
    expect(table.conversation.idle).toBe(true)
  })

  it('does not listen to an acknowledgement of another hello, or to nonsense', () => {
    table.open()
    table.commit(readings(10))
    const settled = { [table.outbox.current.epoch]: [[0, 9]] }
    table.conversation.onAcknowledgement(json({ nonce: 'f'.repeat(32), settled }))
    table.conversation.onAcknowledgement(json({ settled }))
    table.conversation.onAcknowledgement(Buffer.from('{"no'))
    table.conversation.onWelcome(Buffer.from('[]'))
    expect(table.outbox.pendingRecords).toBe(10)
  })
})

describe('the batches of a conversation', () => {
  it('are under way in a bounded number', () => {
    table.outbox.append(readings(50_000))
    table.open()
    let most = 0
    while (table.batches.length > 0) {
      most = Math.max(most, table.conversation.inFlight)
      table.deliver()
    }
    expect(most).toBe(8)
    expect(table.cloud.records.size).toBe(50_000)
    expect(table.cloud.resent).toBe(0)
    expect(table.outbox.pendingRecords).toBe(0)
  })

  it('are never larger than 64 kB', () => {
    const wide = Array.from({ length: 2000 }, (_, at) => ({
      device: `device-${at}-${Math.sin(at)}`,
      quantity: `quantity-${Math.cos(at)}`,
      t: 1e12 + at * at,
      v: Math.tan(at),
      q: 2,
    }))
    for (let run = 0; run < 10; run++) table.outbox.append(wide)
    table.open()
    let largest = 0
    while (table.batches.length > 0) {
      largest = Math.max(largest, table.batches[0]?.length ?? 0)
      table.deliver()
    }
    expect(largest).toBeLessThanOrEqual(64 * 1024)
    expect(table.cloud.records.size).toBe(20_000)
  })

  it('are live ones first, and backlog every second time', () => {
    table.outbox.append(readings(10_000))
    table.open()
    table.commit(readings(3000, 20_000))
    const before = table.cloud.lanes.length
    table.deliverAll()
    const lanes = table.cloud.lanes.slice(before)
    const lastLive = lanes.lastIndexOf(Lane.LIVE)
    const shared = lanes.slice(lanes.indexOf(Lane.LIVE), lastLive + 1)
    expect(shared.length).toBeGreaterThan(2)
    // Two live ones may be under way beside what is shared.
    let ahead = 0
    for (const lane of shared) {
      ahead += lane === Lane.LIVE ? 1 : -1
      expect(Math.abs(ahead)).toBeLessThanOrEqual(3)
    }
    expect(table.cloud.records.size).toBe(13_000)
  })

  it('go as they were committed, and together where they have to wait', () => {
    table.open()
    for (let run = 0; run < 20; run++) table.commit(readings(5, run * 5))
    const counts = (): number[] =>
      table.batches.map(bytes => (decodeBatchHeader(bytes) as { count: number }).count)
    expect(counts()).toEqual([5, 5, 5, 5])
    table.deliver()
    expect(counts()).toEqual([5, 5, 5, 80])
    table.deliverAll()
    expect(table.cloud.records.size).toBe(100)
  })
})

describe('the alarm lane', () => {
  it('goes at once, ahead of what waits and beside what is under way', () => {
    table.outbox.append(readings(50_000))
    table.open()
    const underWay = table.batches.length
    expect(table.conversation.inFlight).toBe(3)
    table.outbox.append([], readings(1, 90_000))
    table.conversation.recordsWaiting()
    expect(table.batches).toHaveLength(underWay + 1)
    expect(decodeBatchHeader(table.batches.at(-1) as Buffer)).toMatchObject({ lane: Lane.ALARMS, count: 1 })
  })

  it('goes on when the bytes of the month are used up, and all else waits', () => {
    table.meter = new Meter({ monthlyBytes: 10_000 }, table.clock, undefined)
    table.conversation = table.converse()
    table.open()
    for (let run = 0; run < 100; run++) {
      table.commit(readings(500, run * 1000).map(reading => ({ ...reading, v: Math.sin(reading.t) })))
      table.deliverAll()
    }
    const waiting = table.outbox.pendingRecords
    expect(waiting).toBeGreaterThan(10_000)
    expect(table.conversation.idle).toBe(true)
    table.outbox.append([], readings(1, 2e6))
    table.conversation.recordsWaiting()
    table.deliverAll()
    expect(table.cloud.lanes.at(-1)).toBe(Lane.ALARMS)
    expect(table.outbox.pendingRecords).toBe(waiting)
  })
})

describe('a conversation that was disturbed', () => {
  it('compares anew when no acknowledgement comes, and goes on in smaller steps', () => {
    table.outbox.append(readings(4000))
    table.open()
    const counts = table.batches.map(bytes => (decodeBatchHeader(bytes) as { count: number }).count)
    table.deliver(false)
    table.batches = []
    table.clock.advanceTo(table.clock.now() + ANSWER_TIMEOUT_MS)
    expect(table.hellos).toHaveLength(2)
    expect(table.hellos[1]?.nonce).not.toBe(table.hellos[0]?.nonce)
    table.welcome()
    expect(decodeBatchHeader(table.batches[0] as Buffer)).toMatchObject({
      // The newest records went first, and arrived.
      firstSeq: 0,
      count: (counts[1] as number) / 2,
    })
    table.deliverAll()
    expect(table.cloud.records.size).toBe(4000)
    expect(table.cloud.resent).toBe(0)
  })

  it('hangs up when its hello is not answered, and when it is refused', () => {
    table.conversation.open()
    table.clock.advanceTo(table.clock.now() + ANSWER_TIMEOUT_MS)
    table.conversation.onWelcome(json({ nonce: table.hellos[0]?.nonce, refused: 'two instances' }))
    expect(table.hangUps).toEqual(['no answer to the hello', 'refused: two instances'])
  })

  it('sends after a restart what the cloud does not have, under the keys it had', () => {
    table.open()
    table.commit(readings(100))
    table.deliver(false)
    table.commit(readings(100, 100))
    table.conversation.close()
    table.restart()
    table.open()
    table.deliverAll()
    expect(table.cloud.records.size).toBe(200)
    expect(table.cloud.resent).toBe(0)
    expect(table.outbox.pendingRecords).toBe(0)
  })

  it('sends again what a restored cloud has lost', () => {
    table.open()
    table.commit(readings(100))
    table.deliverAll()
    table.conversation.close()
    table.cloud.settled.clear()
    table.cloud.records.clear()
    table.open()
    table.deliverAll()
    expect(table.cloud.records.size).toBe(100)
  })

  it('ends the connection, and goes on otherwise, when the database has lost what it should hold', () => {
    table.outbox.append(readings(5))
    Object.assign(table.outbox, { read: () => [] })
    table.open()
    expect(table.hangUps).toEqual(['the outbox cannot be read'])
    expect(table.batches).toEqual([])
  })
})
