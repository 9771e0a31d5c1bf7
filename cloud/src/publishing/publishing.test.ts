import { join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import type { Compiled } from '../ingest/engine-host.ts'
import { recoverEngine } from '../ingest/recovery.ts'
import {
  configurationWith,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from '../ingest/test-ingest.ts'
import { verifyJournal } from '../ingest/verification.ts'
import { openStores } from '../stores/sqlite/stores.ts'
import { Publishing } from './publishing.ts'

const rule = (id: string, limit: number, extra = ''): string => `
  - id: ${id}
    name: { en: High, zh: 高 }
    message: { en: "x", zh: "x" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels: { red: { when: stage > ${limit} } }
    ${extra}`
const pack = (...rules: string[]): string => `pack: test\nrules:${rules.join('')}\n`
const PLAIN = (limit: number) => pack(rule('high', limit))
const SAFE = (limit: number) => pack(rule('high', 3), rule('dam', limit, 'lifeSafety: true'))
const files = (text: string): Compiled => mustCompile(configurationWith(['g1'], text))
const packs = (text: string) => [{ file: 'new.yaml', text }]
const HOUR = 3_600_000
const chen = { by: 'chen', why: 'tried' }
const li = { by: 'li', why: 'read it' }

let open: TestIngest
const log = createLog('test')
log.level = 'silent'

const publishingOf = (one: TestIngest): Publishing =>
  new Publishing({ ruleSets: one.stores.ruleSets, ingest: one.ingest, clock: one.clock, log })

async function begin(text: string): Promise<Publishing> {
  open = await openIngest(['g1'])
  const publishing = publishingOf(open)
  await publishing.takeFiles(files(text))
  return publishing
}

const condition = (id = 'high'): string | undefined =>
  open.ingest.compiled.rules.find(one => one.id === id)?.levels[0]?.on.text

afterEach(async () => {
  await open.kill()
  removeFolder(open.folder)
})

describe('files', () => {
  it('become revision 1 at the first start, life safety or not', async () => {
    const publishing = await begin(SAFE(5))
    expect(open.stores.ruleSets.live()).toBe(1)
    expect(publishing.stateOf(1)).toBe('live')
    expect(condition('dam')).toBe('stage > 5')
  })

  it('that change are in force at once, as a revision of their own', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.takeFiles(files(PLAIN(4)))
    expect(open.stores.ruleSets.list({ before: 9, limit: 9 })).toMatchObject([
      { number: 2, parent: 1, author: 'files' },
      { number: 1, parent: null },
    ])
    expect(condition()).toBe('stage > 4')
  })

  it.each([
    ['change', SAFE(6)],
    ['remove', PLAIN(3)],
    ['unmark', SAFE(5).replace('lifeSafety: true', '')],
  ])('that %s a life-safety rule wait for a person', async (_, text) => {
    const publishing = await begin(SAFE(5))
    await publishing.takeFiles(files(text))
    expect(condition('dam')).toBe('stage > 5')
    expect(publishing.filesDiffer()).toEqual({ number: 2, touches: ['dam'] })
    expect(await publishing.publish(2, chen)).toMatchObject({ ok: false, code: 'approval-needed' })
    expect(await publishing.approve(2, chen)).toMatchObject({ ok: true })
    expect(await publishing.publish(2, chen)).toMatchObject({ ok: true })
    expect(open.stores.ruleSets.live()).toBe(2)
    expect(publishing.filesDiffer()).toBeUndefined()
  })

  it('do not override what a person has published, at no later start', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.propose(packs(PLAIN(4)), chen)
    await publishing.publish(2, chen)
    await publishing.takeFiles(files(PLAIN(3)))
    expect(condition()).toBe('stage > 4')
    expect(publishing.filesDiffer()).toEqual({ number: 1, touches: [] })
    await publishing.takeFiles(files(PLAIN(7)))
    expect(condition()).toBe('stage > 4')
    expect(publishing.stateOf(3)).toBe('proposed')
  })

  it('still bring devices when the rules of a person are in force', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.propose(packs(PLAIN(4)), chen)
    await publishing.publish(2, chen)
    await publishing.takeFiles(mustCompile(configurationWith(['g1', 'g2'], PLAIN(3))))
    expect(open.ingest.compiled.registry.devices.map(({ id }) => id)).toEqual(['g1', 'g2'])
    expect(condition()).toBe('stage > 4')
  })
})

