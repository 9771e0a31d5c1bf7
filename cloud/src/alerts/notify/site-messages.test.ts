import { setImmediate as turn } from 'node:timers/promises'
import { createLog, SteppedClock } from '@picket/devices/runtime'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Db, openDatabase } from '../../stores/sqlite/database.ts'
import { SqliteNotifications } from '../../stores/sqlite/notifications.ts'
import { channelFaults } from './channel.ts'
import { type Dispatcher, startDispatcher } from './dispatcher.ts'
import { type GroupBody, MOST_IN_MESSAGE } from './site-messages.ts'

const NOW = Date.UTC(2026, 4, 1)
const SECOND = 1000
const MINUTE = 60 * SECOND
const DUTY = { name: 'duty', url: 'http://duty.test/', group: { wait: '30s', interval: '5m' } }

const log = createLog('test')
log.level = 'silent'

interface Sent {
  at: number
  key: string
  body: GroupBody
}

let clock: SteppedClock
let db: Db
let outbox: SqliteNotifications
let sent: Sent[]
let answer: (sent: Sent) => number
let dispatcher: Dispatcher
let count = 0

function start(): void {
  dispatcher = startDispatcher({
    outbox,
    groups: outbox,
    channels: [DUTY],
    clock,
    log,
    random: () => 1,
    fetch: async (_url, init) => {
      const key = new Headers(init.headers).get('idempotency-key') as string
      const one = { at: clock.now() - NOW, key, body: JSON.parse(String(init.body)) }
      const status = answer(one)
      if (status === 204) sent.push(one)
      return new Response(null, { status })
    },
  })
}

beforeEach(() => {
  clock = new SteppedClock(NOW)
  db = openDatabase(':memory:')
  outbox = new SqliteNotifications(db)
  sent = []
  answer = () => 204
  count = 0
  start()
})
afterEach(async () => {
  await dispatcher.stop()
  db.close()
})

interface Step {
  site?: string
  level?: string
  kind?: string
}

function tell({ site = 'slope', level = 'orange', kind = 'raised' }: Step = {}): string {
  const id = `alarm-${count++}`
  outbox.add({
    idempotencyKey: id,
    channel: 'duty',
    body: { kind, at: clock.now(), alarm: { id, site, level } },
    at: clock.now(),
  })
  dispatcher.wake()
  return id
}

async function advance(durationMs: number, stepMs = SECOND): Promise<void> {
  const end = clock.now() + durationMs
  for (let at = clock.now(); at <= end; at += stepMs) {
    clock.advanceTo(at)
    for (let turns = 0; turns < 5; turns++) await turn()
  }
}

const inMessage = ({ body }: Sent): string[] => body.notifications.map(({ alarm }) => alarm.id)
const told = () => sent.map(one => [one.at / SECOND, ...inMessage(one)])

