import { expect, it } from 'vitest'
import { Backoff } from './backoff.ts'
import { Pace } from './pace.ts'

it('waits longer from one attempt to the next, up to 30 s, and spreads the delays', () => {
  const delays = (random: number): number[] => {
    const backoff = new Backoff(() => random)
    return Array.from({ length: 9 }, () => backoff.next())
  }
  expect(delays(0)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  expect(delays(0.5)[0]).toBe(375)
  const backoff = new Backoff(() => 0)
  backoff.next()
  backoff.next()
  backoff.reset()
  expect(backoff.next()).toBe(250)
})

it('grows with quick acknowledgements, halves without, and stays in its bounds', () => {
  const pace = new Pace()
  for (let at = 0; at < 20; at++) pace.acknowledged(10)
  expect([pace.window, pace.records]).toEqual([8, 2000])
  pace.timedOut()
  expect([pace.window, pace.records]).toEqual([4, 1000])
  pace.acknowledged(500)
  expect([pace.window, pace.records]).toEqual([4, 1000])
  pace.acknowledged(5000)
  expect([pace.window, pace.records]).toEqual([2, 500])
  for (let at = 0; at < 20; at++) pace.timedOut()
  expect([pace.window, pace.records]).toEqual([1, 32])
})

it('fills a link with a long way, and takes the measure of each anew', () => {
  const pace = new Pace()
  for (let at = 0; at < 20; at++) pace.acknowledged(800)
  expect([pace.window, pace.records]).toEqual([8, 2000])
  pace.acknowledged(1500)
  expect([pace.window, pace.records]).toEqual([4, 1000])
  pace.begin()
  pace.acknowledged(1500)
  expect([pace.window, pace.records]).toEqual([5, 2000])
})
