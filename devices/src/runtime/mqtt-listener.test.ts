import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type Incoming,
  type MqttListener,
  type MqttListenerOptions,
  startMqttListener,
} from './mqtt-listener.ts'
import { type ConnectOptions, packet, publishPacket, RawClient } from './testing/raw-client.ts'

const NOT_AUTHORIZED = 5
const SUBSCRIPTION_REFUSED = 0x80

let listener: MqttListener
const clients: RawClient[] = []
let waiting: { message: Incoming; done: (error?: Error) => void }[] = []
let refused: string[] = []
let heard = (): void => {}

const start = async (options: Partial<MqttListenerOptions> = {}): Promise<void> => {
  listener = await startMqttListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'THE_PORT',
    maxPacketBytes: 10_000,
    maxClients: 10,
    authenticate: async (_, username) => username !== 'stranger',
    mayPublish: (_, topic) => topic.startsWith('up/'),
    maySubscribe: (_, filter) => filter.startsWith('down/'),
    commit(message, done) {
      waiting.push({ message, done })
      heard()
    },
    onRefused(_, what) {
      refused.push(what)
      heard()
    },
    ...options,
  })
}
const client = (): RawClient => {
  const raw = new RawClient(listener.port)
  clients.push(raw)
  return raw
}
const connected = async (options?: ConnectOptions): Promise<RawClient> => {
  const raw = client()
  expect(await raw.connect(options)).toBe(0)
  return raw
}
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise<void>(resolve => {
      heard = resolve
    })
  }
}
const publish = (topic: string, id: number, payload = 'x'): Buffer =>
  publishPacket(topic, id, Buffer.from(payload))

afterEach(async () => {
  for (const raw of clients.splice(0)) raw.socket.destroy()
  waiting = []
  refused = []
  await listener.stop()
})

describe('a listener', () => {
  it('acknowledges a message only after its commit', async () => {
    await start()
    const raw = await connected()
    raw.socket.write(Buffer.concat([publish('up/a', 1, 'one'), publish('up/a', 2, 'two')]))
    await until(() => waiting.length === 2)
    expect(waiting.map(({ message }) => message.payload.toString())).toEqual(['one', 'two'])
    expect(raw.unread).toBe(0)
    waiting[0]?.done()
    expect(await raw.puback()).toBe(1)
    expect(raw.unread).toBe(0)
    waiting[1]?.done()
    expect(await raw.puback()).toBe(2)
  })

  it('ends the connection without an acknowledgement when the commit fails', async () => {
    await start()
    const raw = await connected()
    raw.socket.write(publish('up/a', 1))
    await until(() => waiting.length === 1)
    waiting[0]?.done(new Error('disk full'))
    await raw.closed
    expect(raw.unread).toBe(0)
  })

  it('hands over what comes while earlier messages wait, as long as one read holds them', async () => {
    await start()
    const raw = await connected()
    raw.socket.write(Buffer.concat(Array.from({ length: 50 }, (_, id) => publish('up/a', id + 1))))
    await until(() => waiting.length === 50)
    for (const { done } of waiting) done()
    for (let id = 1; id <= 50; id++) expect(await raw.puback()).toBe(id)
  })

  it('takes half a packet for what it is', async () => {
    await start()
    const raw = await connected()
    const bytes = publish('up/a', 1, 'in two parts')
    raw.socket.write(bytes.subarray(0, 9))
    const other = await connected({ clientId: 'other' })
    other.socket.write(publish('up/b', 5))
    await until(() => waiting.length === 1)
    expect(waiting[0]?.message.topic).toBe('up/b')
    raw.socket.write(bytes.subarray(9))
    await until(() => waiting.length === 2)
    expect(waiting[1]?.message.payload.toString()).toBe('in two parts')
  })

  it('routes nothing from one client to another, and carries what the program says', async () => {
    await start()
    const listening = await connected({ clientId: 'listening' })
    expect(await listening.subscribe('down/#')).toBe(1)
    const raw = await connected()
    raw.socket.write(publish('up/a', 1))
    await until(() => waiting.length === 1)
    waiting[0]?.done()
    await raw.puback()
    listener.publish('down/a', 'hello')
    // PUBLISH with QoS 0: 2 + 2 + 6 + 5 bytes.
    expect((await listening.read(15)).toString('utf8', 4)).toBe('down/ahello')
    expect(listening.unread).toBe(0)
  })
})

