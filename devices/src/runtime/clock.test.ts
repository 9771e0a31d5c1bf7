import { describe, expect, it } from 'vitest'
import { every, SteppedClock, systemClock } from './clock.ts'

describe('a stepped clock', () => {
  it('fires each timer at its due instant, in order, those that timers start included', () => {
    const clock = new SteppedClock(1000)
    const fired: [string, number][] = []
    clock.after(30, () => fired.push(['late', clock.now()]))
    clock.after(10, () => {
      fired.push(['early', clock.now()])
      clock.after(5, () => fired.push(['child', clock.now()]))
    })
    clock.after(10, () => fired.push(['early too', clock.now()]))
    clock.advanceTo(1020)
    expect(fired).toEqual([
      ['early', 1010],
      ['early too', 1010],
      ['child', 1015],
    ])
    expect(clock.now()).toBe(1020)
    clock.advanceTo(1030)
    expect(fired.at(-1)).toEqual(['late', 1030])
  })

  it('does not fire what was cancelled, and never goes back', () => {
    const clock = new SteppedClock(0)
    let fired = false
    const cancel = clock.after(10, () => {
      fired = true
    })
    cancel()
    clock.advanceTo(100)
    clock.advanceTo(50)
    expect(fired).toBe(false)
    expect(clock.now()).toBe(100)
  })

  it('repeats until it is told to stop, also from within', () => {
    const clock = new SteppedClock(0)
    const times: number[] = []
    const stop = every(clock, 10, () => {
      times.push(clock.now())
      if (times.length === 3) stop()
    })
    clock.advanceTo(1000)
    expect(times).toEqual([10, 20, 30])
  })
})

describe('the system clock', () => {
  it('calls back once', async () => {
    const before = systemClock.now()
    await new Promise<void>(resolve => systemClock.after(5, resolve))
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
  })
})
