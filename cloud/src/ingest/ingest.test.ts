import { crc32c, encodeBatch, Lane, Quality } from '@picket/devices'
import { afterEach, describe, expect, it } from 'vitest'
import {
  configurationWith,
  EPOCH,
  GATEWAY,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'

const MINUTE = 60_000

describe('ingest', () => {
  let opened: TestIngest[] = []
  const open = async (devices = ['g1'], folder?: string): Promise<TestIngest> => {
    const one = await openIngest(devices, folder)
    opened.push(one)
    return one
  }
  afterEach(async () => {
    for (const { stores, folder } of opened) {
      if (stores.db.open) await stores.close()
      removeFolder(folder)
    }
    opened = []
  })

  const custody = ({ stores }: TestIngest) => stores.ledger.custody(GATEWAY)[0]

  it('stores a batch, settles its numbers, and answers with the range', async () => {
    const used = await open()
    const { outcomes, acknowledgements } = await used.send(0, [level(0, 1), level(1000, 1.5)])
    expect(outcomes[0]).toMatchObject({ duplicate: 0, conflict: 0, quarantined: 0 })
    expect(outcomes[0]?.stored.map(({ v, q }) => [v, q])).toEqual([
      [1, Quality.PASS],
      [1.5, Quality.PASS],
    ])
    expect(acknowledgements).toEqual([{ gateway: GATEWAY, message: { settled: { [EPOCH]: [[0, 1]] } } }])
  })

  it('takes a record once, however batches are cut', async () => {
    const used = await open()
    await used.send(0, [level(0, 1), level(1000, 2)])
    const { outcomes } = await used.send(1, [level(1000, 2), level(2000, 3)])
    expect(outcomes[0]).toMatchObject({ duplicate: 0 })
    expect(outcomes[0]?.stored).toHaveLength(1)
    expect(custody(used)).toMatchObject({ committed: [[0, 2]], missing: [], next: 3 })
  })

  it('knows a reading that comes under another number, and sets another value for its time aside', async () => {
    const used = await open()
    await used.send(0, [level(0, 1)])
    const { outcomes } = await used.send(1, [level(0, 1), level(0, 9)])
    expect(outcomes[0]).toMatchObject({ duplicate: 1, conflict: 1, quarantined: 1 })
    expect(custody(used)).toMatchObject({ committed: [[0, 1]], quarantined: [[2, 2]], missing: [] })
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]?.reason).toContain('conflict')
  })

  it.each([
    ['of an unknown device', level(0, 1, 'nobody'), 'unknown device'],
    ['of an unknown quantity', { ...level(0, 1), quantity: 'colour' }, 'unknown quantity'],
    ['from the future', level(3_600_000, 1), 'time in the future'],
    ['of another gateway', { ...level(0, 1), device: 'gw-2', quantity: 'disk_free' }, 'unknown device'],
  ])('sets a reading %s aside and takes the others', async (_, reading, reason) => {
    const used = await open()
    const { outcomes } = await used.send(0, [level(0, 1), reading, level(1000, 2)])
    expect(outcomes[0]?.stored).toHaveLength(2)
    expect(custody(used)).toMatchObject({
      committed: [
        [0, 0],
        [2, 2],
      ],
      quarantined: [[1, 1]],
    })
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]?.reason).toContain(reason)
  })

  it('refuses a device that speaks through another gateway', async () => {
    const used = await open()
    await used.send(0, [level(0, 1)], 'gw-2')
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]).toMatchObject({
      gateway: 'gw-2',
      reason: 'not registered to this gateway',
    })
    expect(used.stores.readings.latest().size).toBe(0)
  })

  it('takes readings out of quarantine when their device is registered', async () => {
    const used = await open()
    await used.send(0, [level(0, 4, 'g2'), level(1000, 4.1, 'g2')])
    expect(custody(used)).toMatchObject({ quarantined: [[0, 1]] })
    await used.configure(mustCompile(configurationWith(['g1', 'g2'])))
    expect(custody(used)).toMatchObject({ committed: [[0, 1]], quarantined: [] })
    expect(used.stores.readings.latest().get('g2/level')?.v).toBe(4.1)
    expect(used.stores.alarms.list({ limit: 10 })[0]).toMatchObject({ device: 'g2', rule: 'high' })
  })

  it('quarantines a batch that cannot be decoded, with its bytes, and answers', async () => {
    const used = await open()
    // A body that is no zstd under a header that holds.
    const { acknowledgements } = await used.sendBytes(brokenBody())
    expect(acknowledgements).toEqual([{ gateway: GATEWAY, message: { settled: { [EPOCH]: [[7, 8]] } } }])
    expect(custody(used)).toMatchObject({ quarantined: [[7, 8]], missing: [[0, 6]] })
  })

  it('says nothing to a batch whose check sum is wrong: it will come again', async () => {
    const used = await open()
    const bytes = encodeBatch({ epoch: EPOCH, lane: Lane.LIVE, firstSeq: 0, records: [level(0, 1)] })
    bytes[40] = (bytes[40] as number) ^ 1
    const { acknowledgements } = await used.sendBytes(bytes)
    expect(acknowledgements).toEqual([])
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]?.reason).toContain('CRC-32C')
  })

  it('settles what a gateway says it dropped, but not what it has', async () => {
    const used = await open()
    await used.send(0, [level(0, 1), level(1000, 2)])
    await used.send(10, [{ note: { type: 'gap', epoch: EPOCH, first: 1, last: 5, reason: 'outbox full' } }])
    expect(custody(used)).toMatchObject({
      committed: [
        [0, 1],
        [10, 10],
      ],
      dropped: [[2, 5]],
      missing: [[6, 9]],
    })
  })

  it('records as lost what nobody can have any more, and says what need not be sent', async () => {
    const used = await open()
    await used.send(4, [level(0, 1)])
    const hello = {
      instance: 'aa'.repeat(16),
      nonce: 'bb'.repeat(16),
      epochs: [{ epoch: EPOCH, low: 3, next: 9 }],
    }
    expect(await used.ingest.greet(GATEWAY, hello)).toEqual({
      nonce: hello.nonce,
      settled: {
        [EPOCH]: [
          [0, 2],
          [4, 4],
        ],
      },
    })
    expect(custody(used)).toMatchObject({
      lost: [[0, 2]],
      committed: [[4, 4]],
      missing: [
        [3, 3],
        [5, 8],
      ],
    })
  })

  it('refuses an instance that another one has taken the place of, and raises it as a reading', async () => {
    const used = await open()
    const hello = (instance: string) => ({ instance: instance.repeat(32), nonce: 'b'.repeat(32), epochs: [] })
    expect(await used.ingest.greet(GATEWAY, hello('1'))).toBeDefined()
    expect(await used.ingest.greet(GATEWAY, hello('2'))).toBeDefined()
    expect(await used.ingest.greet(GATEWAY, hello('2'))).toBeDefined()
    expect(await used.ingest.greet(GATEWAY, hello('1'))).toBeUndefined()
    expect(used.stores.gateways.get(GATEWAY)).toMatchObject({ conflict: true, instance: '2'.repeat(32) })
    expect(used.stores.readings.latest().get(`${GATEWAY}/instance_conflict`)?.v).toBe(1)
  })

  it('writes an alarm, its trace and its notification with the readings that raised it', async () => {
    const used = await open()
    await used.send(0, [level(0, 4)])
    const [alarm] = used.stores.alarms.list({ limit: 10 })
    expect(alarm).toMatchObject({
      level: 'orange',
      state: 'unacknowledged',
      message: { en: 'g1 at 4 m' },
      onset: NOW,
    })
    expect(used.stores.alarms.get(alarm?.id as string)?.transitions[0]?.trace).toMatchObject({
      values: { stage: 4 },
    })
    expect(used.stores.notifications.due('duty', NOW)).toMatchObject({
      body: { kind: 'raised', alarm: { id: alarm?.id } },
    })
    expect(await used.actions.acknowledge({ episode: alarm?.id as string, by: 'chen' })).toBe(true)
    expect(await used.actions.acknowledge({ episode: alarm?.id as string, by: 'chen' })).toBe(false)
    expect(used.stores.alarms.list({ limit: 10 })[0]).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'chen',
    })
  })

  it('comes back from a kill with the same engine, and tells nothing twice', async () => {
    const used = await open()
    await used.send(
      0,
      Array.from({ length: 40 }, (_, at) => level((at - 40) * MINUTE, 1 + at / 10)),
    )
    await used.send(40, [level(-50 * MINUTE, 7), level(0, 4.2)])
    await used.actions.acknowledge({
      episode: used.stores.alarms.list({ limit: 1 })[0]?.id as string,
      by: 'chen',
    })
    const before = used.engineState()
    const alarms = used.stores.alarms.list({ limit: 10 })
    expect(alarms.length).toBeGreaterThan(0)
    await used.kill()

    const again = await open(['g1'], used.folder)
    expect(again.engineState()).toBe(before)
    expect(again.stores.alarms.list({ limit: 10 })).toEqual(alarms)
    await again.send(42, [level(MINUTE, 4.3)])
    expect(again.stores.alarms.list({ limit: 10 })).toHaveLength(alarms.length)
  })

  it('comes back from a snapshot as from the journal', async () => {
    const used = await open()
    await used.send(
      0,
      Array.from({ length: 40 }, (_, at) => level((at - 40) * MINUTE, 1 + at / 10)),
    )
    const before = used.engineState()
    await used.ingest.stop()
    await used.stores.close()
    const again = await open(['g1'], used.folder)
    expect(again.engineState()).toBe(before)
  })
})

function brokenBody(): Buffer {
  const bytes = encodeBatch({
    epoch: EPOCH,
    lane: Lane.LIVE,
    firstSeq: 7,
    records: [level(0, 1), level(1, 2)],
  })
  const broken = Buffer.concat([bytes.subarray(0, 32), Buffer.from('this is no zstd frame')])
  broken.writeUInt32BE(crc32c(broken.subarray(32), crc32c(broken.subarray(0, 28))), 28)
  return broken
}
