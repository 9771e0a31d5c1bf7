import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chain, type Fault, type Sample, windowStart } from './fault.ts'

const ANCHOR = Date.UTC(2026, 5, 1)
const SECOND = 1000

const sampleAt = (index: number): Sample => {
  const t = ANCHOR + index * SECOND
  return { measuredMs: t, previousMs: t - SECOND, t, v: index, dueMs: t }
}
const samples = Array.from({ length: 2000 }, (_, index) => sampleAt(index))
const run = (faults: Fault[], seed = 1): Sample[] =>
  samples.flatMap(chain(faults, { seed, anchorMs: ANCHOR, valueAt: t => (t - ANCHOR) / SECOND }))

describe('faults', () => {
  it('dropout loses the stated share', () => {
    const left = run([{ kind: 'dropout', share: 0.1 }]).length
    expect(left).toBeGreaterThan(1740)
    expect(left).toBeLessThan(1860)
  })

  it('a stuck sensor repeats the value from when it stuck', () => {
    const stuck = run([{ kind: 'stuck', fromMs: ANCHOR + 10 * SECOND, lastsMs: 5 * SECOND }])
    expect(stuck.slice(8, 18).map(({ v }) => v)).toEqual([8, 9, 10, 10, 10, 10, 10, 15, 16, 17])
  })

  it('a spike moves single values by its size, up and down', () => {
    const moved = run([{ kind: 'spike', share: 0.02, size: 500 }]).filter(
      ({ t, v }) => v !== (t - ANCHOR) / SECOND,
    )
    expect(moved.length).toBeGreaterThan(20)
    const sizes = new Set(moved.map(({ t, v }) => v - (t - ANCHOR) / SECOND))
    expect(sizes).toEqual(new Set([500, -500]))
  })

  it('a duplicate is the same reading again', () => {
    const twice = run([{ kind: 'duplicate', share: 0.05 }])
    expect(twice.length).toBeGreaterThan(2050)
    expect(new Set(twice.map(({ t }) => t)).size).toBe(2000)
  })

  it('out of order sends some readings later than their successors', () => {
    const sent = run([{ kind: 'out-of-order', share: 0.05, delayMs: 3 * SECOND }]).sort(
      (a, b) => a.dueMs - b.dueMs,
    )
    expect(sent.some(({ t }, index) => index > 0 && t < (sent[index - 1] as Sample).t)).toBe(true)
    expect(sent).toHaveLength(2000)
  })

  it('a clock offset changes the stated time alone', () => {
    const [first] = run([{ kind: 'clock-offset', offsetMs: -90 * SECOND }])
    expect(first).toMatchObject({ t: ANCHOR - 90 * SECOND, measuredMs: ANCHOR, dueMs: ANCHOR })
  })

  it('an outage holds readings back until it ends, and comes again', () => {
    const outage: Fault = { kind: 'outage', fromMs: ANCHOR, lastsMs: 10 * SECOND, everyMs: 100 * SECOND }
    const sent = run([outage])
    expect(sent.slice(0, 12).map(({ dueMs }) => (dueMs - ANCHOR) / SECOND)).toEqual([
      10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11,
    ])
    expect((sent[105] as Sample).dueMs).toBe(ANCHOR + 110 * SECOND)
  })

  it('answers the same for the same seed, and otherwise for another', () => {
    const faults: Fault[] = [{ kind: 'dropout', share: 0.3 }]
    expect(run(faults, 5)).toEqual(run(faults, 5))
    expect(run(faults, 5)).not.toEqual(run(faults, 6))
  })

  it('fails alike whenever the scenario is started', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), shift => {
        const faults: Fault[] = [{ kind: 'dropout', share: 0.3 }]
        const shifted = chain(faults, { seed: 1, anchorMs: ANCHOR + shift, valueAt: () => 0 })
        const original = chain(faults, { seed: 1, anchorMs: ANCHOR, valueAt: () => 0 })
        for (const sample of samples.slice(0, 50)) {
          const moved = { ...sample, measuredMs: sample.measuredMs + shift }
          expect(shifted(moved).length).toBe(original(sample).length)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('a window without a start is always open', () => {
    expect(windowStart({}, ANCHOR)).toBe(Number.NEGATIVE_INFINITY)
    expect(windowStart({ fromMs: ANCHOR, lastsMs: 1 }, ANCHOR + 1)).toBeUndefined()
  })
})
