import { join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import type { FlagRequest } from '@picket/rules'
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
import { verifyJournal } from './verification.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LATCHED = `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{device} at {stage} m", zh: "{device} {stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      orange: { when: stage > 3, until: stage < 2 }
    notify: [duty]
    latch: true
`

describe('what operators do with alarms', () => {
  let opened: TestIngest[] = []
  const open = async (folder?: string): Promise<TestIngest> => {
    const one = await openIngest(['g1', 'g2'], folder)
    if (folder === undefined) await one.configure(mustCompile(configurationWith(['g1', 'g2'], LATCHED)))
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

  const shelving = (of: Partial<FlagRequest> = {}): FlagRequest => ({
    kind: 'shelved',
    scope: { rule: 'high', device: 'g1' },
    until: NOW + HOUR,
    by: 'chen',
    reason: 'the crew stands beside it',
    ...of,
  })
  const told = ({ stores }: TestIngest): string[] =>
    (stores.db.prepare('SELECT body FROM notification ORDER BY id').pluck().all() as string[]).map(
      body => JSON.parse(body).kind,
    )
  const alarmOf = ({ stores }: TestIngest) => stores.alarms.list({ limit: 1 })[0]
  const verified = ({ folder }: TestIngest) => {
    const log = createLog('test')
    log.level = 'silent'
    return verifyJournal(join(folder, 'cloud.db'), new Set(['duty']), log)
  }

  it('a shelved alarm is recorded and tells nobody; at the end of the shelving it pages, restarts or not', async () => {
    const used = await open()
    const flag = await used.actions.flag(shelving())
    expect(flag).toMatchObject({ kind: 'shelved', by: 'chen', from: NOW, until: NOW + HOUR })
    expect([...(used.committed.at(-1)?.recorded.flags ?? [])]).toEqual([(flag as { id: string }).id])
    await used.send(0, [level(0, 4)])
    expect(alarmOf(used)).toMatchObject({ level: 'orange', state: 'unacknowledged' })
    expect(told(used)).toEqual([])
    await used.kill()

    const again = await open(used.folder)
    const episode = alarmOf(again)?.id as string
    expect(await again.ingest.look(({ engine }) => engine.withheld(episode))).toMatchObject([
      { by: 'shelved' },
    ])
    const standing = { state: 'in-force', now: NOW, limit: 10 } as const
    expect(again.stores.flags.list(standing)).toMatchObject([{ reason: 'the crew stands beside it' }])
    again.clock.advanceTo(NOW + HOUR)
    await again.ingest.writeOwn([])
    expect(told(again)).toEqual(['announced'])
    expect(again.stores.flags.list({ ...standing, state: 'past', now: NOW + HOUR })).toMatchObject([
      { endedAt: NOW + HOUR, endedBy: null, endReason: null },
    ])
    expect(verified(again)).toMatchObject({ flags: 2, notifications: 1, differences: [] })
  })

  it('a flag that is taken away says by whom and why, once', async () => {
    const used = await open()
    const planned = shelving({
      kind: 'maintenance',
      scope: { site: 's' },
      from: NOW + HOUR,
      until: NOW + 2 * HOUR,
    })
    const { id } = (await used.actions.flag(planned)) as { id: string }
    const filter = { state: 'planned', now: NOW, limit: 10 } as const
    expect(used.stores.flags.list(filter)).toMatchObject([{ id, from: NOW + HOUR }])
    expect(used.stores.flags.list({ ...filter, state: 'in-force' })).toEqual([])
    expect(used.stores.flags.list({ ...filter, state: 'in-force', now: NOW + HOUR })).toHaveLength(1)
    expect(await used.actions.unflag({ flag: id, by: 'li', reason: 'put off' })).toBe(true)
    expect(await used.actions.unflag({ flag: id, by: 'li' })).toBe(false)
    expect(used.stores.flags.get(id)).toMatchObject({ endedAt: NOW, endedBy: 'li', endReason: 'put off' })
    expect(used.stores.flags.list({ now: NOW, limit: 10 })).toHaveLength(1)
    expect(verified(used)).toMatchObject({ flags: 2, differences: [] })
  })

  it('a latched alarm stays, once over, until it is acknowledged and reset', async () => {
    const used = await open()
    await used.send(0, [level(0, 4), level(1000, 1)])
    const episode = alarmOf(used)?.id as string
    expect(alarmOf(used)?.state).toBe('returned-unacknowledged')
    expect(await used.actions.reset({ episode, by: 'chen' })).toBe(false)
    expect(await used.actions.acknowledge({ episode, by: 'chen' })).toBe(true)
    expect(used.stores.alarms.list({ state: 'open', limit: 10 })).toMatchObject([{ state: 'latched' }])
    expect(await used.actions.reset({ episode, by: 'li', note: 'gauge read by eye' })).toBe(true)
    expect(used.stores.alarms.list({ state: 'open', limit: 10 })).toEqual([])
    expect(used.stores.alarms.get(episode)?.transitions.at(-1)).toMatchObject({
      kind: 'reset',
      by: 'li',
      trace: { note: 'gauge read by eye' },
    })
    expect(verified(used).differences).toEqual([])
  })

  it.each<[string, Partial<FlagRequest>, string]>([
    ['nothing is named', { scope: {} }, 'flag-scope'],
    ['the rule is unknown', { scope: { rule: 'hihg', device: 'g1' } }, 'flag-scope'],
    ['the device is unknown', { scope: { rule: 'high', device: 'g9' } }, 'flag-scope'],
    ['the site is unknown', { scope: { rule: 'high', site: 'x' } }, 'flag-scope'],
    ['the rule does not watch the device', { scope: { rule: 'high', device: 'gw-1' } }, 'flag-scope'],
    [
      'the device stands elsewhere',
      { kind: 'maintenance', scope: { device: 'gw-1', site: 's' } },
      'flag-scope',
    ],
    ['it lasts too long', { until: NOW + 25 * HOUR }, 'flag-too-long'],
    ['it is over before it begins', { until: NOW }, 'flag-time'],
    ['only maintenance is planned', { from: NOW + MINUTE }, 'flag-notice'],
  ])('no flag is set where %s', async (_, wrong, code) => {
    const used = await open()
    expect(await used.actions.flag(shelving(wrong))).toMatchObject({ code, message: expect.any(String) })
    expect(used.stores.flags.list({ now: NOW, limit: 10 })).toEqual([])
  })
})