describe('a proposal', () => {
  it('that would tell somebody who is not there says so before it is published', async () => {
    const publishing = await begin(PLAIN(3))
    const named = pack(rule('high', 3, 'notify: [dutty]'))
    await publishing.takeFiles(mustCompile({ ...configurationWith(['g1'], PLAIN(3)), channels: ['duty'] }))
    await publishing.propose(packs(named), chen)
    const warnings = ['rule high notifies "dutty", which is no channel of the cloud (duty)']
    const ruleSet = open.stores.ruleSets.get(2)
    expect(ruleSet && publishing.warningsOf(ruleSet)).toEqual(warnings)
    expect(await publishing.plan(2)).toMatchObject({ ok: true, plan: { warnings } })
    const first = open.stores.ruleSets.get(1)
    expect(first && publishing.warningsOf(first)).toEqual([])
  })

  it('that somebody else was faster than says what it would undo', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.propose(packs(PLAIN(4)), chen)
    await publishing.propose(packs(PLAIN(5)), li)
    expect(await publishing.plan(3)).toMatchObject({ plan: { warnings: [] } })
    await publishing.publish(2, chen)
    const warnings = ['rule set 2 came into force after 3 was proposed: what only 2 has would be undone']
    expect(await publishing.plan(3)).toMatchObject({ plan: { warnings } })
    const ruleSet = open.stores.ruleSets.get(3)
    expect(ruleSet && publishing.warningsOf(ruleSet)).toEqual(warnings)
    // Going back is meant to undo.
    expect(await publishing.plan(1)).toMatchObject({ plan: { warnings: [] } })
  })

  it('that does not compile is refused with file and line', async () => {
    const publishing = await begin(PLAIN(3))
    const refused = await publishing.propose(packs(PLAIN(3).replace('stage >', 'colour >')), chen)
    expect(refused).toMatchObject({ ok: false, code: 'rule-set-faults' })
    expect(!refused.ok && refused.details[0]).toMatch(/^new\.yaml:8: .*colour/)
    expect(open.stores.ruleSets.get(2)).toBeUndefined()
  })

  it('changes nothing until it is published, and nothing once withdrawn', async () => {
    const publishing = await begin(PLAIN(3))
    expect(await publishing.propose(packs(PLAIN(4)), chen)).toEqual({ ok: true, number: 2 })
    expect(condition()).toBe('stage > 3')
    await publishing.withdraw(2, li)
    expect(await publishing.publish(2, chen)).toMatchObject({ code: 'rule-set-state' })
    expect(open.stores.ruleSets.events(2)).toMatchObject([
      { kind: 'proposed', by: 'chen', why: 'tried' },
      { kind: 'withdrawn', by: 'li', why: 'read it' },
    ])
  })

  it('is approved by another person than its author, whatever token they use', async () => {
    const publishing = await begin(SAFE(5))
    await publishing.propose(packs(SAFE(6)), chen)
    for (const by of ['chen', 'token chen'])
      expect(await publishing.approve(2, { by, why: 'mine' })).toMatchObject({ code: 'approval-own' })
    expect(await publishing.publish(2, li)).toMatchObject({ code: 'approval-needed' })
    await publishing.approve(2, li)
    expect(await publishing.publish(2, chen)).toMatchObject({ ok: true })
    expect(condition('dam')).toBe('stage > 6')
  })

  it('needs a new approval when something else was put in force since', async () => {
    const publishing = await begin(SAFE(5))
    await publishing.propose(packs(SAFE(6)), chen)
    await publishing.approve(2, li)
    await publishing.propose(packs(SAFE(5).replace('stage > 3', 'stage > 2')), chen)
    await publishing.publish(3, chen)
    expect(await publishing.publish(2, chen)).toMatchObject({ code: 'approval-needed' })
  })

  it('is one of at most a hundred that wait', async () => {
    const publishing = await begin(PLAIN(3))
    for (let at = 0; at < 100; at++) await publishing.propose(packs(PLAIN(at)), chen)
    expect(await publishing.propose(packs(PLAIN(4)), chen)).toMatchObject({ code: 'rule-set-open' })
  })
})

