import { join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import { afterEach, expect, it } from 'vitest'
import {
  configurationWith,
  level,
  mustCompile,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'
import { verifyJournal } from './verification.ts'

const MINUTE = 60_000
const under = (...channels: string[]) => mustCompile({ ...configurationWith(['g1']), channels })

let used: TestIngest
afterEach(async () => {
  await used.kill()
  removeFolder(used.folder)
})

it('a step tells only whom there is, says who is not, and is replayed so, whatever channels come and go', async () => {
  used = await openIngest(['g1'])
  await used.configure(under('office'))
  await used.send(0, [level(0, 4)])
  await used.configure(under('duty'))
  await used.send(1, [level(MINUTE, 1), level(2 * MINUTE, 4)])
  const steps = used.stores.alarms
    .list({ limit: 9 })
    .toReversed()
    .flatMap(({ id }) => used.stores.alarms.get(id)?.transitions ?? [])
    .map(({ kind, trace }) => [kind, (trace as { telling: object }).telling])
  const gone = { told: [], withheld: [{ by: 'no such channel', channel: 'duty' }] }
  expect(steps).toEqual([
    ['raised', gone],
    ['cleared', { told: ['duty'], withheld: [] }],
    ['raised', { told: ['duty'], withheld: [] }],
  ])
  const log = createLog('test')
  log.level = 'silent'
  const verified = verifyJournal(join(used.folder, 'cloud.db'), new Set(['another']), log)
  expect(verified).toMatchObject({ differences: [], notifications: 2, transitions: 3 })
})
