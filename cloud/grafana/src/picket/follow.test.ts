import { beforeEach, describe, expect, it } from 'vitest'
import { EventStream } from './event-stream.ts'
import { follow } from './follow.ts'
import type { Frame } from './frame.ts'
import { readQuery } from './query.ts'
import { alarm, device, FakeCloud, HOUR, NOW, point } from './testing/fake-cloud.ts'

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

class FakeSource {
  isClosed = false
  readonly #takers = new Map<string, (message: { type: string; data: string }) => void>()

  addEventListener(name: string, take: (message: { type: string; data: string }) => void): void {
    this.#takers.set(name, take)
  }
  say(type: string, data: unknown = {}): void {
    this.#takers.get(type)?.({ type, data: JSON.stringify(data) })
  }
  close(): void {
    this.isClosed = true
  }
}

let cloud: FakeCloud
let sources: FakeSource[]
let now: number
let timers: { delayMs: number; call: () => void }[]
let stream: EventStream
const after = (delayMs: number, call: () => void) => {
  const timer = { delayMs, call }
  timers.push(timer)
  return () => {
    timers = timers.filter(one => one !== timer)
  }
}
const elapse = (): void => {
  const [timer] = timers.splice(0, 1)
  timer?.call()
}

beforeEach(() => {
  cloud = new FakeCloud()
  cloud.devices = [device('crack-1', 'slope', ['width'])]
  cloud.points.set('crack-1/width', [point(NOW - HOUR, 1)])
  now = NOW
  sources = []
  timers = []
  stream = new EventStream(() => {
    const source = new FakeSource()
    sources.push(source)
    return source
  }, after)
})

describe('the stream', () => {
  it('is one for all, open while somebody listens', () => {
    const stop = [stream.listen(() => {}), stream.listen(() => {})]
    expect(sources).toHaveLength(1)
    stop[0]?.()
    expect(sources[0]?.isClosed).toBe(false)
    stop[1]?.()
    expect(sources[0]?.isClosed).toBe(true)
  })

  it('tells who comes later that it is open', () => {
    stream.listen(() => {})
    sources[0]?.say('open')
    const told: string[] = []
    stream.listen(({ type }) => told.push(type))
    expect(told).toEqual(['opened'])
  })

  it('is opened again after longer and longer, and shortly once it was open', () => {
    stream.listen(() => {})
    const waits: (number | undefined)[] = []
    for (let times = 0; times < 8; times++) {
      sources.at(-1)?.say('error')
      waits.push(timers[0]?.delayMs)
      elapse()
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    sources.at(-1)?.say('open')
    sources.at(-1)?.say('error')
    expect(timers[0]?.delayMs).toBe(1000)
    expect(sources.filter(({ isClosed }) => !isClosed)).toHaveLength(0)
  })

  it('that is broken is not opened for nobody', () => {
    const stop = stream.listen(() => {})
    sources[0]?.say('error')
    stop()
    expect(timers).toEqual([])
  })

  it('passes over what it does not understand', () => {
    const told: string[] = []
    stream.listen(({ type }) => told.push(type))
    for (const data of [null, 5, { readings: 'x' }]) sources[0]?.say('reading', data)
    expect(told).toEqual([])
  })
})

describe('following', () => {
  const start = (query: object) => {
    const emitted: Frame[][] = []
    const failures: unknown[] = []
    const stop = follow({
      query: readQuery(query),
      context: () => cloud.context({}, now),
      stream,
      after,
      emit: frames => emitted.push(frames),
      fail: error => failures.push(error),
    })
    return { emitted, failures, stop }
  }
  const values = (frames: Frame[] | undefined) =>
    frames?.[0]?.fields.find(({ name }) => name === 'value')?.values
  const reading = (t: number, v: number, name = 'crack-1') => ({
    readings: [{ device: name, quantity: 'width', t, v, q: 1 }],
  })

  it('appends readings as they come, those of its own series', async () => {
    const { emitted } = start({})
    sources[0]?.say('open')
    await settled()
    sources[0]?.say('reading', reading(NOW - 5, 2))
    sources[0]?.say('reading', reading(NOW - 4, 9, 'other'))
    sources[0]?.say('reading', reading(NOW + 10 * HOUR, 9))
    expect(emitted.map(values)).toEqual([[1], [1, 2]])
  })

  it('loses nothing that comes while the past is being read', async () => {
    const { emitted } = start({})
    sources[0]?.say('open')
    sources[0]?.say('reading', reading(NOW - 5, 2))
    await settled()
    expect(emitted.map(values)).toEqual([[1, 2]])
  })

  it('keeps at most 5,000 points of a series, and none older than its span', async () => {
    cloud.points.set(
      'crack-1/width',
      Array.from({ length: 5000 }, (_, n) => point(NOW - 6000 + n, n)),
    )
    const { emitted } = start({})
    sources[0]?.say('open')
    await settled()
    sources[0]?.say('reading', reading(NOW - 1, 2))
    sources[0]?.say('reading', reading(NOW - 25 * HOUR, 2))
    expect(emitted.map(frames => values(frames)?.length)).toEqual([5000, 5000])
  })

  it('asks anew after the stream was broken', async () => {
    const { emitted } = start({})
    sources[0]?.say('open')
    await settled()
    sources[0]?.say('error')
    cloud.points.get('crack-1/width')?.push(point(NOW - 9, 3))
    elapse()
    sources[1]?.say('open')
    await settled()
    expect(emitted.map(values)).toEqual([[1], [1, 3]])
  })

  it('shows the present state where the stream does not come', async () => {
    const { emitted } = start({})
    elapse()
    await settled()
    expect(emitted.map(values)).toEqual([[1]])
  })

  it('asks for alarms once for a burst, and not for readings', async () => {
    const { emitted } = start({ kind: 'alarms' })
    sources[0]?.say('open')
    await settled()
    cloud.alarms = [alarm('a', NOW - HOUR)]
    for (let times = 0; times < 5; times++) sources[0]?.say('alarm', { id: 'a' })
    sources[0]?.say('reading', reading(NOW - 5, 2))
    sources[0]?.say('gateway', { id: 'gw-1' })
    expect(timers).toHaveLength(1)
    elapse()
    await settled()
    expect(emitted.map(([frame]) => frame?.fields[0]?.values)).toEqual([[], [NOW - HOUR]])
  })

  it('asks more seldom where an answer takes long', async () => {
    start({ kind: 'alarms' })
    sources[0]?.say('open')
    now += 700
    await settled()
    sources[0]?.say('alarm', { id: 'a' })
    expect(timers[0]?.delayMs).toBe(7000)
  })

  it('tells a failure and tries again', async () => {
    const { emitted, failures } = start({})
    cloud.failure = new Error('down')
    sources[0]?.say('open')
    await settled()
    expect(failures).toEqual([cloud.failure])
    cloud.failure = undefined
    elapse()
    await settled()
    expect(emitted.map(values)).toEqual([[1]])
  })

  it('ends', async () => {
    const { emitted, stop } = start({})
    sources[0]?.say('open')
    stop()
    await settled()
    expect([emitted, timers, sources[0]?.isClosed]).toEqual([[], [], true])
  })
})
