import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Point, StoredReading, TimeSeriesStore } from './ports.ts'

/** A store under test, empty, with a way to run what must stand in one transaction. */
export interface StoreUnderTest {
  store: TimeSeriesStore
  transaction<T>(work: () => T): T
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<StoreUnderTest>
  close(): Promise<void>
}

const T0 = Date.UTC(2026, 0, 1)
const at = (device: string, t: number, v: number, q = 1): StoredReading => ({
  device,
  quantity: 'level',
  t: T0 + t,
  v,
  q,
})

/** What every TimeSeriesStore must do, whatever it stands on. */
export function describeTimeSeriesStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`a time series store: ${name}`, () => {
    let used: StoreUnderTest
    beforeAll(async () => {
      used = await open()
    })
    afterAll(() => used.close())

    const append = (...readings: StoredReading[]) => used.transaction(() => used.store.append(readings))
    const range = (
      device: string,
      query: { from?: number; to?: number; resolutionMs?: number; limit?: number } = {},
    ) =>
      used.store.range({
        device,
        quantity: 'level',
        from: T0 + (query.from ?? 0),
        to: T0 + (query.to ?? 1e9),
        resolutionMs: query.resolutionMs ?? 0,
        limit: query.limit ?? 10_000,
      })
    const values = (points: Point[]) => points.map(({ t, v }) => [t - T0, v])

    it('gives back what it stored, in the order of time', async () => {
      expect(append(at('a', 20, 2), at('a', 30, 3))).toEqual(['stored', 'stored'])
      expect(append(at('a', 10, 1))).toEqual(['stored'])
      expect(values(await range('a'))).toEqual([
        [10, 1],
        [20, 2],
        [30, 3],
      ])
    })

    it('writes derived values over what was there, and takes them back', async () => {
      const record = (...values: (Omit<StoredReading, 'v'> & { v: number | null })[]) =>
        used.transaction(() => used.store.record(values))
      const newest = () => used.store.latest().get('derived/level')?.v
      record(at('derived', 10, 1), at('derived', 20, 2), at('derived', 30, 3))
      expect(newest()).toBe(3)
      record(at('derived', 10, 7), { ...at('derived', 30, 0), v: null })
      expect(values(await range('derived'))).toEqual([
        [10, 7],
        [20, 2],
      ])
      expect(newest()).toBe(2)
      record({ ...at('derived', 10, 0), v: null }, { ...at('derived', 20, 0), v: null })
      expect(newest()).toBeUndefined()
      record(at('derived', 15, 4))
      expect(newest()).toBe(4)
    })

    it('keeps the first value of a time, and says which of the later ones differ', async () => {
      append(at('b', 10, 1))
      expect(append(at('b', 10, 1), at('b', 10, 2), at('b', 11, 5))).toEqual([
        'duplicate',
        'conflict',
        'stored',
      ])
      expect(values(await range('b'))).toEqual([
        [10, 1],
        [11, 5],
      ])
    })

    it('amends the quality of a reading, and of the newest', async () => {
      append(at('amended', 10, 1, 2), at('amended', 20, 2, 2))
      used.transaction(() => used.store.amend([at('amended', 10, 1, 4), at('amended', 20, 2, 3)]))
      expect((await range('amended')).map(({ v, q }) => [v, q])).toEqual([
        [1, 4],
        [2, 3],
      ])
      expect(used.store.latest().get('amended/level')).toMatchObject({ t: T0 + 20, v: 2, q: 3 })
    })

    it('sees duplicates within one append', () => {
      expect(append(at('c', 10, 1), at('c', 10, 1), at('c', 9, 7), at('c', 9, 8))).toEqual([
        'stored',
        'duplicate',
        'stored',
        'conflict',
      ])
    })

    it('takes a span that begins inclusive and ends exclusive, and no more points than allowed', async () => {
      append(...[0, 1, 2, 3, 4].map(t => at('d', t, t)))
      expect(values(await range('d', { from: 1, to: 4 }))).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ])
      expect(values(await range('d', { limit: 2 }))).toEqual([
        [0, 0],
        [1, 1],
      ])
    })

    it('summarises buckets by mean, extremes, count and worst quality', async () => {
      append(at('e', 0, 1), at('e', 10, 5, 3), at('e', 20, 3), at('e', 100, 9))
      expect(await range('e', { resolutionMs: 100 })).toEqual([
        { t: T0, v: 3, min: 1, max: 5, count: 3, q: 3 },
        { t: T0 + 100, v: 9, min: 9, max: 9, count: 1, q: 1 },
      ])
    })

    it('answers for a series that it does not know', async () => {
      expect(await range('nobody')).toEqual([])
    })

    it('knows the newest of every series, also after it was opened again', async () => {
      append(at('f', 50, 5), at('f', 40, 4))
      expect(used.store.latest().get('f/level')).toMatchObject({ t: T0 + 50, v: 5 })
      used = await used.reopen()
      expect(used.store.latest().get('f/level')).toMatchObject({ t: T0 + 50, v: 5 })
      expect(append(at('f', 50, 5), at('f', 50, 6))).toEqual(['duplicate', 'conflict'])
    })

    it('keeps doubles exactly, and names of any script', async () => {
      const device = '裂缝计-1'
      append({ ...at(device, 1, 0.1 + 0.2), quantity: 'level' })
      expect((await range(device))[0]?.v).toBe(0.1 + 0.2)
    })

    it('agrees with a map of first values, in whatever order readings come', async () => {
      let run = 0
      const arrival = fc.array(fc.record({ t: fc.nat(40), v: fc.nat(3) }), { minLength: 1, maxLength: 80 })
      await fc.assert(
        fc.asyncProperty(arrival, fc.integer({ min: 1, max: 20 }), async (readings, batch) => {
          const device = `random-${run++}`
          const first = new Map<number, number>()
          const expected = readings.map(({ t, v }) => {
            const there = first.get(t)
            if (there === undefined) first.set(t, v)
            return there === undefined ? 'stored' : there === v ? 'duplicate' : 'conflict'
          })
          const outcomes = []
          for (let begin = 0; begin < readings.length; begin += batch) {
            outcomes.push(
              ...append(...readings.slice(begin, begin + batch).map(({ t, v }) => at(device, t, v))),
            )
          }
          expect(outcomes).toEqual(expected)
          expect(values(await range(device))).toEqual([...first].sort(([a], [b]) => a - b))
        }),
        { numRuns: 60 },
      )
    })
  })
}