describe('a start at which what was in force does not compile any more', () => {
  const limit = (text: string): Compiled => mustCompile(configurationWith(['g1'], text))

  it('is from the files, says so until a person publishes, and loses nothing', async () => {
    let publishing = await begin(PLAIN(3))
    await publishing.propose(packs(PLAIN(4)), chen)
    await publishing.publish(2, chen)
    await open.send(0, [level(0, 7)])
    const [alarm] = open.stores.alarms.list({ limit: 9 })
    // A newer Picket may refuse what this one took: the text in the journal is made such.
    for (const table of ['journal', 'snapshot']) {
      const column = table === 'journal' ? 'body' : 'configuration'
      open.stores.db.exec(
        `UPDATE ${table} SET ${column} = CAST(replace(CAST(${column} AS TEXT), 'stage > 4', 'stage >> 4') AS BLOB)
         WHERE CAST(${column} AS TEXT) LIKE '%stage > 4%'`,
      )
    }
    open.stores.db.exec("UPDATE rule_set SET packs = replace(packs, 'stage > 4', 'stage >> 4')")
    await open.kill()
    const stores = openStores(join(open.folder, 'cloud.db'))
    expect(() => recoverEngine(stores.journal, log)).toThrow(/does not compile/)
    const { refused } = recoverEngine(stores.journal, log, limit(PLAIN(3)))
    expect(refused[0]).toMatch(/test.yaml|new.yaml/)
    await stores.close()
    open = await openIngest(['g1'], open.folder, limit(PLAIN(3)))
    publishing = publishingOf(open)
    open.clock.advanceTo(NOW + HOUR)
    await publishing.fallBack(limit(PLAIN(3)), refused)
    await publishing.takeFiles(limit(PLAIN(3)))
    expect(publishing.fellBack()?.why).toMatch(/rule set 2 does not compile any more: new.yaml:/)
    expect(open.stores.ruleSets.live()).toBe(1)
    expect(condition()).toBe('stage > 3')
    expect(open.stores.alarms.list({ limit: 9 })).toEqual([alarm])
    await open.kill()
    open = await openIngest(['g1'], open.folder, limit(PLAIN(3)))
    publishing = publishingOf(open)
    open.clock.advanceTo(NOW + 2 * HOUR)
    await open.send(9, [level(2 * HOUR - 60_000, 1), level(2 * HOUR, 9)])
    const { refused: passedOver, ...verified } = verifyJournal(
      join(open.folder, 'cloud.db'),
      new Set(['duty']),
      log,
    )
    expect(passedOver).toMatchObject([
      { from: NOW, to: NOW + HOUR, why: expect.stringContaining('stage >> 4') },
    ])
    expect(verified).toMatchObject({ differences: [], transitions: 2 })
    await publishing.takeFiles(limit(PLAIN(3)))
    expect(publishing.fellBack()).toBeDefined()
    await publishing.propose(packs(PLAIN(5)), chen)
    await publishing.publish(3, chen)
    expect(publishing.fellBack()).toBeUndefined()
  })
})

describe('a plan', () => {
  it('says what a proposal would change and reset, and is what publishing then does', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.propose(packs(pack(rule('high', 4), rule('other', 9))), chen)
    const answer = await publishing.plan(2)
    if (!answer.ok) throw new Error(answer.message)
    expect(answer.plan).toMatchObject({
      added: ['other'],
      removed: [],
      unchanged: 0,
      changed: [
        {
          rule: 'high',
          differences: [{ place: 'levels.red.when', before: 'stage > 3', after: 'stage > 4' }],
        },
      ],
      steps: [],
    })
    expect(condition()).toBe('stage > 3')
    expect(await publishing.plan(9)).toMatchObject({ code: 'not-found' })
  })

  it('names the alarms that would end at once, which publishing ends', async () => {
    const publishing = await begin(PLAIN(3))
    await open.send(0, [level(0, 7)])
    expect(open.stores.alarms.list({ limit: 9, state: 'active' })).toHaveLength(1)
    await publishing.propose(packs(pack(rule('other', 9))), chen)
    const answer = await publishing.plan(2)
    expect(answer).toMatchObject({
      plan: { removed: ['high'], stepCount: 1, steps: [{ rule: 'high', device: 'g1', kind: 'cleared' }] },
    })
    expect(open.stores.alarms.list({ limit: 9, state: 'active' })).toHaveLength(1)
    await publishing.publish(2, chen)
    expect(open.stores.alarms.list({ limit: 9, state: 'active' })).toHaveLength(0)
  })
})

describe('a rollback', () => {
  it('to what was in force before the last change needs nobody else, further back it does', async () => {
    const publishing = await begin(SAFE(5))
    for (const [number, limit] of [
      [2, 6],
      [3, 7],
    ] as const) {
      await publishing.propose(packs(SAFE(limit)), chen)
      await publishing.approve(number, li)
      await publishing.publish(number, chen)
    }
    expect(await publishing.rollBack(1, chen)).toMatchObject({ code: 'approval-needed' })
    expect(await publishing.rollBack(2, chen)).toMatchObject({ ok: true })
    expect(condition('dam')).toBe('stage > 6')
    expect(publishing.stateOf(3)).toBe('past')
  })

  it('goes only to what was in force', async () => {
    const publishing = await begin(PLAIN(3))
    await publishing.propose(packs(PLAIN(4)), chen)
    expect(await publishing.rollBack(2, chen)).toMatchObject({ code: 'rule-set-state' })
    expect(await publishing.rollBack(9, chen)).toMatchObject({ code: 'not-found' })
  })
})
