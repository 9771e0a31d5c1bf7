import { join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ShadowPace } from '../ingest/shadow-pace.ts'
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
import { Publishing } from './publishing.ts'

const MINUTE = 60_000
const pack = (when: string): string => `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "x", zh: "x" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels: { red: { when: stage > ${when}, for: 2m } }
    notify: [duty]
`
const chen = { by: 'chen', why: 'tried' }
const log = createLog('test')
log.level = 'silent'

let open: TestIngest
let publishing: Publishing
let seq = 0

const publishingOf = ({ stores, ingest, clock }: TestIngest): Publishing =>
  new Publishing({ ruleSets: stores.ruleSets, ingest, clock, log })

/** One value a minute from NOW on; `minute` is where it goes on. */
async function feed(from: number, ...values: number[]): Promise<void> {
  for (const [at, v] of values.entries()) {
    open.clock.advanceTo(NOW + (from + at) * MINUTE)
    await open.send(seq++, [level((from + at) * MINUTE, v)])
  }
}

async function restart(): Promise<void> {
  const { now } = { now: open.clock.now() }
  await open.kill()
  open = await openIngest(['g1'], open.folder)
  open.clock.advanceTo(now)
  publishing = publishingOf(open)
}

const alarms = () => open.stores.alarms.list({ limit: 9 })

beforeEach(async () => {
  seq = 0
  open = await openIngest(['g1'])
  publishing = publishingOf(open)
  await publishing.takeFiles(mustCompile(configurationWith(['g1'], pack('5'))))
  await publishing.propose([{ file: 'new.yaml', text: pack('3') }], chen)
})

afterEach(async () => {
  await open.kill()
  removeFolder(open.folder)
})

describe('a shadow beside live', () => {
  it('pages nobody, and says what it does otherwise', async () => {
    expect(await publishing.shadowReport()).toBeUndefined()
    expect(await publishing.shadow(2, chen)).toEqual({ ok: true, number: 2 })
    expect(publishing.stateOf(2)).toBe('shadow')
    await feed(1, 4, 4, 4, 4)
    expect(alarms()).toEqual([])
    expect(open.stores.notifications.channels()).toEqual([])
    expect(await publishing.shadowReport()).toMatchObject({
      number: 2,
      since: NOW,
      counts: { gained: 1 },
      differences: [
        { kind: 'gained', rule: 'high', device: 'g1', live: null, shadow: { onset: NOW + MINUTE } },
      ],
    })
  })

  it('is the same after a kill, and after a stop that keeps the state', async () => {
    await publishing.shadow(2, chen)
    await feed(1, 4, 4, 4, 1, 1)
    const before = await publishing.shadowReport()
    await restart()
    expect(await publishing.shadowReport()).toEqual(before)
    await open.ingest.stop()
    await restart()
    expect(await publishing.shadowReport()).toEqual(before)
    await publishing.meetShadow()
    expect(publishing.stateOf(2)).toBe('shadow')
  })

  it('is promoted with its state: what it has goes live at once, with its onset', async () => {
    await publishing.shadow(2, chen)
    await feed(1, 4, 4, 4, 4)
    const plan = await publishing.plan(2)
    expect(plan).toMatchObject({
      plan: { resets: [], steps: [{ rule: 'high', device: 'g1', kind: 'raised', level: 'red' }] },
    })
    expect(await publishing.publish(2, chen)).toEqual({ ok: true, number: 2 })
    expect(alarms()).toMatchObject([{ rule: 'high', onset: NOW + MINUTE, state: 'unacknowledged' }])
    expect(open.stores.notifications.channels()).toEqual(['duty'])
    expect(await publishing.shadowReport()).toBeUndefined()
    await restart()
    await feed(5, 4, 1)
    expect(alarms()).toMatchObject([{ clearedAt: NOW + 6 * MINUTE }])
    const verified = verifyJournal(join(open.folder, 'cloud.db'), new Set(['duty']), log)
    expect(verified).toMatchObject({ transitions: 2, notifications: 2, differences: [] })
  })

  it('goes on while another revision is published, and is compared with that', async () => {
    await publishing.shadow(2, chen)
    await publishing.propose([{ file: 'other.yaml', text: pack('3.5') }], chen)
    await publishing.publish(3, chen)
    await feed(1, 4, 4, 4, 1)
    expect((await publishing.shadowReport())?.counts).toMatchObject({ gained: 0, unchanged: 1 })
  })

  it('is one: another takes its place, and withdrawing it ends it', async () => {
    await publishing.shadow(2, chen)
    await publishing.propose([{ file: 'other.yaml', text: pack('4') }], chen)
    await publishing.shadow(3, chen)
    expect(publishing.stateOf(2)).toBe('proposed')
    expect(await publishing.unshadow(2, chen)).toMatchObject({ code: 'rule-set-state' })
    await publishing.withdraw(3, chen)
    expect(await publishing.shadowReport()).toBeUndefined()
    expect(await publishing.shadow(3, chen)).toMatchObject({ code: 'rule-set-state' })
    expect(await publishing.shadow(1, chen)).toMatchObject({ code: 'rule-set-state' })
    expect(await publishing.shadow(9, chen)).toMatchObject({ code: 'not-found' })
  })

  it('ends by itself, and says so, when the registry no longer goes with it; live goes on', async () => {
    const parameters = 'parameters: { limit: { value: 5, unit: m, min: 0, max: 9, reason: r } }'
    const tuned = pack('limit').replace('levels:', `${parameters}\n    levels:`)
    const files = configurationWith(['g1'], tuned)
    await publishing.takeFiles(mustCompile(files))
    await publishing.shadow(2, chen)
    const registry = files.registry.replace('"id":"g1",', '"id":"g1","parameters":{"limit":4},')
    await publishing.takeFiles(mustCompile({ ...files, registry }))
    const stopped = open.committed.at(-1)?.stoppedShadow
    expect(stopped).toMatchObject({
      number: 2,
      why: expect.stringMatching(/registry: device "g1" sets "limit"/),
    })
    await publishing.shadowStopped(stopped as NonNullable<typeof stopped>)
    expect(publishing.stateOf(2)).toBe('proposed')
    expect(open.stores.ruleSets.events(2).at(-1)).toMatchObject({ kind: 'unshadowed', by: 'cloud' })
    await feed(1, 6, 6, 6)
    expect(alarms()).toHaveLength(1)
  })
})

describe('the pace of a shadow', () => {
  it('is too slow when it takes long at once, or much of a minute', () => {
    let now = 0
    const pace = new ShadowPace(() => now)
    pace.begin()
    now += 1500
    expect(pace.tooSlow()).toBeUndefined()
    now += 600
    expect(pace.tooSlow()).toMatch(/held up live/)
    now = 100_000
    let why: string | undefined
    for (let at = 0; at < 30 && why === undefined; at++) {
      pace.begin()
      now += 1000
      why = pace.tooSlow()
      now += 100
    }
    expect(why).toMatch(/20 s of 60 s/)
    const rested = new ShadowPace(() => now)
    for (let at = 0; at < 300; at++) {
      rested.begin()
      now += 300
      expect(rested.tooSlow()).toBeUndefined()
      now += 700
    }
  })
})
