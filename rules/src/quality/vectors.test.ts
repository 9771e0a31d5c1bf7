import { Quality } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { grossRange } from './gross-range.ts'
import { rollUp } from './roll-up.ts'
import { flagsOf } from './test-series.ts'

const MINUTE = 60_000
const QUARTER_HOUR = 15 * MINUTE
const _ = Number.NaN

// Check values of the QARTOD manuals and of their reference implementation (ioos_qc): ../shared/DOMAIN.md.
describe('the check values of QARTOD', () => {
  it('gross range', () => {
    const values = [5, 10, 15, 20, 25, 30, 35, 40, 45, 51]
    const flags = values.map(v => grossRange(v, { span: [10, 50], use: [20, 40] }))
    expect(flags).toEqual([4, 3, 3, 1, 1, 1, 1, 1, 3, 4])
  })

  it('roll-up', () => {
    const tests: Quality[][] = [
      [1, 1, 1, 9, 1, 1, 9, 9],
      [2, 1, 1, 1, 1, 1, 9, 9],
      [1, 3, 3, 4, 3, 1, 2, 9],
    ]
    const flags = tests[0]?.map((_flag, at) => rollUp(tests.map(flags => flags[at] as Quality)))
    expect(flags).toEqual([1, 3, 3, 4, 3, 1, 2, 9])
    expect(rollUp([])).toBe(Quality.NOT_EVALUATED)
  })

  it('spike', () => {
    const values = [10, 12, 999.99, 13, 15, 40, 9, 9, _, 10, 10, 999.99, 10, _]
    const flags = flagsOf(values, { tests: { reference: true, spike: { suspect: 25, fail: 50 } } })
    expect(flags).toEqual([2, 4, 4, 4, 1, 3, 1, 2, 9, 2, 4, 4, 2, 9])
  })

  it('flat line', () => {
    const values = [1, 2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001]
    const flatLine = { tolerance: 0.01, suspect: '3000s', fail: '4800s' }
    const flags = flagsOf(values, { tests: { reference: true, flatLine }, intervalMs: QUARTER_HOUR })
    expect(flags).toEqual([1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3])
  })

  it('rate of change', () => {
    const values = [2, 10, 2.1, 3, 4, 5, 7, 10, 0, 2, 2.2, 2, 1, 2, 3, 90, 91, 92, 93, 1, 2, 3, 4, 5]
    const rateOfChange = { suspect: 5, per: '15m' }
    const flags = flagsOf(values, { tests: { reference: true, rateOfChange }, intervalMs: QUARTER_HOUR })
    expect(flags.flatMap((flag, at) => (flag === 3 ? [at] : []))).toEqual([1, 2, 8, 15, 19])
    expect(flags.filter(flag => flag !== 3 && flag !== 1)).toEqual([])
  })
})

describe('where the reference is weak', () => {
  it('a spike leaves its neighbours alone, and a step is none', () => {
    const spike = { suspect: 25, fail: 50 }
    const ranges = { span: [-2000, 2000] as [number, number] }
    expect(flagsOf([10, 12, 999.99, 13, 15, 16], { tests: { spike }, ...ranges })).toEqual([1, 1, 4, 1, 1, 2])
    expect(flagsOf([10, 10, 100, 100, 100], { tests: { spike }, ...ranges })).toEqual([1, 1, 1, 1, 2])
  })

  it('what follows a failed spike is compared with what was before it', () => {
    const tests = { spike: { suspect: 25, fail: 50 }, rateOfChange: { suspect: 20, per: '1m' } }
    expect(flagsOf([10, 12, 999, 13, 15], { tests, span: [-2000, 2000] })).toEqual([1, 1, 4, 1, 2])
  })

  it('a flat line with tolerance 0 is found', () => {
    const flatLine = { tolerance: 0, suspect: '3m', fail: '5m' }
    const values = [4, 5, 5, 5, 5, 5, 5, 5.1]
    expect(flagsOf(values, { tests: { flatLine }, span: [0, 10] })).toEqual([1, 1, 1, 1, 3, 3, 4, 1])
    expect(flagsOf(values, { tests: { reference: true, flatLine }, span: [0, 10] })).toEqual(
      values.map(() => 1),
    )
  })

  it('a flat line is found at any sampling, and an outage makes none', () => {
    const flatLine = { tolerance: 0, suspect: '10m' }
    const dense = Array.from({ length: 61 }, (_one, at) => at * 10_000)
    expect(
      flagsOf(
        dense.map(() => 5),
        { tests: { flatLine }, span: [0, 10], times: dense },
      ).indexOf(3),
    ).toBe(60)
    const sparse = [0, 2, 4, 6, 8, 10].map(at => at * MINUTE)
    expect(
      flagsOf(
        sparse.map(() => 5),
        { tests: { flatLine }, span: [0, 10], times: sparse },
      ).indexOf(3),
    ).toBe(5)
    const outage = [0, 600, 601].map(at => at * MINUTE)
    expect(flagsOf([5, 5, 5], { tests: { flatLine }, span: [0, 10], times: outage })).toEqual([1, 1, 1])
  })

  it('two readings of one time have no rate', () => {
    const rateOfChange = { suspect: 5, per: '15m' }
    expect(flagsOf([1, 2], { tests: { rateOfChange }, times: [0, 0] })).toEqual([2, 2])
  })

  it('readings on either side of a gap are not compared', () => {
    const tests = { gap: '5m', rateOfChange: { suspect: 1, per: '1m' }, spike: { suspect: 1 } }
    const times = [0, 1, 20, 21, 22].map(at => at * MINUTE)
    expect(flagsOf([1, 1, 900, 900, 900], { tests, times, span: [0, 1000] })).toEqual([1, 1, 1, 1, 2])
  })
})
