import type { DeviceModel } from '@picket/devices'
import { expect, it } from 'vitest'
import type { KnownDevice } from '../field-devices.ts'
import { PollPlan } from './polls.ts'

const device = (address: string): KnownDevice => ({
  id: `d${address}`,
  address,
  intervalMs: 1000,
  channels: {},
  model: {
    registers: {
      map: [
        { quantity: 'a', address: 0 },
        { quantity: 'b', address: 1, type: 'u32' },
        { quantity: 'c', address: 9 },
        { quantity: 'slow', address: 3, interval: '1m' },
        { fact: 'door', table: 'coil', address: 0 },
      ],
    },
  } as Partial<DeviceModel> as DeviceModel,
})

it('asks for what stands together at once, and for a slow register at its own interval', () => {
  const plan = new PollPlan([device('1')], 0)
  const asked: string[] = []
  for (let nowMs = 0; nowMs < 3000; ) {
    const { poll, atMs } = plan.next() as NonNullable<ReturnType<typeof plan.next>>
    nowMs = Math.max(nowMs, atMs)
    asked.push(`${nowMs} ${poll.block.address}+${poll.block.count}`)
    plan.answered(poll, nowMs)
  }
  expect(asked).toEqual([
    '0 0+3',
    '0 9+1',
    '0 3+1',
    '1000 0+3',
    '1000 9+1',
    '2000 0+3',
    '2000 9+1',
    '3000 0+3',
  ])
})

it('asks a silent unit ever less often, so that the others keep their intervals', () => {
  const plan = new PollPlan([device('1'), device('2')], 0)
  const timeoutMs = 1000
  const late: number[] = []
  let silent = 0
  let nowMs = 0
  while (nowMs < 600_000) {
    const { poll, atMs } = plan.next() as NonNullable<ReturnType<typeof plan.next>>
    nowMs = Math.max(nowMs, atMs)
    if (poll.unit === 2) {
      silent++
      nowMs += timeoutMs
      plan.failed(poll, nowMs)
    } else {
      late.push(nowMs - poll.dueMs)
      plan.answered(poll, nowMs)
    }
  }
  expect(silent).toBeLessThan(12)
  expect(Math.max(...late)).toBeLessThanOrEqual(timeoutMs)
  expect(late.filter(lateMs => lateMs > 0).length).toBeLessThan(50)
})

it('goes back to the interval when the unit answers again', () => {
  const plan = new PollPlan([device('1')], 0)
  const first = plan.next() as NonNullable<ReturnType<typeof plan.next>>
  plan.failed(first.poll, 0)
  expect(plan.next()?.atMs).toBe(5000)
  plan.answered(first.poll, 5000)
  expect(plan.next()?.atMs).toBeLessThanOrEqual(5000)
})
