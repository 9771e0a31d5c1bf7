import { expect, it } from 'vitest'
import { waitingAgeSeconds } from './waiting-age.ts'

const NOW = Date.UTC(2026, 5, 1)
const ageOf = (oldestPendingAt: number | undefined) =>
  waitingAgeSeconds({ oldestPendingAt }, { now: () => NOW })

it('is that of the oldest record that waits', () => {
  expect(ageOf(NOW - 90_000)).toBe(90)
  expect(ageOf(NOW)).toBe(0)
  expect(ageOf(undefined)).toBe(0)
})

it('is not known where a wrong clock stored it, in 1970 or later than now', () => {
  expect(ageOf(10_000)).toBeUndefined()
  expect(ageOf(NOW + 1)).toBeUndefined()
})
