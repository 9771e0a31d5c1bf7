import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StoredReading } from '../ports.ts'
import { StoredHistory } from './stored-history.ts'
import { openStores, type Stores } from './stores.ts'

const T0 = Date.UTC(2026, 0, 1)
const LEVEL = { device: 'a', quantity: 'level' }
let folder: string
let stores: Stores
let history: StoredHistory

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-history-'))
  stores = openStores(join(folder, 'cloud.db'))
  history = new StoredHistory(join(folder, 'cloud.db'))
})
afterAll(async () => {
  history.close()
  await stores.close()
  rmSync(folder, { recursive: true })
})

const append = (from: number, to: number, by = 1): void => {
  const readings: StoredReading[] = []
  for (let at = from; at < to; at += by) readings.push({ ...LEVEL, t: T0 + at, v: at / 2, q: 1 + (at % 3) })
  stores.db.transaction(() => stores.readings.append(readings))()
}
const timesOf = (span: { from: number; to: number }): number[] =>
  [...history.chunks(LEVEL, { from: T0 + span.from, to: T0 + span.to })].flatMap(({ times }) =>
    [...times].map(t => t - T0),
  )

it('gives what is stored in ascending time, in chunks, from inclusive and to exclusive', () => {
  append(0, 20_000, 2)
  expect(timesOf({ from: 4, to: 10 })).toEqual([4, 6, 8])
  expect(timesOf({ from: -5, to: 1e6 })).toEqual(Array.from({ length: 10_000 }, (_, at) => 2 * at))
  const [chunk] = [...history.chunks(LEVEL, { from: T0 + 8, to: T0 + 9 })]
  expect(chunk).toEqual({
    times: Float64Array.of(T0 + 8),
    values: Float64Array.of(4),
    qualities: Uint8Array.of(3),
  })
  expect([...history.chunks(LEVEL, { from: T0 + 5, to: T0 + 6 })]).toEqual([])
  expect([...history.chunks({ device: 'b', quantity: 'level' }, { from: 0, to: T0 * 2 })]).toEqual([])
})

it('sees what came late, and every series with its first reading', () => {
  expect(history.series()).toEqual([{ ...LEVEL, first: T0 }])
  append(-3, 0, 3)
  append(5, 6)
  expect(timesOf({ from: -10, to: 8 })).toEqual([-3, 0, 2, 4, 5, 6])
  expect(history.series()).toEqual([{ ...LEVEL, first: T0 - 3 }])
})
