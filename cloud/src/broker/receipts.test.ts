import { expect, it } from 'vitest'
import { Receipts } from './receipts.ts'

const HALF = 600_000

it('gives receipts at once, holds them back beyond a bound, and keeps their order', () => {
  const receipts = new Receipts()
  const given: number[] = []
  const come = (number: number): void => receipts.came('gw', HALF, () => given.push(number))
  for (const number of [1, 2, 3, 4]) come(number)
  expect(given).toEqual([1, 2])
  receipts.came('other', HALF, () => given.push(10))
  expect(given).toEqual([1, 2, 10])
  receipts.settled('gw', HALF)
  receipts.settled('gw', HALF)
  expect(given).toEqual([1, 2, 10])
  receipts.settled('gw', HALF)
  expect(given).toEqual([1, 2, 10, 3, 4])
  come(5)
  come(6)
  expect(given.at(-1)).toBe(5)
  receipts.settled('gw', HALF)
  receipts.settled('gw', HALF)
  expect(given.at(-1)).toBe(6)
})
