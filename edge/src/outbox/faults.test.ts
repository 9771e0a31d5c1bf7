import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CustodyRecord, type GapNote, RangeSet, type Reading } from '@picket/devices'
import { freeBytes, SteppedClock } from '@picket/devices/runtime'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Epoch } from './epoch.ts'
import { Outbox, type OutboxOptions } from './outbox.ts'
import { countRuns } from './runs.ts'

const START = Date.UTC(2026, 10, 23)
let folder: string
let clock: SteppedClock
let tokens = 0
const opened: Outbox[] = []

const open = (options: Partial<OutboxOptions> = {}): Outbox => {
  const token = (): string => (++tokens).toString(16).padStart(32, '0')
  const limits = { maxBytes: 1e9, maxAgeMs: 1e12, tailMs: 1e9, tailMaxBytes: 1e9, reserveBytes: 0 }
  const outbox = Outbox.open({ folder, token, clock, ...limits, ...options })
  opened.push(outbox)
  return outbox
}
const close = (outbox: Outbox): void => {
  opened.splice(opened.indexOf(outbox), 1)
  outbox.close()
}
const readings = (first: number, count: number): Reading[] =>
  Array.from({ length: count }, (_, at) => ({
    device: 'crack-01',
    quantity: 'displacement',
    t: START + first + at,
    v: Math.sin(first + at),
    q: 2,
  }))
const all = (outbox: Outbox): CustodyRecord[] =>
  outbox.epochs.flatMap(epoch =>
    epoch.held.ranges.flatMap(([first, last]) => outbox.read(epoch, first, last)),
  )
const values = (outbox: Outbox): number[] =>
  all(outbox).flatMap(record => ('note' in record ? [] : [record.v]))
const gapsIn = (records: readonly CustodyRecord[]): GapNote[] =>
  records.flatMap(record => ('note' in record && record.note.type === 'gap' ? [record.note] : []))
const aside = (): string[] => readdirSync(folder).filter(name => name.startsWith('outbox-damaged-'))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-faults-'))
  clock = new SteppedClock(START)
})
afterEach(() => {
  for (const outbox of opened.splice(0)) outbox.close()
  rmSync(folder, { recursive: true })
})

describe('a damaged database', () => {
  it('that is none at all is set aside with its bytes, and a new one begins and says so', () => {
    const bytes = 'no database, but long enough to look like one: '.repeat(100)
    writeFileSync(join(folder, 'outbox.db'), bytes)
    const outbox = open()
    expect(aside()).toHaveLength(1)
    expect(readFileSync(join(folder, aside()[0] as string), 'utf8')).toBe(bytes)
    expect(outbox.setAsideCount).toBe(1)
    expect(all(outbox)).toMatchObject([{ note: { type: 'rejected', source: 'outbox', sample: aside()[0] } }])
    outbox.append(readings(0, 5))
    expect(values(outbox)).toHaveLength(5)
  })

  it('gives up what can still be read of it, and gap notes stand for the rest', () => {
    const before = open()
    for (let run = 0; run < 60; run++) before.append(readings(run * 100, 100))
    before.settle({ [before.current.epoch]: [[0, 999]] })
    const { epoch } = before.current
    close(before)
    // A stretch in the middle of the file is gone; the first page and the tables' own stay.
    const file = join(folder, 'outbox.db')
    const bytes = readFileSync(file)
    bytes.fill(0xa5, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.6))
    writeFileSync(file, bytes)
    let outbox = open()
    // A run that cannot be read is met when it is sent, or when the table is changed.
    for (let run = 0; run < 3; run++) outbox.append(readings(6000 + run, 1))
    close(outbox)
    outbox = open()
    const known = outbox.epochs.find(one => one.epoch === epoch)
    const told = gapsIn(all(outbox)).filter(gap => gap.epoch === epoch)
    const accounted = new RangeSet(known?.held.ranges)
    for (const { first, last } of told) accounted.add(first, last)
    expect(accounted.missing(1000, 5999)).toEqual([])
  })

  it('is not needed for a bit to fall over: the run is known to be changed, and nothing of it is taken for a reading', () => {
    const outbox = open()
    for (let run = 0; run < 3; run++) outbox.append(readings(run * 100, 100))
    const { epoch } = outbox.current
    close(outbox)
    const database = new Database(join(folder, 'outbox.db'))
    const body = database.prepare('SELECT body FROM run WHERE first_seq = 100').pluck().get() as Buffer
    // The last bytes are a double's: other bits are another value.
    body.writeUInt8(body.readUInt8(body.length - 3) ^ 0x10, body.length - 3)
    database.prepare('UPDATE run SET body = ? WHERE first_seq = 100').run(body)
    expect(countRuns(database)).toEqual({ runs: 3, records: 300, changed: 1 })
    database.close()
    const next = open()
    const former = next.epochs.find(one => one.epoch === epoch) as Epoch
    expect(() => next.read(former, 100, 199)).toThrow(/not what was stored/)
    expect(next.dropDamaged(former, 100)).toBe(true)
    expect(gapsIn(all(next))).toMatchObject([
      { epoch, first: 100, last: 199, reason: expect.stringMatching(/damaged/) },
    ])
    expect(values(next)).toEqual([...readings(0, 100), ...readings(200, 100)].map(({ v }) => v))
  })

  it('is set aside while the gateway runs too, and the numbers that are lost with it are told', () => {
    const told: string[] = []
    const outbox = open({ onSetAside: name => told.push(name) })
    outbox.append(readings(0, 5000))
    const { epoch } = outbox.current
    const database = new Database(join(folder, 'outbox.db'), { timeout: 0 })
    expect(() => database.exec('SELECT * FROM run')).toThrow(/locked/)
    database.close()
    // What SQLite says when it meets a page that cannot be.
    failNext(outbox, Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' }))
    outbox.append(readings(5000, 3))
    expect(told).toEqual(aside().filter(name => name.endsWith('.db')))
    expect(outbox.current.epoch).not.toBe(epoch)
    expect(values(outbox)).toHaveLength(5003)
  })

  it('is taken for damaged when the disk answers with errors again and again', () => {
    const outbox = open()
    outbox.append(readings(0, 10))
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' })
    for (let at = 0; at < 2; at++) {
      failNext(outbox, error, 9)
      expect(() => outbox.append(readings(10, 1))).toThrow(/I\/O/)
    }
    failNext(outbox, error, 1)
    outbox.append(readings(10, 1))
    expect(aside()).not.toHaveLength(0)
    expect(values(outbox)).toHaveLength(11)
  })
})

