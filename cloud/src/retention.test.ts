import { createLog } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { level, NOW, openIngest, removeFolder, type TestIngest } from './ingest/test-ingest.ts'
import { keptMs, startRetention } from './retention.ts'
import { ReadingExpiry } from './stores/sqlite/expiry.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const log = createLog('test')
log.level = 'silent'

describe('keep.readings', () => {
  it('is a duration of sixty days or more, or for ever', () => {
    expect(keptMs(undefined)).toBeUndefined()
    expect(keptMs({ readings: '400d' })).toBe(400 * DAY_MS)
    for (const readings of ['59d', '1y', '', '-400d', '400'])
      expect(() => keptMs({ readings })).toThrow(/keep\.readings: .*60d or more/)
  })
})

describe('old readings', () => {
  let used: TestIngest
  let expired: number
  beforeEach(async () => {
    used = await openIngest(['g1', 'g2', 'dead'])
    expired = 0
  })
  afterEach(async () => {
    await used.kill()
    removeFolder(used.folder)
  })

  const store = (device: string, ...days: number[]) =>
    used.stores.db.transaction(() =>
      used.stores.readings.append(days.map((day, at) => level(day * DAY_MS + at, at, device))),
    )()
  const daysOf = async (device: string) => {
    const span = { from: NOW - 5000 * DAY_MS, to: NOW + 5000 * DAY_MS }
    const points = await used.stores.readings.range({
      device,
      quantity: 'level',
      ...span,
      resolutionMs: 0,
      limit: 1e6,
    })
    return points.map(({ t }) => Math.floor((t - NOW) / DAY_MS))
  }
  const start = (keepMs = 100 * DAY_MS) =>
    startRetention(keepMs, {
      ingest: used.ingest,
      expiry: new ReadingExpiry(used.stores.db),
      clock: used.clock,
      log,
      onExpired: count => {
        expired += count
      },
    })
  /** One pass, step by step. */
  async function pass(): Promise<void> {
    const end = used.clock.now() + HOUR_MS
    used.clock.advanceTo(end)
    for (let before = -1; before !== used.committed.length; ) {
      before = used.committed.length
      await used.ingest.idle()
      // What waits for the commit goes on in this turn, and rests.
      await new Promise(setImmediate)
      used.clock.advanceTo(used.clock.now() + 50)
      await new Promise(setImmediate)
    }
  }

  it('go once they are older than the newest of their series by more than is kept', async () => {
    store('g1', -300, -101, -99, -1, 0)
    store('g2', -300)
    store('dead', -1000, -950, -920)
    const stop = start()
    await pass()
    expect(await daysOf('g1')).toEqual([-99, -1, 0])
    expect(await daysOf('g2')).toEqual([-300])
    expect(await daysOf('dead')).toEqual([-1000, -950, -920])
    expect(expired).toBe(2)
    stop()
  })

  it('stay although the clock jumps by years', async () => {
    store('g1', -99, -1, 0)
    used.clock.jump(3000 * DAY_MS)
    const stop = start()
    await pass()
    expect(await daysOf('g1')).toEqual([-99, -1, 0])
    stop()
  })

  it('go in steps, between which other things are committed', async () => {
    const many = Array.from({ length: 5000 }, () => -200)
    store('g1', ...many, 0)
    store('g2', ...many, 0)
    const stop = start()
    const before = used.committed.length
    await pass()
    expect([await daysOf('g1'), await daysOf('g2'), expired]).toEqual([[0], [0], 10_000])
    expect(used.committed.length - before).toBeGreaterThanOrEqual(5)
    stop()
  })

  it('that go are no obstacle for what comes late, which is stored and goes in its turn', async () => {
    store('g1', -300, 0)
    const stop = start()
    await pass()
    await used.send(0, [level(-250 * DAY_MS, 1)])
    expect(await daysOf('g1')).toEqual([-250, 0])
    await pass()
    expect(await daysOf('g1')).toEqual([0])
    stop()
  })
})
