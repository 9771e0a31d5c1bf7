import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CustodyRecord, GapNote, Reading } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Outbox, type OutboxOptions } from './outbox.ts'

const START = Date.UTC(2026, 10, 23)
const folders: string[] = []
const opened: Outbox[] = []
let clock: SteppedClock
let epochs = 0

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-outbox-'))
  folders.push(folder)
  return folder
}
const open = (folder: string, options: Partial<OutboxOptions> = {}): Outbox => {
  const token = (): string => (++epochs).toString(16).padStart(32, '0')
  const limits = { maxBytes: 1e9, maxAgeMs: 1e12, tailMs: 1000, tailMaxBytes: 1e9, reserveBytes: 0 }
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
    v: (first + at) / 8,
    q: 2,
  }))
const gapsIn = (records: readonly CustodyRecord[]): GapNote[] =>
  records.flatMap(record => ('note' in record && record.note.type === 'gap' ? [record.note] : []))
const all = (outbox: Outbox): CustodyRecord[] =>
  outbox.epochs.flatMap(epoch =>
    epoch.held.ranges.flatMap(([first, last]) => outbox.read(epoch, first, last)),
  )

beforeEach(() => {
  clock = new SteppedClock(START)
  epochs = 0
})
afterEach(() => {
  for (const outbox of opened.splice(0)) outbox.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('an outbox', () => {
  it('keeps what was appended, under consecutive numbers of its epoch', () => {
    const outbox = open(newFolder())
    outbox.append(readings(0, 3))
    outbox.append(readings(3, 2))
    expect(outbox.current.next).toBe(5)
    expect(outbox.read(outbox.current, 1, 3)).toEqual(readings(1, 3))
    expect(outbox.pendingRecords).toBe(5)
    expect(outbox.oldestPendingAt).toBe(START)
  })

  it('opens again with all of it, and mints a new epoch', () => {
    const folder = newFolder()
    const first = open(folder)
    first.append(readings(0, 10))
    first.settle({ [first.current.epoch]: [[2, 4]] })
    close(first)
    const second = open(folder)
    expect(second.current.epoch).not.toBe(first.current.epoch)
    expect(second.pendingRecords).toBe(7)
    expect(all(second)).toEqual(readings(0, 10))
    expect(second.describe()).toEqual([{ epoch: first.current.epoch, low: 0, next: 10 }])
  })

  it('reads runs that were committed longer ago than it remembers', () => {
    const outbox = open(newFolder())
    for (let at = 0; at < 20_000; at += 1000) outbox.append(readings(at, 1000))
    expect(outbox.read(outbox.current, 1990, 2010)).toEqual(readings(1990, 21))
    expect(outbox.read(outbox.current, 19_990, 19_999)).toEqual(readings(19_990, 10))
  })

  it('makes no file of shared memory, at the first opening or a later one', () => {
    const folder = newFolder()
    for (let opening = 0; opening < 2; opening++) {
      const outbox = open(folder)
      outbox.append(readings(opening * 5, 5))
      expect(readdirSync(folder).sort()).toEqual(['outbox.db', 'outbox.db-wal'])
      if (opening === 0) copyFileSync(join(folder, 'outbox.db-wal'), join(folder, 'kept'))
      close(outbox)
      // As a kill leaves it: the log is still there.
      if (opening === 0) renameSync(join(folder, 'kept'), join(folder, 'outbox.db-wal'))
    }
  })

  it('refuses a second process on the same folder', () => {
    const folder = newFolder()
    open(folder)
    expect(() => open(folder)).toThrow(/in use by another picket-edge/)
  })

  it('changes nothing when the disk is full, and goes on afterwards', () => {
    const outbox = open(newFolder(), { maxBytes: 200_000 })
    outbox.append(readings(0, 100))
    const huge = Array.from({ length: 30_000 }, (_, at) => ({
      ...(readings(at, 1)[0] as Reading),
      v: Math.sin(at),
    }))
    expect(() => outbox.append(huge)).toThrow(/full/)
    expect(outbox.current.next).toBe(100)
    outbox.append(readings(100, 5))
    expect(all(outbox)).toEqual(readings(0, 105))
  })

  it('replaces a run that was damaged on disk by a gap note', () => {
    const folder = newFolder()
    const before = open(folder)
    before.append(readings(0, 5))
    before.append(readings(5, 5))
    close(before)
    const database = new Database(join(folder, 'outbox.db'))
    database.prepare("UPDATE run SET body = x'ff' WHERE first_seq = 5").run()
    database.close()
    const outbox = open(folder)
    const epoch = outbox.epochs[0] as (typeof outbox.epochs)[0]
    expect(outbox.read(epoch, 0, 9)).toEqual(readings(0, 5))
    expect(() => outbox.read(epoch, 5, 9)).toThrow()
    expect(outbox.dropDamaged(epoch, 5)).toBe(true)
    expect(gapsIn(all(outbox))).toMatchObject([{ epoch: epoch.epoch, first: 5, last: 9 }])
    expect(outbox.droppedRecords).toBe(5)
  })
})

describe('the tail of an outbox', () => {
  it('keeps what was settled for a while, then deletes it', () => {
    const outbox = open(newFolder())
    outbox.append(readings(0, 10))
    outbox.settle({ [outbox.current.epoch]: [[0, 9]] })
    outbox.maintain()
    expect(outbox.pendingRecords).toBe(0)
    expect(all(outbox)).toHaveLength(10)
    clock.advanceTo(START + 1000)
    outbox.maintain()
    expect(all(outbox)).toHaveLength(0)
    expect(outbox.describe()).toEqual([{ epoch: outbox.current.epoch, low: 10, next: 10 }])
  })

  it('never deletes a run of which a part waits', () => {
    const outbox = open(newFolder())
    outbox.append(readings(0, 10))
    outbox.settle({ [outbox.current.epoch]: [[0, 8]] })
    clock.advanceTo(START + 10_000)
    outbox.maintain()
    expect(all(outbox)).toHaveLength(10)
  })

  it('goes run by run, up to the first that waits', () => {
    const outbox = open(newFolder())
    for (let run = 0; run < 5; run++) outbox.append(readings(run * 10, 10))
    outbox.settle({ [outbox.current.epoch]: [[0, 38]] })
    clock.advanceTo(START + 10_000)
    outbox.maintain()
    expect(all(outbox)).toEqual(readings(30, 20))
  })

  it('gives way when the whole outbox is larger than the tail may be', () => {
    const outbox = open(newFolder(), { tailMaxBytes: 0, tailMs: 1e9 })
    outbox.append(readings(0, 10))
    outbox.settle({ [outbox.current.epoch]: [[0, 9]] })
    outbox.append(readings(10, 1))
    expect(all(outbox)).toEqual(readings(10, 1))
  })

  it('waits again where a restored cloud has lost it', () => {
    const outbox = open(newFolder())
    const { epoch } = outbox.current
    outbox.append(readings(0, 10))
    outbox.settle({ [epoch]: [[0, 9]] })
    outbox.compare(outbox.describe(), { [epoch]: [[0, 3]] })
    expect(outbox.pendingRecords).toBe(6)
    expect(outbox.current.firstPending).toBe(4)
  })

  it('is replaced by a gap note where it is gone and the cloud has lost it', () => {
    const outbox = open(newFolder())
    const { epoch } = outbox.current
    outbox.append(readings(0, 5))
    outbox.append(readings(5, 5))
    // The first run still waits, so that the hello says 0; the second was settled and pruned.
    outbox.settle({ [epoch]: [[5, 9]] })
    clock.advanceTo(START + 2000)
    outbox.maintain()
    const described = outbox.describe()
    expect(described).toEqual([{ epoch, low: 0, next: 10 }])
    outbox.compare(described, { [epoch]: [] })
    outbox.compare(outbox.describe(), { [epoch]: [] })
    expect(gapsIn(all(outbox))).toEqual([
      { type: 'gap', epoch, first: 5, last: 9, reason: 'no longer held by the gateway' },
    ])
  })
})

describe('a full outbox', () => {
  const fill = (outbox: Outbox, from: number, runs: number): void => {
    for (let run = 0; run < runs; run++) {
      const noisy = readings(from + run * 500, 500).map(reading => ({ ...reading, v: Math.sin(reading.t) }))
      outbox.append(noisy)
    }
  }

  it('drops the oldest, and accounts for every number', () => {
    const folder = newFolder()
    let outbox = open(folder, { maxBytes: 100_000 })
    fill(outbox, 0, 100)
    const { epoch } = outbox.current
    close(outbox)
    outbox = open(folder, { maxBytes: 100_000 })
    fill(outbox, 50_000, 100)
    expect(outbox.droppedRecords + outbox.thinnedRecords).toBeGreaterThan(40_000)
    const kept = all(outbox)
    const gaps = gapsIn(kept)
    const named = new Map(outbox.epochs.map(({ epoch }) => [epoch, new Set<number>()]))
    for (const { epoch, first, last } of gaps)
      for (let seq = first; seq <= last; seq++) named.get(epoch)?.add(seq)
    for (const { epoch, held, next } of outbox.epochs)
      for (let seq = 0; seq < next; seq++) expect(held.has(seq) || named.get(epoch)?.has(seq)).toBe(true)
    expect(gaps.some(gap => gap.epoch === epoch)).toBe(true)
    expect(gaps.length).toBeLessThan(50)
    expect(readFileSync(join(folder, 'outbox.db')).length).toBeLessThan(125_000)
  })

  it('says in the hello that what it dropped is still to be told', () => {
    const outbox = open(newFolder(), { maxBytes: 100_000 })
    fill(outbox, 0, 50)
    expect(outbox.current.held.has(0)).toBe(false)
    expect(outbox.describe()).toMatchObject([{ low: 0 }])
    const gaps = gapsIn(all(outbox)).length
    outbox.compare(outbox.describe(), {})
    expect(gapsIn(all(outbox))).toHaveLength(gaps)
  })

  it('sacrifices its tail before anything that waits', () => {
    const outbox = open(newFolder(), { maxBytes: 100_000, tailMs: 1e9 })
    fill(outbox, 0, 5)
    outbox.settle({ [outbox.current.epoch]: [[0, 2499]] })
    fill(outbox, 2500, 16)
    expect(outbox.droppedRecords).toBe(0)
    expect(outbox.current.held.has(0)).toBe(false)
  })
})

it('an image taken at any moment holds all that was appended before it', () => {
  const folder = newFolder()
  const outbox = open(folder)
  for (let run = 1; run <= 10; run++) {
    outbox.append(readings((run - 1) * 7, 7))
    if (run === 5) outbox.settle({ [outbox.current.epoch]: [[0, 20]] })
    const image = newFolder()
    for (const name of ['outbox.db', 'outbox.db-wal'])
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(image, name))
    const restored = open(image)
    expect(all(restored)).toEqual(readings(0, run * 7))
    close(restored)
  }
})
