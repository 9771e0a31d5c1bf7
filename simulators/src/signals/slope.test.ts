import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from './signal.ts'
import { Slope } from './slope.ts'

const START = Date.UTC(2026, 5, 1)
const ONSET = START + 4 * DAY_MS
const FAILURE = ONSET + 3 * DAY_MS
const REINSTALL = 6 * HOUR_MS
const slope = new Slope({
  creepPerDay: 5,
  installedMs: START,
  onsetMs: ONSET,
  failureMs: FAILURE,
  reinstallMs: REINSTALL,
})

const rate = (t: number): number =>
  (((slope.displacementMm(t + 30_000) as number) - (slope.displacementMm(t - 30_000) as number)) / 60_000) *
  DAY_MS

describe('slope', () => {
  it('creeps steadily before the onset', () => {
    expect(rate(ONSET - DAY_MS)).toBeCloseTo(5, 6)
    expect(rate(ONSET - HOUR_MS)).toBeCloseTo(5, 6)
  })

  it('has an inverse velocity that falls linearly to zero at the failure (Fukuzono)', () => {
    for (const part of [0.2, 0.5, 0.8, 0.95]) {
      const t = ONSET + part * 3 * DAY_MS
      expect(1 / rate(t)).toBeCloseTo((1 - part) / 5, 4)
    }
  })

  it('moves without a jump at the onset', () => {
    const before = slope.displacementMm(ONSET - 1) as number
    const after = slope.displacementMm(ONSET + 1) as number
    expect(after - before).toBeLessThan(1e-6)
  })

  it('has no meter from the failure until a new one creeps from zero', () => {
    expect(slope.displacementMm(FAILURE)).toBeUndefined()
    expect(slope.displacementMm(FAILURE + REINSTALL - 1)).toBeUndefined()
    expect(slope.displacementMm(FAILURE + REINSTALL)).toBe(0)
    expect(rate(FAILURE + REINSTALL + DAY_MS)).toBeCloseTo(5, 6)
  })

  it('stays finite until the last millisecond', () => {
    expect(slope.displacementMm(FAILURE - 1)).toBeLessThan(400)
    expect(slope.displacementMm(FAILURE - 1)).toBeGreaterThan(100)
  })
})
