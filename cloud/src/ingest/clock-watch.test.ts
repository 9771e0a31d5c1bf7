import { ClockWatch, SteppedClock } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import {
  configurationWith,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'

const HOUR = 3_600_000

describe('a clock', () => {
  it('that passes evenly is left alone, however long nobody looks', () => {
    const clock = new SteppedClock(NOW)
    const watch = new ClockWatch(clock)
    clock.advanceTo(NOW + 10 * HOUR)
    expect(watch.look(NOW)).toBeUndefined()
  })

  it('that jumps forward is noticed once, by how much; a small correction is not', () => {
    const clock = new SteppedClock(NOW)
    const watch = new ClockWatch(clock)
    clock.advanceTo(NOW + HOUR)
    clock.jump(10_000)
    expect(watch.look(NOW)).toBeUndefined()
    clock.jump(HOUR)
    expect(watch.look(NOW)).toEqual({ kind: 'jumped forward', byMs: HOUR })
    expect(watch.look(NOW)).toBeUndefined()
  })

  it('that was set back is told by how far the engine is ahead', () => {
    const clock = new SteppedClock(NOW)
    const watch = new ClockWatch(clock)
    expect(watch.look(NOW + 4000)).toBeUndefined()
    expect(watch.look(NOW + HOUR)).toEqual({ kind: 'was set back', byMs: HOUR })
  })
})

describe('silence', () => {
  const PACK = `pack: test
rules:
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: x, zh: x }
    select: { model: water-level-gauge }
    levels: {}
    missing: { after: 15m, then: orange }
`
  let open: TestIngest
  afterEach(async () => {
    await open.kill()
    removeFolder(open.folder)
  })
  const begin = async (): Promise<void> => {
    open = await openIngest(['g1'])
    await open.configure(mustCompile(configurationWith(['g1'], PACK)))
    await open.send(0, [level(0, 1)])
  }
  const alarms = () => open.stores.alarms.list({ limit: 9 })

  it('while the machine was suspended is no alarm; what goes on afterwards is one', async () => {
    await begin()
    open.clock.jump(HOUR)
    open.clock.advanceTo(NOW + HOUR + 1000)
    await open.ingest.idle()
    expect(alarms()).toEqual([])
    open.clock.advanceTo(NOW + HOUR + 120_000)
    await open.ingest.idle()
    expect(alarms()).toHaveLength(1)
  })

  it('while the machine ran is one', async () => {
    await begin()
    open.clock.advanceTo(NOW + HOUR)
    await open.ingest.idle()
    expect(alarms()).toHaveLength(1)
  })
})
