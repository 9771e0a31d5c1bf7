import { setImmediate as turn } from 'node:timers/promises'
import { createLog, SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../stores/sqlite/database.ts'
import { SqliteNotifications } from '../../stores/sqlite/notifications.ts'
import { type Dispatcher, type DispatcherOptions, startDispatcher } from './dispatcher.ts'
import { FakeOutbox } from './fake-outbox.ts'

const NOW = Date.UTC(2026, 4, 1)
const SECOND = 1000
const MINUTE = 60 * SECOND

const log = createLog('test')
log.level = 'silent'

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>

const groups = new SqliteNotifications(openDatabase(':memory:'))

let clock: SteppedClock
let outbox: FakeOutbox
let posts: { url: string; key: string; at: number }[]
let dispatcher: Dispatcher | undefined

beforeEach(() => {
  clock = new SteppedClock(NOW)
  outbox = new FakeOutbox()
  posts = []
})
afterEach(() => dispatcher?.stop())

function start(answer: Answer, extra: Partial<DispatcherOptions> = {}): Dispatcher {
  dispatcher = startDispatcher({
    outbox,
    groups,
    channels: [
      { name: 'a', url: 'http://a.test/' },
      { name: 'b', url: 'http://b.test/' },
    ],
    clock,
    log,
    random: () => 1,
    fetch: async (url, init) => {
      const key = new Headers(init.headers).get('idempotency-key') as string
      posts.push({ url, key, at: clock.now() - NOW })
      return answer(url, init)
    },
    ...extra,
  })
  return dispatcher
}

/** Lets everything happen that can happen at this instant. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn()
}

async function advance(durationMs: number): Promise<void> {
  const end = clock.now() + durationMs
  for (let at = clock.now(); at <= end; at += 250) {
    clock.advanceTo(at)
    await settle()
  }
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers })
const keys = () => posts.map(post => post.key)
/** Never answers; gives up when it is told to. */
const frozen: Answer = (_url, init) =>
  new Promise((_resolve, reject) =>
    init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
  )

describe('in order', () => {
  it('sends what waits at the start, and after wake what came since, the oldest first', async () => {
    for (let count = 0; count < 3; count++) outbox.put('a', NOW)
    const { wake } = start(() => status(204))
    await settle()
    expect(keys()).toEqual(['key-1', 'key-2', 'key-3'])
    outbox.put('a', NOW)
    wake()
    await settle()
    expect(keys()).toEqual(['key-1', 'key-2', 'key-3', 'key-4'])
    expect(outbox.channels()).toEqual([])
  })

  it('loses no wake that comes in the same turn as one that found nothing', async () => {
    outbox.put('a', NOW + MINUTE)
    const { wake } = start(() => status(200))
    wake()
    outbox.put('a', NOW)
    wake()
    await settle()
    expect(keys()).toEqual(['key-2'])
  })

  it('keeps the order of a channel that cannot be reached, one request at a time', async () => {
    outbox.put('a', NOW)
    outbox.put('a', NOW)
    let up = false
    start(() => status(up ? 200 : 503))
    await advance(20 * SECOND)
    expect(new Set(keys())).toEqual(new Set(['key-1']))
    up = true
    await advance(MINUTE)
    expect(keys().slice(-2)).toEqual(['key-1', 'key-2'])
  })
})

describe('retries', () => {
  it('waits 1, 2, 4 s and so on up to 5 minutes, and never gives up', async () => {
    outbox.put('a', NOW)
    start(() => {
      throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    })
    await advance(30 * MINUTE)
    const times = posts.map(post => post.at / SECOND)
    expect(times.slice(0, 9)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255])
    expect((times.at(-1) as number) - (times.at(-2) as number)).toBe(300)
    expect(outbox.row(1).errors[0]).toBe('not sent: ECONNREFUSED')
    expect(outbox.channels()).toEqual(['a'])
  })

  it('leaves out a random half of the wait', async () => {
    outbox.put('a', NOW)
    start(() => status(500), { random: () => 0 })
    await advance(5 * SECOND)
    expect(posts.map(post => post.at)).toEqual([0, 500, 1500, 3500])
  })

  it('goes on where it was after a restart', async () => {
    outbox.put('a', NOW)
    outbox.row(1).attempts = 5
    start(() => status(500))
    await settle()
    expect(outbox.row(1).nextAttemptAt).toBe(NOW + 32 * SECOND)
  })

  it('honours Retry-After in seconds and as a date, up to an hour', async () => {
    outbox.put('a', NOW)
    const answers = [
      status(429, { 'retry-after': '40' }),
      status(503, { 'retry-after': new Date(NOW + 100 * SECOND).toUTCString() }),
      status(503, { 'retry-after': '999999' }),
      status(200),
    ]
    start(() => answers.shift() as Response)
    await advance(101 * SECOND)
    expect(posts.map(post => post.at / SECOND)).toEqual([0, 40, 100])
    expect(outbox.row(1).nextAttemptAt).toBe(NOW + 100 * SECOND + 60 * MINUTE)
  })

  it('puts a refused one back for 5 minutes and lets the next go first', async () => {
    outbox.put('a', NOW)
    outbox.put('a', NOW)
    start((_url, init) => status(new Headers(init.headers).get('idempotency-key') === 'key-1' ? 400 : 200))
    await advance(2 * SECOND)
    expect(posts).toMatchObject([
      { key: 'key-1', at: 0 },
      { key: 'key-2', at: SECOND },
    ])
    expect(outbox.row(1)).toMatchObject({ deliveredAt: null, nextAttemptAt: NOW + 5 * MINUTE })
    await advance(5 * MINUTE)
    expect(outbox.row(1).attempts).toBe(2)
  })

  it('counts a redirect as refused and does not follow it', async () => {
    outbox.put('a', NOW)
    start(() => status(302, { location: 'http://elsewhere.test/' }))
    await advance(10 * SECOND)
    expect(posts).toHaveLength(1)
    expect(outbox.row(1).errors).toEqual(['answered with status 302'])
  })

  it('tells of failures, and of those that failed three times', async () => {
    outbox.put('a', NOW)
    let failures = 0
    const { overdue } = start(() => status(500), { onFailure: () => failures++ })
    await advance(2 * SECOND)
    expect([failures, overdue()]).toEqual([2, 0])
    await advance(2 * SECOND)
    expect([failures, overdue()]).toEqual([3, 1])
  })
})

