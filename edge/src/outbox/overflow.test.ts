import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CustodyRecord, type GapNote, RangeSet, type Reading } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FillWatch } from '../status/fill-watch.ts'
import { Outbox, type OutboxOptions } from './outbox.ts'

const START = Date.UTC(2026, 10, 23)
const DAY_MS = 86_400_000
let folder: string
let clock: SteppedClock
let outbox: Outbox

const open = (options: Partial<OutboxOptions> = {}): Outbox => {
  const limits = { maxBytes: 300_000, maxAgeMs: 1e12, tailMs: 0, tailMaxBytes: 0, reserveBytes: 0 }
  outbox = Outbox.open({ folder, token: () => 'a'.repeat(32), clock, ...limits, ...options })
  return outbox
}
const reading = (at: number, device = 'gauge'): Reading => ({
  device,
  quantity: 'level',
  t: START + at,
  v: Math.sin(at),
  q: 2,
})
const fill = (runs: number, from = 0): void => {
  for (let run = 0; run < runs; run++)
    outbox.append(Array.from({ length: 200 }, (_, at) => reading(from + run * 200 + at)))
}
const alarm = (at: number): Reading => reading(at, 'alarm')
const all = (): CustodyRecord[] =>
  outbox.epochs.flatMap(epoch =>
    epoch.held.ranges.flatMap(([first, last]) => outbox.read(epoch, first, last)),
  )
const readingsOf = (device: string): Reading[] =>
  all().filter((record): record is Reading => 'v' in record && record.device === device)
const gaps = (): GapNote[] =>
  all().flatMap(record => ('note' in record && record.note.type === 'gap' ? [record.note] : []))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-overflow-'))
  clock = new SteppedClock(START)
})
afterEach(() => {
  outbox.close()
  rmSync(folder, { recursive: true })
})

it('thins the oldest before anything is dropped, and the newest stay whole', () => {
  open()
  fill(160)
  expect(outbox.thinnedRecords).toBeGreaterThan(0)
  expect(outbox.droppedRecords).toBe(0)
  const times = readingsOf('gauge').map(({ t }) => t - START)
  const oldest = times.filter(t => t < 2000)
  expect(oldest.length).toBeGreaterThan(300)
  expect(oldest.length).toBeLessThan(700)
  // What is thinned keeps its extremes: the highest of all is still there.
  expect(Math.max(...readingsOf('gauge').map(({ v }) => v))).toBeGreaterThan(0.99999)
  const newest = times.filter(t => t >= 30_000)
  expect(newest).toHaveLength(2000)
})

it('stamps what thinning leaves as the clock of now would, and leaves nothing whose time nobody knows', () => {
  const restamp = (record: CustodyRecord, { seq }: { seq: number }): CustodyRecord | undefined => {
    if ('note' in record) return record
    return seq < 1000 ? undefined : { ...record, t: record.t + DAY_MS }
  }
  open({ restamp })
  fill(160)
  const { thinned } = outbox.current
  const left = thinned.ranges.flatMap(([first, last]) =>
    outbox.read(outbox.current, first, last),
  ) as Reading[]
  expect(left.length).toBeGreaterThan(100)
  expect(Math.min(...left.map(({ t }) => t - START))).toBeGreaterThanOrEqual(DAY_MS + 1000)
})

it('drops the oldest when half of it is thinned, and tells the cloud of every number', () => {
  open()
  fill(500)
  expect(outbox.droppedRecords).toBeGreaterThan(5000)
  expect(Math.min(...readingsOf('gauge').map(({ t }) => t - START))).toBeGreaterThan(5000)
  const known = new RangeSet(outbox.current.held.ranges)
  for (const { first, last } of gaps()) known.add(first, last)
  expect(known.missing(0, outbox.current.next - 1)).toEqual([])
  expect(gaps().length).toBeLessThan(100)
})

it('never thins or drops an alarm, and keeps room for alarms', () => {
  open()
  const alarms: Reading[] = []
  for (let run = 0; run < 250; run++) {
    fill(1, run * 200)
    alarms.push(alarm(run))
    outbox.append([], [alarm(run)])
  }
  expect(outbox.droppedRecords + outbox.thinnedRecords).toBeGreaterThan(10_000)
  expect(readingsOf('alarm')).toEqual(alarms)
  // So many alarms that nothing else has room: live records are refused, alarms are not.
  for (let run = 0; run < 60; run++) {
    outbox.append(
      [],
      Array.from({ length: 100 }, (_, at) => alarm(1000 + run * 100 + at)),
    )
    try {
      outbox.append(Array.from({ length: 100 }, (_, at) => reading(1e6 + run * 100 + at)))
    } catch (error) {
      expect((error as Error).message).toMatch(/full/)
    }
  }
  expect(readingsOf('alarm')).toHaveLength(6250)
})

it('says in the alarm lane that it fills up before the first record is thinned out', () => {
  open()
  const watch = new FillWatch({ gateway: 'g', outbox, clock })
  for (let run = 0; outbox.thinnedRecords === 0; run++) {
    clock.advanceTo(clock.now() + 1000)
    fill(1, run * 200)
    if (outbox.thinnedRecords === 0) watch.look()
  }
  const told = readingsOf('g')
  expect(told.map(({ quantity }) => quantity)).toContain('outbox_fill')
  expect(told[0]?.v).toBeGreaterThanOrEqual(80)
  expect(told[0]?.v).toBeLessThan(100)
  expect(outbox.current.alarms.size).toBe(told.length)
})

it('drops what waits for longer than it may, but for alarms', () => {
  open({ maxAgeMs: 10 * DAY_MS })
  outbox.append([], [alarm(0)])
  fill(3)
  clock.advanceTo(START + 9 * DAY_MS)
  fill(1, 1000)
  clock.advanceTo(START + 11 * DAY_MS)
  outbox.maintain()
  expect(readingsOf('gauge').map(({ t }) => t - START)).toEqual(
    Array.from({ length: 200 }, (_, at) => 1000 + at),
  )
  expect(readingsOf('alarm')).toHaveLength(1)
  expect(gaps()).toMatchObject([{ first: 1, last: 600, reason: 'older than the gateway keeps records' }])
  expect(outbox.droppedRecords).toBe(600)
})
