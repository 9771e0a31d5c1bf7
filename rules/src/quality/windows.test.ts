import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AttenuatedSignal, newAttenuated } from './attenuated-signal.ts'
import { FlatLine, newFlatLine } from './flat-line.ts'

// Few values, so that runs are flat now and then; uneven steps.
const readings = fc.array(fc.record({ step: fc.integer({ min: 1, max: 5 }), v: fc.nat(4) }), {
  minLength: 1,
  maxLength: 80,
})

interface Placed {
  at: number
  v: number
}

const placed = (steps: { step: number; v: number }[]): Placed[] => {
  let at = 0
  return steps.map(({ step, v }, index) => {
    at += index === 0 ? 0 : step
    return { at, v }
  })
}

/** Largest minus smallest from the newest reading at or before a point on; undefined where there is none before. */
function spreadFrom(all: readonly Placed[], point: number): number | undefined {
  const begin = all.findLastIndex(({ at }) => at <= point)
  if (begin < 0) return undefined
  const values = all.slice(begin).map(({ v }) => v)
  return Math.max(...values) - Math.min(...values)
}

describe('the windows of the tests', () => {
  it('flat line: as computed anew from all readings', () => {
    fc.assert(
      fc.property(readings, fc.nat(2), fc.integer({ min: 2, max: 9 }), (steps, tolerance, suspectMs) => {
        const failMs = suspectMs + 6
        const test = new FlatLine(
          { tolerance, suspectMs, failMs, intervalMs: 1, reference: false },
          newFlatLine(),
        )
        const all = placed(steps)
        all.forEach(({ at, v }, index) => {
          const seen = all.slice(0, index + 1)
          const flat = (ms: number): boolean =>
            (spreadFrom(seen, at - ms) ?? Number.POSITIVE_INFINITY) <= tolerance
          const expected = flat(failMs) ? 4 : flat(suspectMs) ? 3 : 1
          expect(test.take(at - (all[index - 1]?.at ?? 0), v)).toBe(expected)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('flat line of the reference: as computed anew from the newest readings', () => {
    fc.assert(
      fc.property(readings, fc.nat(3), fc.integer({ min: 1, max: 6 }), (steps, tolerance, count) => {
        const test = new FlatLine(
          { tolerance, suspectMs: count * 10 + 3, failMs: undefined, intervalMs: 10, reference: true },
          newFlatLine(),
        )
        steps.forEach(({ v }, index) => {
          const last = steps.slice(Math.max(0, index - count), index + 1).map(one => one.v)
          const flat = last.length === count + 1 && Math.max(...last) - Math.min(...last) < tolerance
          expect(test.take(1, v)).toBe(flat ? 3 : 1)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('attenuated signal: as computed anew from all readings', () => {
    fc.assert(
      fc.property(readings, fc.integer({ min: 3, max: 20 }), (steps, windowMs) => {
        const test = new AttenuatedSignal({ windowMs, suspect: 3, fail: 1 }, newAttenuated())
        const all = placed(steps)
        all.forEach(({ at, v }, index) => {
          const spread = spreadFrom(all.slice(0, index + 1), at - windowMs)
          const expected = spread === undefined ? 2 : spread < 1 ? 4 : spread < 3 ? 3 : 1
          expect(test.take(at - (all[index - 1]?.at ?? 0), v)).toBe(expected)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('a drift that never ends keeps the state bounded, and is not flat', () => {
    const test = new FlatLine(
      { tolerance: 1e9, suspectMs: 50_000, failMs: undefined, intervalMs: 1, reference: false },
      newFlatLine(),
    )
    let flags = 0
    for (let at = 0; at < 60_000; at++) flags = Math.max(flags, test.take(1, at))
    expect(test.state().extremes.lows.length).toBeLessThanOrEqual(16_384)
    expect(flags).toBe(1)
  })
})
