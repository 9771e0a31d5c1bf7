import { describe, expect, it } from 'vitest'
import { climatology } from './climatology.ts'

const SEASONS = [
  { first: 601, last: 930, low: 10, high: 40 },
  { first: 1201, last: 228, low: -20, high: 10 },
]

describe('the climatology test', () => {
  it.each([
    ['2026-06-01T00:00:00Z', 9, 3],
    ['2026-05-31T23:59:59.999Z', 9, 2],
    ['2026-09-30T23:59:59.999Z', 40, 1],
    ['2026-12-31T12:00:00Z', -21, 3],
    ['2026-01-01T12:00:00Z', -20, 1],
    ['2026-03-01T00:00:00Z', 0, 2],
  ])('%s, %d: %d', (time, v, flag) => {
    expect(climatology(Date.parse(time), v, SEASONS)).toBe(flag)
  })
})
