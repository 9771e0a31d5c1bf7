import { describe, expect, it } from 'vitest'
import { normal, seedOf, uniform, wander } from './noise.ts'

const many = Array.from({ length: 20_000 }, (_, index) => 1_780_000_000_000 + index * 5000)
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

describe('noise', () => {
  it('uniform fills [0, 1) evenly for times as keys', () => {
    const values = many.map(t => uniform(3, t))
    expect(mean(values)).toBeCloseTo(0.5, 1)
    const bins = new Array(10).fill(0)
    for (const value of values) bins[Math.floor(value * 10)]++
    for (const bin of bins) expect(Math.abs(bin - 2000)).toBeLessThan(200)
  })

  it('normal has mean 0 and deviation 1', () => {
    const values = many.map(t => normal(3, t))
    expect(Math.abs(mean(values))).toBeLessThan(0.03)
    expect(mean(values.map(v => v * v))).toBeGreaterThan(0.95)
    expect(mean(values.map(v => v * v))).toBeLessThan(1.05)
  })

  it('neighbouring keys, and the same key under other seeds, are not related', () => {
    const pairs = many.map(t => normal(3, t) * normal(3, t + 5000))
    expect(Math.abs(mean(pairs))).toBeLessThan(0.03)
    expect(Math.abs(mean(many.map(t => normal(3, t) * normal(4, t))))).toBeLessThan(0.03)
  })

  it('wander has no jumps', () => {
    for (let t = 0; t < 3_600_000; t += 1000)
      expect(Math.abs(wander(1, t + 1000, 600_000) - wander(1, t, 600_000))).toBeLessThan(0.02)
  })

  it('names give seeds of their own', () => {
    const seeds = new Set(Array.from({ length: 1000 }, (_, index) => seedOf(1, `device-${index}`)))
    expect(seeds.size).toBe(1000)
  })
})
