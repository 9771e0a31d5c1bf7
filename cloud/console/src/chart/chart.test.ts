import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiveReading, Point } from '../api/shapes.ts'
import { appendReading, columnsOf, gapOf, indexFrom, MOST_POINTS } from './points.ts'
import { earlier, later, spanOf, zoomed } from './time-view.ts'
import { valueRange } from './value-range.ts'

const reading = (t: number, v = 1, q = 1): LiveReading => ({ device: 'a', quantity: 'b', t, v, q })
const point = (t: number, v = 1): Point => ({ t, v, min: v, max: v, count: 1, q: 1 })

describe('appending', () => {
  test('points stay ascending and single whatever order readings come in, and the first value stays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 80 }), times => {
        const points: Point[] = []
        times.forEach((t, index) => {
          appendReading(points, reading(t, index), 0)
        })
        expect(points.map(({ t }) => t)).toEqual([...new Set(times)].sort((a, b) => a - b))
        for (const { t, v } of points) expect(v).toBe(times.indexOf(t))
      }),
    )
  })

  test('a bucket holds mean, lowest, highest, number and worst flag of its readings', () => {
    const points: Point[] = []
    for (const one of [reading(60_001, 2), reading(61_000, 8, 3), reading(119_999, 5), reading(120_000, 1)]) {
      appendReading(points, one, 60_000)
    }
    expect(points).toEqual([
      { t: 60_000, v: 5, min: 2, max: 8, count: 3, q: 3 },
      { t: 120_000, v: 1, min: 1, max: 1, count: 1, q: 1 },
    ])
  })

  test('marks are not taken for quality', () => {
    const points: Point[] = []
    appendReading(points, reading(1, 1, 0x21), 0)
    expect(points[0]?.q).toBe(1)
  })

  test('the number of points is bounded, and the oldest go', () => {
    const points: Point[] = []
    for (let t = 0; t < MOST_POINTS + 10; t++) appendReading(points, reading(t), 0)
    expect(points).toHaveLength(MOST_POINTS)
    expect(points[0]?.t).toBe(10)
  })

  test('the index of a time is that of the first point not before it', () => {
    const points = [point(10), point(20), point(30)]
    expect([5, 10, 11, 30, 31].map(t => indexFrom(points, t))).toEqual([0, 0, 1, 2, 3])
  })
})

describe('holes', () => {
  test('a silence becomes a hole, not a line', () => {
    const [t, v] = columnsOf([point(0), point(60), point(600), point(660)], 200)
    expect(t).toEqual([0, 60, 330, 600, 660])
    expect(v).toEqual([1, 1, null, 1, 1])
  })

  test('how long a silence is depends on the bucket or the reporting interval, or on what is usual', () => {
    expect(gapOf([], 0, 60_000)).toBe(210_000)
    expect(gapOf([], 300_000, 60_000)).toBe(1_050_000)
    expect(gapOf([point(0), point(10), point(20), point(500)], 0, null)).toBe(35)
    expect(gapOf([point(0)], 0, null)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('time views', () => {
  const HOUR = 3_600_000
  const now = 1000 * HOUR

  test('live views end now; all of it begins at the earliest', () => {
    expect(spanOf({ kind: 'live', range: '6h' }, now, 0)).toEqual({ from: now - 6 * HOUR, to: now })
    expect(spanOf({ kind: 'live', range: 'all' }, now, 7)).toEqual({ from: 7, to: now })
  })

  test('earlier and later move by half, and later stops at now', () => {
    const span = { from: now - 4 * HOUR, to: now - HOUR }
    expect(earlier({ from: now - 2 * HOUR, to: now })).toEqual({
      kind: 'fixed',
      from: now - 3 * HOUR,
      to: now - HOUR,
    })
    expect(later(span, now)).toEqual({ kind: 'fixed', from: now - 3 * HOUR, to: now })
  })

  test('a zoom has a shortest length, whichever way it was drawn', () => {
    expect(zoomed(30_000, 10_000)).toEqual({ kind: 'fixed', from: 10_000, to: 30_000 })
    expect(zoomed(50_000, 50_000)).toEqual({ kind: 'fixed', from: 45_000, to: 55_000 })
  })
})

describe('value axis', () => {
  test('near thresholds are in the picture, far ones do not press the curve flat', () => {
    const [low, high] = valueRange(10, 20, [25, 500])
    expect(low).toBeLessThan(10)
    expect(high).toBeGreaterThan(25)
    expect(high).toBeLessThan(40)
  })

  test('data that does not move still has room', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), value => {
        const [low, high] = valueRange(value, value, [])
        expect(low).toBeLessThan(value)
        expect(high).toBeGreaterThan(value)
      }),
    )
    expect(valueRange(0, 0, [])[1]).toBeCloseTo(0.58)
    expect(valueRange(100, 100, [])[1]).toBeCloseTo(101.16)
  })
})
