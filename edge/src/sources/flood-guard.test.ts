import { expect, it } from 'vitest'
import { FloodGuard } from './flood-guard.ts'

it('admits what waited at once, and then the rate', () => {
  let nowMs = 0
  const guard = new FloodGuard({ perSecond: 10, burst: 5 }, () => nowMs)
  const admitted = (): number => Array.from({ length: 20 }, () => guard.admits('a')).filter(Boolean).length
  expect(admitted()).toBe(5)
  nowMs += 300
  expect(admitted()).toBe(3)
  expect(guard.admits('b')).toBe(true)
  expect(guard.limited).toBe(32)
})

it('makes a peer that can wait do so, ever longer but not for ever', () => {
  let nowMs = 0
  const guard = new FloodGuard({ perSecond: 10, burst: 2 }, () => nowMs)
  expect([1, 2, 3, 4].map(() => guard.waitMs('a'))).toEqual([0, 0, 100, 200])
  nowMs += 200
  expect(guard.waitMs('a')).toBe(100)
  for (let times = 0; times < 100_000; times++) guard.waitMs('a')
  expect(guard.waitMs('a')).toBeLessThanOrEqual(100_000)
})

it('remembers a bounded number of peers, those that were heard last', () => {
  const guard = new FloodGuard({ perSecond: 1, burst: 1 }, () => 0)
  expect(guard.admits('a')).toBe(true)
  for (let at = 0; at < 500; at++) guard.admits(`peer-${at}`)
  expect(guard.admits('a')).toBe(false)
  for (let at = 0; at < 2000; at++) guard.admits(`peer-${at}`)
  expect(guard.admits('a')).toBe(true)
})
