import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RangeSet } from './ranges.ts'

const LAST = 60
const range = fc.tuple(fc.nat(LAST), fc.nat(12)).map(([first, length]) => [first, first + length] as const)
const steps = fc.array(fc.tuple(fc.boolean(), range), { maxLength: 30 })

// The same steps on a set of single numbers.
function both(list: [boolean, readonly [number, number]][]): { set: RangeSet; model: Set<number> } {
  const set = new RangeSet()
  const model = new Set<number>()
  for (const [adding, [first, last]] of list) {
    if (adding) set.add(first, last)
    else set.remove(first, last)
    for (let seq = first; seq <= last; seq++) adding ? model.add(seq) : model.delete(seq)
  }
  return { set, model }
}
const numbers = (ranges: readonly (readonly [number, number])[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
const span = (first: number, last: number): number[] => numbers([[first, last]])

describe('a set of ranges', () => {
  it('holds what was added and not removed, in sorted ranges that do not touch', () => {
    fc.assert(
      fc.property(steps, list => {
        const { set, model } = both(list)
        expect(numbers(set.ranges)).toEqual([...model].sort((a, b) => a - b))
        set.ranges.slice(1).forEach(([first], at) => {
          expect(first).toBeGreaterThan((set.ranges[at]?.[1] as number) + 1)
        })
        expect(set.size).toBe(model.size)
        expect(set.last).toBe(Math.max(-1, ...model))
      }),
    )
  })

  it('answers like a set of numbers', () => {
    fc.assert(
      fc.property(steps, range, (list, [first, last]) => {
        const { set, model } = both(list)
        const inside = span(first, last).filter(seq => model.has(seq))
        const above = [...model].filter(seq => seq >= first)
        expect(set.has(first)).toBe(model.has(first))
        expect(set.covers(first, last)).toBe(inside.length === last - first + 1)
        expect(set.overlaps(first, last)).toBe(inside.length > 0)
        expect(numbers(set.missing(first, last))).toEqual(span(first, last).filter(seq => !model.has(seq)))
        expect(numbers(set.within(first, last)).filter(seq => seq >= first && seq <= last)).toEqual(inside)
        expect(set.next(first)).toBe(above.length > 0 ? Math.min(...above) : undefined)
        expect(set.nextMissing(first)).toBe(span(first, LAST + 20).find(seq => !model.has(seq)))
      }),
    )
  })

  it('is made of ranges that it does not keep', () => {
    const ranges: [number, number][] = [[1, 2]]
    new RangeSet(ranges).add(3, 9)
    expect(ranges).toEqual([[1, 2]])
  })
})
