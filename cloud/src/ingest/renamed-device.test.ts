import { Quality } from '@picket/devices'
import { afterEach, expect, it } from 'vitest'
import type { Configuration } from '../stores/sqlite/journal.ts'
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

const MINUTE = 60_000

/** The one gauge under another id, with names that messages may have for it. */
const renamed = (id: string, more: object): Configuration => ({
  ...configurationWith([]),
  registry: JSON.stringify({
    sites: [{ id: 's', name: { en: 'S', zh: 'S' } }],
    gateways: [{ id: GATEWAY, passwordFile: 'unused' }],
    devices: [{ id, model: 'water-level-gauge', site: 's', gateways: [GATEWAY], ...more }],
  }),
})

let used: TestIngest
afterEach(async () => {
  if (used.stores.db.open) await used.stores.close()
  removeFolder(used.folder)
})

it('a device that is renamed keeps its readings, its alarm and its old name in messages', async () => {
  used = await openIngest(['g1'])
  const { recorded } = await used.send(0, [
    ...Array.from({ length: 36 }, (_, at) => level((at - 35) * MINUTE, 1)),
    level(MINUTE, 4),
  ])
  const [alarm = ''] = recorded.alarms
  await used.configure(mustCompile(renamed('gauge-1', { formerly: ['g1'] })))
  expect(used.stores.alarms.get(alarm)?.alarm).toMatchObject({ device: 'g1', clearedAt: null })
  // The gateway goes on with the old id; a rule over half an hour sees the readings of before.
  const { outcomes } = await used.send(37, [level(2 * MINUTE, 5.5)])
  expect(outcomes[0]?.stored).toMatchObject([{ device: 'gauge-1', v: 5.5, q: Quality.PASS }])
  expect(used.stores.alarms.get(alarm)).toMatchObject({
    alarm: { level: 'red', clearedAt: null },
    transitions: [{ kind: 'raised' }, { kind: 'escalated' }],
  })
  await used.kill()
  used = await openIngest([], used.folder)
  await used.send(38, [level(3 * MINUTE, 1, 'gauge-1'), level(4 * MINUTE, 1)])
  expect(used.stores.alarms.get(alarm)?.alarm).toMatchObject({ clearedAt: NOW + 3 * MINUTE })
  const points = async (device: string) =>
    (
      await used.stores.readings.range({
        ...{ device, quantity: 'level', resolutionMs: 0, limit: 99 },
        ...{ from: 0, to: Number.MAX_SAFE_INTEGER },
      })
    ).map(({ v }) => v)
  expect(await points('g1')).toHaveLength(37)
  expect(await points('gauge-1')).toEqual([5.5, 1, 1])
})

it('a message may name a device by its identifiers', async () => {
  used = await openIngest(['g1'])
  const identifiers = [
    { scheme: 'serial', value: '0042' },
    { scheme: 'imei', value: '861234567890123' },
  ]
  await used.configure(mustCompile(renamed('g1', { identifiers })))
  const { outcomes } = await used.send(0, [
    level(0, 1, '0042'),
    level(1, 2, 'imei:861234567890123'),
    level(2, 3, 'serial:861234567890123'),
  ])
  expect(outcomes[0]?.stored.map(({ device, v }) => [device, v])).toEqual([
    ['g1', 1],
    ['g1', 2],
  ])
  expect(used.stores.quarantine.rejections({ limit: 9 })[0]?.reason).toBe('unknown device')
})
