import { readModel } from '@picket/devices'
import { expect, it } from 'vitest'
import { arrivalsOf, readingsOf } from './arrivals.ts'

const T0 = Date.UTC(2026, 0, 1)

const read = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level:
    name: { en: Level, zh: 水位 }
    unit: m
    span: [-5, 60]
    source: a test
    tests: { source: a test, spike: { suspect: 1, fail: 2 }, flatLine: { tolerance: 0, suspect: 3m } }
`,
  'gauge.yaml',
)
if ('faults' in read) throw new Error('no model')
const models = new Map([['gauge', read.model]])
const devices = [{ id: 'g', model: 'gauge', site: 's', tags: [], parameters: {}, intervalMs: 60_000 }]

const flagsOf = (series: Record<string, string>) => {
  const readings = readingsOf([{ device: 'g', quantity: 'level', values: '', ...series }], {
    start: T0,
    devices,
    intervalMs: undefined,
    models,
    report: () => {},
  })
  return arrivalsOf(readings, { devices, models }).map(({ readings, amended }) => [
    ...amended.map(({ t, q }) => `${(t - T0) / 60_000} becomes ${q}`),
    ...readings.map(({ q }) => q),
  ])
}

it('judges the readings of a test by the tests of their model, as they arrive', () => {
  expect(flagsOf({ values: '1 1.1 9 1.2' })).toEqual([[1], [2], ['1 becomes 1', 2], ['2 becomes 4', 2]])
  expect(flagsOf({ values: '1x3' }).at(-1)).toEqual(['2 becomes 1', 3])
  expect(flagsOf({ values: '1 1.1 9 1.2', heldUntil: '1h' })).toEqual([[1, 1, 4, 2]])
})

it('leaves a quality that the test gives', () => {
  expect(flagsOf({ values: '1x2 9', quality: 'suspect' })).toEqual([[3], [3], [3], [3]])
})
