import { expect, test } from 'vitest'
import type { EpochCustody } from '../api/shapes.ts'
import { countOf, piecesOf, rangesText } from './custody.ts'

const epoch = (fields: Partial<EpochCustody>): EpochCustody => ({
  epoch: 'e',
  committed: [],
  quarantined: [],
  dropped: [],
  lost: [],
  missing: [],
  next: 0,
  ...fields,
})

test('ranges are inclusive', () => {
  expect(countOf([])).toBe(0)
  expect(
    countOf([
      [0, 0],
      [5, 9],
    ]),
  ).toBe(6)
})

test('pieces are shares of what was announced, whatever number it begins with', () => {
  const pieces = piecesOf(epoch({ committed: [[1000, 1049]], missing: [[1050, 1099]], next: 1100 }))
  expect(pieces).toEqual([
    { fate: 'committed', begin: 0, width: 0.5 },
    { fate: 'missing', begin: 0.5, width: 0.5 },
  ])
})

test('a single lost record can be seen and stays inside the bar', () => {
  const [lost] = piecesOf(
    epoch({ lost: [[999_999, 999_999]], committed: [[0, 999_998]], next: 1_000_000 }),
  ).slice(1)
  expect(lost?.width).toBeGreaterThan(0.001)
  expect((lost?.begin ?? 1) + (lost?.width ?? 1)).toBeLessThanOrEqual(1)
})

test('an epoch of which nothing is known has no pieces', () => {
  expect(piecesOf(epoch({}))).toEqual([])
})

test('ranges are written short, and what is left out is counted', () => {
  expect(
    rangesText(
      [
        [1, 1],
        [3, 9],
        [12, 13],
      ],
      2,
    ),
  ).toEqual({ text: '1, 3–9', more: 1 })
})
