import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAP_SLOTS, flapPercent, steadyFrom } from './flapping.ts'

describe('the measure of flapping', () => {
  it('is 39.1 % for the changes of the worked example', () => {
    // .84 + .86 + .88 + .90 + .98 + 1.06 + 1.12 + 1.18 = 7.82 of 20
    expect(flapPercent([2, 3, 4, 5, 9, 13, 16, 19], 19)).toBe(39.1)
  })

  it('is 0 without changes and 99 % where every slot has one', () => {
    expect(flapPercent([], 19)).toBe(0)
    expect(
      flapPercent(
        Array.from({ length: FLAP_SLOTS }, (_, at) => at),
        19,
      ),
    ).toBe(99)
  })

  it('sees nothing older than twenty slots', () => {
    expect(flapPercent([0], 19)).toBe(4)
    expect(flapPercent([0], 20)).toBe(0)
  })

  it('knows when it will be steady', () => {
    const changes = fc.uniqueArray(fc.nat(19), { maxLength: 20 })
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 90 }), (some, below) => {
        const steady = steadyFrom(some, { slot: 19, below })
        expect(flapPercent(some, steady)).toBeLessThanOrEqual(below)
        for (let slot = 19; slot < steady; slot++) expect(flapPercent(some, slot)).toBeGreaterThan(below)
        expect(steady).toBeLessThanOrEqual(39)
      }),
      { numRuns: 200 },
    )
  })
})
