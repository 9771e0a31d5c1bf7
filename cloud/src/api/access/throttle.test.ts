import { SteppedClock } from '@picket/devices/runtime'
import { describe, expect, it } from 'vitest'
import { FailureThrottle, networkOf } from './throttle.ts'

const MINUTE = 60_000

function failTimes(throttle: FailureThrottle, address: string, count: number): void {
  for (let time = 0; time < count; time++) throttle.fail(address)
}

describe('the wait', () => {
  it('doubles from the fifth failure on, up to 5 minutes', () => {
    const throttle = new FailureThrottle(new SteppedClock(0))
    const waits = Array.from({ length: 16 }, () => {
      throttle.fail('a')
      return throttle.waitMs('a') / 1000
    })
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
  })

  it('passes, and is forgotten after 15 minutes without a failure', () => {
    const clock = new SteppedClock(0)
    const throttle = new FailureThrottle(clock)
    failTimes(throttle, 'a', 6)
    clock.advanceTo(2000)
    expect(throttle.waitMs('a')).toBe(0)
    throttle.fail('a')
    expect(throttle.waitMs('a')).toBe(4000)
    clock.advanceTo(clock.now() + 15 * MINUTE)
    throttle.fail('a')
    expect(throttle.waitMs('a')).toBe(0)
  })

  it('is not washed off by a success', () => {
    const throttle = new FailureThrottle(new SteppedClock(0))
    failTimes(throttle, 'a', 4)
    throttle.fail('a')
    throttle.takeBack('a')
    expect(throttle.waitMs('a')).toBe(0)
    throttle.fail('a')
    expect(throttle.waitMs('a')).toBe(1000)
  })

  it('forgets the least recent of more than 10,000 addresses', () => {
    const throttle = new FailureThrottle(new SteppedClock(0))
    failTimes(throttle, 'first', 5)
    failTimes(throttle, 'second', 5)
    throttle.fail('first')
    for (let address = 0; address < 9_999; address++) throttle.fail(`10.${address}`)
    expect(throttle.waitMs('second')).toBe(0)
    expect(throttle.waitMs('first')).toBe(2000)
  })
})

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, network) => expect(networkOf(address)).toBe(network))
})
