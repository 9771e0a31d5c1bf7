import { Quality, type Reading } from '@picket/devices'
import { createLog } from '@picket/devices/runtime'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Configuration } from '../stores/sqlite/journal.ts'
import { recoverEngine } from './recovery.ts'
import {
  configurationWith,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'

const MINUTE = 60_000
const SECOND = 1000
const PASS = Quality.PASS
const PENDING = Quality.NOT_EVALUATED
const FAIL = Quality.FAIL

/** The configuration of the other tests, whose gauge has a spike and a flat line test. */
function withTests(): Configuration {
  const configuration = configurationWith(['g1', 'g2'])
  const models = configuration.models.map(({ file, text }) => ({
    file,
    text: text.replace(
      'source: radar gauge',
      `tests: { source: a test, spike: { suspect: 1, fail: 2 }, flatLine: { tolerance: 0, suspect: 4m } }
    source: radar gauge`,
    ),
  }))
  return { ...configuration, models }
}

describe('quality in ingest', () => {
  let opened: TestIngest[] = []
  const open = async (folder?: string): Promise<TestIngest> => {
    const one = await openIngest(['g1', 'g2'], folder)
    opened.push(one)
    if (folder === undefined) await one.configure(mustCompile(withTests()))
    return one
  }
  afterEach(async () => {
    for (const { stores, folder } of opened) {
      if (stores.db.open) await stores.close()
      removeFolder(folder)
    }
    opened = []
  })

  const stored = ({ stores }: TestIngest) =>
    stores.readings.between({ device: 'g1', quantity: 'level' }, 0, NOW * 2).map(({ q }) => q)
  const journalled = ({ stores }: TestIngest) =>
    [...stores.journal.after(0)].flatMap(entry =>
      'readings' in entry ? [[entry.kind, ...entry.readings.map(({ q }) => q)]] : [],
    )

  it('amends the newest reading when its successor is here: in the store, the journal and for listeners', async () => {
    const used = await open()
    await used.send(0, [level(0, 1), level(10 * SECOND, 1.1)])
    expect(stored(used)).toEqual([PASS, PENDING])
    await used.send(2, [level(20 * SECOND, 9)])
    const { amended } = await used.send(3, [level(30 * SECOND, 1.2)])
    expect(amended).toEqual([{ ...level(20 * SECOND, 9), q: FAIL }])
    expect(stored(used)).toEqual([PASS, PASS, FAIL, PENDING])
    expect(used.stores.readings.latest().get('g1/level')?.q).toBe(PENDING)
    expect(journalled(used)).toEqual([
      ['readings', PASS, PENDING],
      ['amend', PASS],
      ['readings', PENDING],
      ['amend', FAIL],
      ['readings', PENDING],
    ])
  })

  it('a reading that waits for its successor alarms at once; one that fails is taken out of the windows', async () => {
    const used = await open()
    // 0.6 m/h
    const rising = Array.from({ length: 21 }, (_, at) => level((at - 21) * MINUTE, 2.1 + at / 100))
    await used.send(0, rising)
    await used.send(21, [level(-30 * SECOND, 9)])
    expect(used.stores.alarms.list({ limit: 10 })).toHaveLength(1)
    await used.send(22, [level(0, 2.31)])
    const { values, quality } = used.explain('high', 'g1')
    expect(values.stage).toBe(2.31)
    expect(values.climb).toBeCloseTo(0.6, 6)
    expect(quality).toEqual({ level: PENDING })
  })

  it('duplicates are judged by nobody', async () => {
    const used = await open()
    await used.send(0, [level(0, 1), level(10 * SECOND, 1)])
    await used.send(2, [level(10 * SECOND, 1), level(10 * SECOND, 50)])
    await used.send(4, [level(20 * SECOND, 1)])
    expect(stored(used)).toEqual([PASS, PASS, PENDING])
  })

  it('flags are the same whether the cloud was killed or not, and come back from the journal', async () => {
    const values = fc.array(fc.constantFrom(1, 1, 1, 1.5, 4, 70), { minLength: 4, maxLength: 10 })
    let next = 0
    const sendAll = async (used: TestIngest, readings: Reading[][], kills: boolean): Promise<TestIngest> => {
      let one = used
      for (const batch of readings) {
        await one.send(next, batch)
        next += batch.length
        if (!kills) continue
        await one.kill()
        one = await open(one.folder)
      }
      return one
    }
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 3 }), async (all, size) => {
        next = 0
        const readings = all.map((v, at) => level((at - all.length) * MINUTE, v))
        const batches = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
          readings.slice(at * size, (at + 1) * size),
        )
        const unbroken = await sendAll(await open(), batches, false)
        next = 0
        const broken = await sendAll(await open(), batches, true)
        expect(stored(broken)).toEqual(stored(unbroken))
        expect(journalled(broken)).toEqual(journalled(unbroken))
        const log = createLog('test')
        log.level = 'silent'
        const states = [unbroken, broken].map(({ stores }) =>
          recoverEngine(stores.journal, log).engines.judge.state(),
        )
        expect(states[1]).toEqual(states[0])
      }),
      { numRuns: 4 },
    )
  })
})
