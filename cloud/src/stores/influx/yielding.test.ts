import { expect, it } from 'vitest'
import { Yielding } from './yielding.ts'

const HOUR_MS = 3_600_000

/** What is waited after requests of 50 ms, with the main thread busy for a share of the time since the last look. */
function rests(...looks: { share: number; tookMs?: number; lagMs?: number }[]): number[] {
  let at = 1000
  let active = 300
  const yielding = new Yielding({ activeMs: () => active, stopwatch: () => at })
  return looks.map(({ share, tookMs = 50, lagMs = 0 }) => {
    at += 200
    active += 200 * share
    return Math.round(yielding.restMs(tookMs, lagMs))
  })
}

it('ships without rest while the main thread has time, and a tenth of the time while it has not', () => {
  expect(rests({ share: 0.4 }, { share: 0.9 }, { share: 1 }, { share: 0.1 })).toEqual([0, 450, 450, 0])
})

it('does not wait long for a server that takes long', () => {
  expect(rests({ share: 1, tookMs: 20_000 })).toEqual([1000])
})

it('rests no more once it is an hour behind', () => {
  expect(rests({ share: 1, lagMs: HOUR_MS }, { share: 1, lagMs: HOUR_MS + 1 })).toEqual([450, 0])
})
