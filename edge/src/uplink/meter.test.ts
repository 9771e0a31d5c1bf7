import { Lane } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import { expect, it } from 'vitest'
import { Meter } from './meter.ts'

const NOVEMBER = Date.UTC(2026, 10, 23)
const DECEMBER = Date.UTC(2026, 11, 1)

it('stops the backlog at 80 % of the month, live records at 95 %, and alarms never', () => {
  const clock = new SteppedClock(NOVEMBER)
  const meter = new Meter({ monthlyBytes: 1000 }, clock, undefined)
  const allowed = () => [Lane.ALARMS, Lane.LIVE, Lane.BACKLOG].filter(lane => meter.may(lane))
  meter.sent(Lane.BACKLOG, 799)
  expect(allowed()).toEqual([Lane.ALARMS, Lane.LIVE, Lane.BACKLOG])
  meter.sent(Lane.LIVE, 1)
  expect(allowed()).toEqual([Lane.ALARMS, Lane.LIVE])
  meter.sent(Lane.LIVE, 150)
  expect(allowed()).toEqual([Lane.ALARMS])
  meter.sent(Lane.ALARMS, 5000)
  expect(meter.may(Lane.ALARMS)).toBe(true)
  expect(meter.usage.bytes).toEqual([5000, 151, 799])
  clock.advanceTo(DECEMBER)
  expect(allowed()).toEqual([Lane.ALARMS, Lane.LIVE, Lane.BACKLOG])
  expect(meter.usage.bytes).toEqual([0, 0, 0])
})

it('goes on counting what an earlier run has sent this month', () => {
  const clock = new SteppedClock(NOVEMBER)
  const first = new Meter({ monthlyBytes: 1000 }, clock, undefined)
  first.sent(Lane.LIVE, 900)
  const second = new Meter({ monthlyBytes: 1000 }, clock, first.usage)
  expect(second.share).toBe(0.9)
  expect(second.may(Lane.BACKLOG)).toBe(false)
})

it('keeps a rate, and lets alarms pass', () => {
  const clock = new SteppedClock(NOVEMBER)
  const meter = new Meter({ bytesPerSecond: 100 }, clock, undefined)
  let sent = 0
  for (let second = 0; second < 60; second++) {
    for (let tenth = 0; tenth < 10; tenth++) {
      clock.advanceTo(clock.now() + 100)
      while (meter.may(Lane.LIVE)) {
        meter.sent(Lane.LIVE, 30)
        sent += 30
      }
      expect(meter.may(Lane.ALARMS)).toBe(true)
    }
  }
  expect(sent).toBeGreaterThan(5900)
  expect(sent).toBeLessThan(6300)
  expect(meter.waitMs).toBeGreaterThan(0)
  clock.advanceTo(clock.now() + meter.waitMs)
  expect(meter.may(Lane.BACKLOG)).toBe(true)
})
