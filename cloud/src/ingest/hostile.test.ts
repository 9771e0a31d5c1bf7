import type { Reading } from '@picket/devices'
import { afterEach, describe, expect, it } from 'vitest'
import {
  configurationWith,
  GATEWAY,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('ingest that somebody means to stop', () => {
  let opened: TestIngest[] = []
  const open = async (devices = ['g1'], folder?: string): Promise<TestIngest> => {
    const one = await openIngest(devices, folder)
    opened.push(one)
    return one
  }
  const restart = async (used: TestIngest): Promise<TestIngest> => {
    await used.kill()
    return open([], used.folder)
  }
  afterEach(async () => {
    for (const { stores, folder } of opened) {
      if (stores.db.open) await stores.close()
      removeFolder(folder)
    }
    opened = []
  })
  const at = (t: number, device?: string): Reading => level(t - NOW, 1, device)
  const custody = ({ stores }: TestIngest) => stores.ledger.custody(GATEWAY)[0]

  // A Date ends at 8.64e15 ms, and a time beyond 2^52 cannot be written into the journal again.
  it('survives times that no calendar has, and starts again afterwards', async () => {
    const used = await open()
    const [far, farther] = [4_400_000_000_000_000, 8_800_000_000_000_000]
    await used.send(0, [at(far), at(farther, 'g2')])
    await used.send(2, [at(-far)])
    await used.send(3, [at(-far), at(-farther)])
    expect(custody(used)).toMatchObject({ quarantined: [[0, 4]], missing: [] })
    const again = await restart(used)
    await again.configure(mustCompile(configurationWith(['g1', 'g2'])))
    await restart(again)
  })

  it('starts again after more readings came out of quarantine than a journal entry holds', async () => {
    const used = await open()
    const count = 40_000
    for (const first of [0, count]) {
      const readings = Array.from({ length: count }, (_, n) => at(NOW - DAY + (first + n) * 1000, 'g2'))
      await used.send(first, readings)
    }
    await used.configure(mustCompile(configurationWith(['g1', 'g2'])))
    expect(custody(used)).toMatchObject({ committed: [[0, 2 * count - 1]], quarantined: [] })
    const before = used.engineState()
    expect((await restart(used)).engineState()).toBe(before)
  })

  it('keeps in quarantine what conflicts when it comes out of it', async () => {
    const used = await open()
    await used.send(0, [level(0, 1, 'g2'), level(1, 1, 'g2'), level(0, 2, 'g2'), level(2, 1, 'g2')])
    await used.configure(mustCompile(configurationWith(['g1', 'g2'])))
    expect(custody(used)).toMatchObject({ quarantined: [[2, 2]], missing: [] })
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]).toMatchObject({
      source: 'g2',
      reason: expect.stringContaining('conflict'),
    })
  })

  it('lets go of old journal entries as fast as new ones come', async () => {
    const begun = await open()
    const add = begun.stores.db.prepare("INSERT INTO journal VALUES (?, ?, 'tick', 1, '')")
    const old = 500
    for (let n = 0; n < old; n++) add.run(n - old, NOW - 8 * DAY)
    // With its end in order comes a snapshot that covers them.
    await begun.ingest.stop()
    await begun.stores.close()
    const used = await open([], begun.folder)
    const entries = () => used.stores.db.prepare('SELECT count(*) FROM journal').pluck().get() as number
    const before = entries()
    for (let seq = 0; seq < 20; seq++) await used.send(seq, [level(seq, 1)])
    expect(entries()).toBeLessThan(before - 400)
    // Those that are not old stay.
    for (let seq = 20; seq < 40; seq++) await used.send(seq, [level(seq, 1)])
    expect(entries()).toBeGreaterThan(40)
  })

  it('keeps its account of an epoch small when every second reading is of an unknown device', async () => {
    const used = await open()
    const count = 4001
    const readings = Array.from({ length: count }, (_, n) => at(NOW - DAY + n * 1000, n % 2 ? 'g2' : 'g1'))
    // One number between them never comes.
    await used.send(0, readings.slice(0, 101))
    await used.send(102, readings.slice(102))
    const { committed, quarantined, missing } = custody(used) ?? {}
    expect(missing).toEqual([[101, 101]])
    // One line for people from each batch.
    const lines = used.stores.quarantine.rejections({ limit: 10 })
    expect(lines.map(({ source, count }) => [source, count])).toEqual([
      ['g2', 1949],
      ['g2', 50],
    ])
    expect(quarantined?.length).toBeLessThanOrEqual(1000)
    expect(committed?.length).toBeLessThanOrEqual(1002)
    expect(quarantined?.at(-1)).toEqual([3999, 3999])
    // Repair finds the exact ones.
    await used.configure(mustCompile(configurationWith(['g1', 'g2'])))
    expect(used.stores.readings.latest().get('g2/level')?.t).toBe(readings[3999]?.t)
    expect(used.stores.quarantine.repairable(10, 0)).toEqual([])
  })

  it('commits a flood of batches in several goes, between which other things have their turn', async () => {
    const used = await open()
    const before = used.committed.length
    // On this stopwatch a batch takes three milliseconds: it is looked at around the engine, and after the batch.
    await Promise.all(Array.from({ length: 250 }, (_, n) => used.send(n, [level(n - 1000, 1)])))
    await used.ingest.idle()
    expect(used.committed.length - before).toBe(8)
    expect(custody(used)).toMatchObject({ committed: [[0, 249]], missing: [] })
  })

  it('raises and tells within a minute or so after the clock was set back by an hour', async () => {
    const before = await open()
    before.clock.advanceTo(NOW + HOUR)
    await before.send(0, [level(-1000, 1)])
    const used = await restart(before)
    await used.send(1, [level(0, 9)])
    used.clock.advanceTo(NOW + 70_000)
    await used.ingest.idle()
    expect(used.stores.alarms.list({ limit: 9, retrospective: false })[0]).toMatchObject({
      level: 'orange',
      state: 'unacknowledged',
    })
    expect(used.stores.notifications.due('duty', used.clock.now())).toBeDefined()
    const engine = used.engineState()
    expect((await restart(used)).engineState()).toBe(engine)
  })
})