const MOUNTED_BYTES = 24_000_000

// A small disk of its own, if this machine lets us mount one.
function mountSmallDisk(bytes = MOUNTED_BYTES): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'picket', folder])
  if (status !== 0) console.log('no small disk can be mounted here: the test of a full disk is skipped')
  return status === 0
}

describe('a small disk', () => {
  it('is not filled with what the cloud has already', context => {
    if (!mountSmallDisk(MOUNTED_BYTES / 2)) return context.skip()
    try {
      const outbox = open({ tailMs: 1e9, tailMaxBytes: 1e9 })
      for (let run = 0; run < 80; run++) {
        outbox.append(readings(run * 10_000, 10_000))
        outbox.settle({ [outbox.current.epoch]: [[0, outbox.current.next - 1]] })
        outbox.maintain()
      }
      expect(outbox.fill).toBeGreaterThan(0.4)
      expect(outbox.fill).toBeLessThan(0.6)
      expect(outbox.droppedRecords + outbox.thinnedRecords).toBe(0)
      close(outbox)
    } finally {
      execFileSync('umount', ['-l', folder])
    }
  })
})

describe('a full disk', () => {
  it('takes the reserve, then the tail, then the oldest, and goes on taking new readings', context => {
    if (!mountSmallDisk()) return context.skip()
    try {
      const outbox = open({ reserveBytes: 8_000_000 })
      outbox.maintain()
      outbox.append(readings(0, 20_000))
      const { epoch } = outbox.current
      outbox.settle({ [epoch]: [[0, 19_999]] })
      // Somebody else fills the disk.
      writeFileSync(join(folder, 'other'), Buffer.alloc(freeBytes(folder) - 500_000, 1))
      let first = 20_000
      for (let run = 0; run < 1000; run++, first += 500) outbox.append(readings(first, 500))
      // All numbers are held, settled or told of; and the newest are there whole.
      const told = new RangeSet(outbox.current.held.ranges)
      for (const [from, to] of outbox.current.settled.ranges) told.add(from, to)
      for (const gap of gapsIn(all(outbox))) told.add(gap.first, gap.last)
      expect(told.missing(0, outbox.current.next - 1)).toEqual([])
      expect(outbox.current.held.has(0)).toBe(false)
      expect(new Set(values(outbox)).size).toBeGreaterThan(50_000)
      expect(values(outbox).filter(v => v === Math.sin(first - 1))).toHaveLength(1)
      expect(outbox.thinnedRecords + outbox.droppedRecords).toBeGreaterThan(100_000)
      expect(aside()).toEqual([])
      // With room again, the reserve is taken again.
      rmSync(join(folder, 'other'))
      outbox.maintain()
      expect(readdirSync(folder)).toContain('reserve')
      close(outbox)
    } finally {
      execFileSync('umount', ['-l', folder])
    }
  })
})

/** Lets the next commits of an outbox fail as SQLite would. */
function failNext(outbox: Outbox, error: Error, times = 1): void {
  const { epochs } = outbox
  let left = times
  Object.defineProperty(epochs, Symbol.iterator, {
    configurable: true,
    value: function* () {
      if (left-- > 0) throw error
      yield* Array.prototype.values.call(epochs)
    },
  })
}
