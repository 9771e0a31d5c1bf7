import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Answer, cloud } from '../api/client.ts'
import { readEvent } from './event.ts'
import { readClock, setClock } from './now.ts'
import { resource, whenUnauthorized } from './resource.ts'

describe('events', () => {
  test('the type stands in the name or in the data', () => {
    expect(readEvent('alarm', '{"id":"e1"}')).toEqual({ type: 'alarm', id: 'e1' })
    expect(readEvent('message', '{"type":"gateway","id":"g"}')).toEqual({ type: 'gateway', id: 'g' })
  })

  test.each([
    ['message', 'no json'],
    ['alarm', 'null'],
    ['alarm', '3'],
    ['message', '{"type":"weather"}'],
    ['reading', '{"readings":"many"}'],
  ])('%s %s is left out', (name, data) => {
    expect(readEvent(name, data)).toBeUndefined()
  })
})

describe('resources', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    whenUnauthorized(() => {})
  })

  /** A cloud that answers when the test says so. */
  function slowCloud() {
    const waiting: ((answer: Answer<number>) => void)[] = []
    const ask = () => new Promise<Answer<number>>(resolve => waiting.push(resolve))
    const answer = async (value: Answer<number>): Promise<void> => {
      waiting.shift()?.(value)
      await vi.advanceTimersByTimeAsync(0)
    }
    return { ask, answer, waiting }
  }

  test('a storm of wishes costs one request that runs and one that follows', async () => {
    const asked = vi.fn()
    const { ask, answer } = slowCloud()
    const one = resource(() => {
      asked()
      return ask()
    }, 500)
    for (let wish = 0; wish < 100; wish++) one.refresh()
    expect(asked).toHaveBeenCalledTimes(1)
    await answer({ ok: true, value: 1 })
    expect(one.value.value).toBe(1)
    await vi.advanceTimersByTimeAsync(499)
    expect(asked).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveBeenCalledTimes(2)
    await answer({ ok: true, value: 2 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('a fault leaves the value as it was and is told until the next answer', async () => {
    const { ask, answer } = slowCloud()
    const one = resource(ask, 0)
    one.refresh()
    await answer({ ok: true, value: 7 })
    one.refresh()
    await answer({ ok: false, fault: { kind: 'unreachable' } })
    expect([one.value.value, one.fault.value]).toEqual([7, { kind: 'unreachable' }])
    one.refresh()
    await answer({ ok: true, value: 8 })
    expect([one.value.value, one.fault.value]).toEqual([8, undefined])
  })

  test('an answer that comes after the logout is not taken over', async () => {
    const { ask, answer } = slowCloud()
    const one = resource(ask, 0)
    one.refresh()
    one.forget()
    await answer({ ok: true, value: 7 })
    expect(one.value.value).toBeUndefined()
  })

  test('a session that is over is told', async () => {
    const over = vi.fn()
    whenUnauthorized(over)
    const { ask, answer } = slowCloud()
    const one = resource(ask, 0)
    one.refresh()
    await answer({ ok: false, fault: { kind: 'unauthorized' } })
    expect(over).toHaveBeenCalledTimes(1)
  })
})

test('the clock of the cloud is told in whole milliseconds', async () => {
  const clock = vi
    .spyOn(Date, 'now')
    .mockReturnValueOnce(1000)
    .mockReturnValueOnce(1001)
    .mockReturnValue(1002)
  const health = vi.spyOn(cloud, 'health').mockResolvedValue({ ok: true, value: { time: 5000 } })
  await setClock()
  expect(readClock()).toBe(5002)
  health.mockRestore()
  clock.mockRestore()
})
