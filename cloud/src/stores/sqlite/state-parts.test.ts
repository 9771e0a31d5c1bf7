import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutState, joinState } from './state-parts.ts'

const joined = (state: object): unknown => {
  const { rest, parts } = cutState(state)
  return joinState(rest, parts)
}

describe('a state in parts', () => {
  it('is what it was', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.float64Array({ maxLength: 4 }))
    const map = fc.array(fc.tuple(fc.string(), value), { maxLength: 60 }).map(entries => new Map(entries))
    const nested = fc.array(fc.tuple(fc.string(), map), { maxLength: 5 }).map(entries => new Map(entries))
    const state = fc.record({
      now: fc.integer(),
      inner: fc.record({ map, list: fc.array(value) }),
      nested,
      map,
    })
    fc.assert(
      fc.property(state, one => {
        expect(joined(one)).toEqual(one)
      }),
    )
  })

  it('comes in parts that do not grow with it', () => {
    const sizeOf = (count: number): number[] => {
      const series = new Map(Array.from({ length: count }, (_, at) => [`s${at}`, new Float64Array(1000)]))
      const { rest, parts } = cutState({ engine: { series } })
      return [rest.length, ...[...parts].map(part => part.length)]
    }
    expect(Math.max(...sizeOf(1000))).toBeLessThan(1.01 * Math.max(...sizeOf(100)))
    expect(sizeOf(1000)).toHaveLength(1 + Math.ceil(1000 / 16))
  })
})