describe('a channel that stands still', () => {
  it('delays no other, and is given up after 10 s', async () => {
    for (let count = 0; count < 50; count++) outbox.put('a', NOW)
    outbox.put('b', NOW)
    start((url, init) => (url === 'http://a.test/' ? frozen(url, init) : status(200)))
    await settle()
    expect(outbox.row(51).deliveredAt).toBe(NOW)
    expect(posts.filter(post => post.url === 'http://a.test/')).toHaveLength(1)
    await advance(10 * SECOND)
    expect(outbox.row(1).errors).toEqual(['no answer within 10000 ms'])
  })

  it('does not hold up the stop, and is not counted as failed by it', async () => {
    outbox.put('a', NOW)
    const { stop, wake } = start(frozen)
    await settle()
    await stop()
    expect(outbox.row(1).attempts).toBe(0)
    wake()
    await settle()
    expect(posts).toHaveLength(1)
  })
})

describe('what is wrong here', () => {
  it('keeps the notifications of a channel that is not configured, as failed', async () => {
    outbox.put('gone', NOW)
    const { overdue } = start(() => status(200))
    await advance(11 * MINUTE)
    expect(outbox.row(1).errors).toContain('no such channel is configured')
    expect(overdue()).toBe(1)
    expect(posts).toEqual([])
  })

  it('tries again with the same key where the outbox fails', async () => {
    outbox.put('a', NOW)
    outbox.broken = true
    start(() => status(200))
    await settle()
    outbox.broken = false
    await advance(5 * MINUTE)
    expect(keys()).toEqual(['key-1', 'key-1'])
    expect(outbox.row(1).deliveredAt).not.toBeNull()
  })

  it.each(['ftp://a.test/', 'file:///etc/passwd', 'nonsense', 'http://user:secret@a.test/'])(
    'refuses to start with %s, and does not repeat it',
    url => {
      expect(() => start(() => status(200), { channels: [{ name: 'a', url }] })).toThrow(/url of channel a/)
      expect(() => start(() => status(200), { channels: [{ name: 'a', url }] })).not.toThrow(/secret/)
    },
  )

  it('refuses two channels of one name', () => {
    const channel = { name: 'a', url: 'http://a.test/' }
    expect(() => start(() => status(200), { channels: [channel, channel] })).toThrow('named twice')
  })
})
