import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Coalescer } from './coalescer.ts'

describe('a coalescer', () => {
  let pauseMs = 50
  let runs: number[] = []
  const coalescer = (): Coalescer =>
    new Coalescer(
      () => pauseMs,
      () => runs.push(performance.now()),
    )

  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'],
    })
    pauseMs = 50
    runs = []
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('runs at once for who comes alone, and once for all who come within the pause', () => {
    const one = coalescer()
    one.request()
    one.request()
    vi.advanceTimersByTime(0)
    expect(runs).toEqual([0])
    for (const _ of Array(5)) {
      vi.advanceTimersByTime(9)
      one.request()
    }
    expect(runs).toEqual([0])
    vi.advanceTimersByTime(100)
    expect(runs).toEqual([0, 50])
    one.request()
    vi.advanceTimersByTime(0)
    expect(runs).toEqual([0, 50, 145])
  })

  it('runs sooner where the pause has become shorter meanwhile, and no later where it has become longer', () => {
    const one = coalescer()
    one.request()
    vi.advanceTimersByTime(1)
    one.request()
    pauseMs = 20
    one.request()
    pauseMs = 500
    one.request()
    vi.advanceTimersByTime(600)
    expect(runs).toEqual([0, 20])
    pauseMs = 50
    one.request()
    vi.advanceTimersByTime(0)
    one.request()
    vi.advanceTimersByTime(10)
    pauseMs = 5
    one.request()
    vi.advanceTimersByTime(0)
    expect(runs).toHaveLength(4)
  })

  it('runs for nobody once it is cancelled', () => {
    const one = coalescer()
    one.request()
    one.cancel()
    vi.advanceTimersByTime(100)
    expect(runs).toEqual([])
    one.request()
    vi.advanceTimersByTime(0)
    expect(runs).toHaveLength(1)
  })
})