describe('a client that subscribes and does not read', () => {
  const message = 'x'.repeat(8 * 1024)
  // What the system keeps for a socket that nobody reads is a few megabytes.
  const MOST_KEPT = 4000
  const frozen = async (): Promise<RawClient> => {
    const raw = await connected({ clientId: 'frozen' })
    await raw.subscribe('down/#')
    raw.socket.pause()
    return raw
  }
  const publishUntil = async (isEnough: (count: number) => boolean): Promise<number> => {
    for (let count = 0; ; count++) {
      if (isEnough(count)) return count
      listener.publish('down/a', message)
      if (count % 8 === 0) await new Promise(setImmediate)
    }
  }
  const expectAnswer = async (): Promise<void> => {
    const other = await connected({ clientId: 'other' })
    other.socket.write(publish('up/a', 1))
    await until(() => waiting.length > 0)
    waiting.pop()?.done()
    expect(await other.puback()).toBe(1)
  }

  it('is named and cut off before much waits for it, and holds nobody up meanwhile', async () => {
    await start()
    const stuck = await frozen()
    const kept = await publishUntil(count => refused.length > 0 || count > MOST_KEPT)
    expect(kept).toBeLessThan(MOST_KEPT)
    expect(refused).toEqual(['cut off: does not read what it is sent: more than 262144 bytes wait'])
    await expectAnswer()
    stuck.socket.resume()
    await stuck.closed
    expect(listener.clients()).toBe(1)
    // Another one for which less waits, in many messages.
    await frozen()
    await publishUntil(count => count >= kept - 20)
    for (let count = 0; count < 300; count++) listener.publish('down/a', '')
    const begun = performance.now()
    await expectAnswer()
    expect(performance.now() - begun).toBeLessThan(2000)
    expect(refused).toHaveLength(1)
  })
})

describe('the end of a listener', () => {
  it('waits for nobody who has connected and says nothing', async () => {
    await start()
    const silent = client()
    await new Promise(resolve => silent.socket.once('connect', resolve))
    const other = await connected()
    await Promise.all([listener.stop(), silent.closed, other.closed])
    await start()
  })
})

describe('what a listener refuses', () => {
  it('credentials, subscriptions and publications', async () => {
    await start()
    expect(await client().connect({ username: 'stranger' })).toBe(NOT_AUTHORIZED)
    const raw = await connected()
    expect(await raw.subscribe('#')).toBe(SUBSCRIPTION_REFUSED)
    expect(await raw.subscribe('up/a')).toBe(SUBSCRIPTION_REFUSED)
    raw.socket.write(publish('elsewhere', 1))
    await raw.closed
    expect(waiting).toEqual([])
    expect(refused).toEqual(
      expect.arrayContaining([
        'wrong or missing credentials',
        'subscription to #',
        'publication on elsewhere',
      ]),
    )
  })

  it('a will on a topic that its client may not publish on', async () => {
    await start()
    const raw = client()
    expect(await raw.connect({ will: { topic: 'down/a', payload: 'x' } })).toBe(NOT_AUTHORIZED)
    expect(refused).toContain('will on down/a')
  })

  it('a will on a topic that its client may publish on, when it comes to that', async () => {
    await start()
    const raw = client()
    expect(await raw.connect({ will: { topic: 'up/a', payload: 'x' } })).toBe(0)
    raw.socket.destroy()
    await until(() => refused.includes('will on up/a'))
    expect(waiting).toEqual([])
  })

  it('half a packet, when no more of it comes', async () => {
    await start()
    const raw = await connected()
    raw.socket.end(publish('up/a', 1, 'never whole').subarray(0, 9))
    await until(() => refused.includes('connection ended within a packet'))
    expect(waiting).toEqual([])
  })

  it('a packet longer than allowed, at its header', async () => {
    await start()
    const raw = await connected()
    raw.socket.write(publish('up/a', 1, 'x'.repeat(20_000)).subarray(0, 100))
    await raw.closed
    expect(refused).toContain('packet above 10000 bytes')
  })

  it('more than a CONNECT needs from somebody who has not connected', async () => {
    await start({ maxPacketBytes: 1_000_000 })
    const raw = client()
    raw.socket.write(packet(0x10, Buffer.alloc(20_000)).subarray(0, 100))
    await raw.closed
    expect(refused).toContain('packet above 16384 bytes')
    const good = await connected()
    good.socket.write(publish('up/a', 1, 'x'.repeat(20_000)))
    await until(() => waiting.length === 1)
  })

  it('bytes that are no MQTT, and goes on with the others', async () => {
    await start()
    const good = await connected()
    const bad = client()
    bad.socket.write('GET / HTTP/1.1\r\n\r\n')
    await bad.closed
    const worse = await connected({ clientId: 'worse' })
    worse.socket.write(packet(0xf0, Buffer.of(1, 2, 3)))
    await worse.closed
    good.socket.write(publish('up/a', 3))
    await until(() => waiting.length === 1)
    waiting[0]?.done()
    expect(await good.puback()).toBe(3)
  })

  it('to start on a port that is taken, with the setting that changes it', async () => {
    await start()
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { mayPublish, maySubscribe } = { mayPublish: () => true, maySubscribe: () => true }
    const second = startMqttListener({
      host: '127.0.0.1',
      port,
      portSetting: 'THE_PORT',
      maxPacketBytes: 1,
      maxClients: 1,
      authenticate: async () => true,
      mayPublish,
      maySubscribe,
      commit: (_, done) => done(),
    })
    await expect(second).rejects.toThrow(/THE_PORT/)
    other.close()
  })
})