describe('alarms of one site', () => {
  it('that begin together are told once, when the first has waited', async () => {
    tell({ level: 'yellow' })
    await advance(10 * SECOND)
    tell()
    tell({ kind: 'cleared' })
    await advance(MINUTE)
    expect(told()).toEqual([[30, 'alarm-0', 'alarm-1', 'alarm-2']])
    expect(sent[0]?.body).toMatchObject({ kind: 'group', site: 'slope', level: 'orange' })
    expect(sent[0]?.body.notifications[1]).toMatchObject({ key: 'alarm-1', kind: 'raised' })
    expect(sent[0]?.key).toMatch(/^group-[0-9a-f]{32}-duty$/)
    expect(outbox.ofAlarm('alarm-1')).toMatchObject([{ deliveredAt: NOW + 30_000, together: 3 }])
  })

  it('put off none that waits, however many follow', async () => {
    for (let more = 0; more < 10; more++) {
      tell()
      await advance(4 * SECOND)
    }
    expect(told()[0]?.slice(0, 2)).toEqual([30, 'alarm-0'])
  })

  it('come again after the interval, counted from the message before; also after a restart', async () => {
    tell()
    await advance(40 * SECOND)
    await dispatcher.stop()
    start()
    tell()
    await advance(10 * MINUTE)
    tell()
    await advance(MINUTE)
    expect(told()).toEqual([
      [30, 'alarm-0'],
      [330, 'alarm-1'],
      [670, 'alarm-2'],
    ])
    expect(sent[0]?.key).toBe('alarm-0')
  })

  it('that are red go out at once, and take along what waits', async () => {
    tell({ level: 'yellow' })
    await advance(5 * SECOND)
    tell({ level: 'red', kind: 'escalated' })
    await advance(SECOND)
    tell({ level: 'red', kind: 'cleared' })
    tell({ level: 'red' })
    await advance(MINUTE)
    expect(told()).toEqual([
      [5, 'alarm-0', 'alarm-1'],
      [6, 'alarm-2', 'alarm-3'],
    ])
  })

  it('wait neither for another site, nor with what belongs to none', async () => {
    tell({ site: '-' })
    tell({ site: '-' })
    tell({ site: 'river' })
    tell()
    await advance(MINUTE)
    expect(told()).toEqual([
      [0, 'alarm-0'],
      [0, 'alarm-1'],
      [30, 'alarm-2'],
      [30, 'alarm-3'],
    ])
  })

  it('fill several messages at once where one has no room', async () => {
    for (let more = 0; more < MOST_IN_MESSAGE + 5; more++) tell()
    await advance(MINUTE)
    expect(told().map(([at, ...ids]) => [at, ids.length])).toEqual([
      [30, MOST_IN_MESSAGE],
      [30, 5],
    ])
  })
})

describe('a message', () => {
  it('that was not answered comes again as it was, under its key, whatever came since', async () => {
    const tried: Sent[] = []
    answer = one => {
      tried.push(one)
      return tried.length < 3 ? 503 : 204
    }
    tell()
    tell()
    await advance(31 * SECOND)
    tell()
    await dispatcher.stop()
    start()
    await advance(10 * MINUTE)
    expect(new Set(tried.slice(0, 3).map(({ key }) => key)).size).toBe(1)
    expect(tried.slice(0, 3).map(inMessage)).toEqual(Array(3).fill(['alarm-0', 'alarm-1']))
    expect(sent.map(inMessage)).toEqual([['alarm-0', 'alarm-1'], ['alarm-2']])
  })

  it('that is refused is taken apart', async () => {
    answer = ({ body }) => (body.notifications.length > 1 ? 413 : 204)
    const ids = [tell(), tell(), tell()]
    await advance(15 * MINUTE)
    expect(sent.flatMap(inMessage).sort()).toEqual(ids)
  })
})

it('nothing is lost and nothing told twice, whatever fails and however often it starts anew', async () => {
  const step = fc.record({
    site: fc.constantFrom('slope', 'river', '-'),
    level: fc.constantFrom('yellow', 'orange', 'red'),
    kind: fc.constantFrom('raised', 'cleared'),
    waitMs: fc.constantFrom(0, 1000, 20_000, 400_000),
    restarts: fc.boolean(),
    answers: fc.constantFrom(204, 204, 503, 413),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      clock = new SteppedClock(NOW)
      db = openDatabase(':memory:')
      outbox = new SqliteNotifications(db)
      sent = []
      const ids: string[] = []
      for (const { waitMs, restarts, answers, ...one } of steps) {
        answer = () => answers
        ids.push(tell(one))
        if (restarts) {
          await dispatcher.stop()
          start()
        }
        await advance(waitMs, 20_000)
      }
      answer = () => 204
      await dispatcher.stop()
      start()
      await advance(30 * MINUTE, 30_000)
      expect(sent.flatMap(inMessage).sort()).toEqual(ids.sort())
      expect(new Set(sent.map(({ key }) => key)).size).toBe(sent.length)
    }),
    { numRuns: 25 },
  )
})

it.each([
  [{ wait: '30', interval: '5m' }],
  [{ wait: '10m', interval: '5m' }],
  [{ wait: '30s', interval: '2h' }],
])('a channel with %o is refused', group => {
  expect(channelFaults([{ ...DUTY, group }])).toMatchObject([{ code: 'channel-group' }])
})
