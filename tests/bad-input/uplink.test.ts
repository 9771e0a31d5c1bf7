import { zstdCompressSync } from 'node:zlib'
import { Quality, type Reading, topics } from '@picket/devices'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'
import { connectPacket, sendAndHangUp } from '../support/tcp.ts'
import { bomb, goodBatch, type Place, withBody, withByte, withCount, withWrongChecksum } from './batches.ts'
import { refusedBecause } from './rejections.ts'

const START_MS = 60_000
const TIMEOUT_MS = 30_000
// What the broker refuses is written down at this interval of the cloud's clock.
const REPORT_MS = 30_000
const HOUR_MS = 3_600_000
const begin = Date.now()

let installation: Installation
let cloud: Program
let now = begin
let sequence = 0
const clients: (GatewayClient | MqttClient)[] = []

beforeAll(async () => {
  installation = await Installation.make({
    sites: [{ id: 'hill', name: { en: 'Hill', zh: '山坡' } }],
    devices: [{ id: 'crack-1', model: 'crack-meter', site: 'hill' }],
  })
  cloud = await installation.startCloud(now)
}, START_MS)

afterEach(() => {
  for (const client of clients.splice(0)) client.end(true)
})

afterAll(() => installation?.remove())

const url = () => `mqtt://127.0.0.1:${installation.ports.mqtt}`
const span = () => ({ from: begin - HOUR_MS, to: now + HOUR_MS })
const reading = (t: number, v = 1): Reading => ({
  device: 'crack-1',
  quantity: 'battery',
  t,
  v,
  q: Quality.NOT_EVALUATED,
})
const place = (): Place => ({ epoch: token(), firstSeq: 0 })
const goodRecord = (): Reading => reading(begin - HOUR_MS / 2 + sequence++)

async function gateway(): Promise<GatewayClient> {
  const password = installation.gatewayPassword
  const client = await GatewayClient.connect({ url: url(), gateway: GATEWAY, password })
  clients.push(client)
  return client
}

async function greeted(): Promise<GatewayClient> {
  const client = await gateway()
  await client.greet()
  return client
}

/** Connects with the gateway's credentials, but for what is given. */
async function connect(options: IClientOptions): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url(), {
    clientId: GATEWAY,
    username: GATEWAY,
    password: installation.gatewayPassword,
    reconnectPeriod: 0,
    ...options,
  })
  client.on('error', () => {})
  clients.push(client)
  return client
}

const refusedConnection = (options: IClientOptions) => () =>
  expect(connect(options)).rejects.toThrow(/Not authorized/)

const publication = (topic: string) => async () => {
  const client = await connect({})
  const closed = new Promise<void>(resolve => client.once('close', () => resolve()))
  client.publish(topic, 'x', { qos: 1 }, () => {})
  await closed
}

const subscription = (filter: string) => async () => {
  const client = await connect({})
  await expect(client.subscribeAsync(filter)).rejects.toThrow()
}

const hello = (payload: string | Buffer) => async () => (await gateway()).sendHello(payload)

/** A batch that is settled: its records are quarantined, and the gateway need not send them again. */
const settledBatch = (bytes: (place: Place) => Buffer) => async () => {
  const where = place()
  const { settled } = await (await greeted()).deliverBytes(bytes(where))
  expect(settled[where.epoch]?.[0]?.[0]).toBe(0)
}

/** A batch of which nothing can be known: nothing is settled. */
const unknownBatch = (bytes: (place: Place) => Buffer) => async () => {
  const where = place()
  const client = await greeted()
  client.sendBytes(bytes(where))
  const { settled } = await client.greet([{ epoch: where.epoch, low: 0, next: 1 }])
  expect(settled).toEqual({ [where.epoch]: [] })
}

const batchOf = (where: Place) => goodBatch(where, [goodRecord()])

/** Lets the cloud's clock pass to its next report. */
async function report(): Promise<void> {
  now += REPORT_MS
  await cloud.advanceTo(now)
}

/** A good reading goes its way: nothing has stopped. */
async function goodReadingArrives(): Promise<void> {
  const client = await greeted()
  const record = goodRecord()
  await client.deliver({ ...place(), records: [record] })
  await eventually(
    () => installation.api.readings('crack-1/battery', span()),
    points => points.some(({ t }) => t === record.t),
  )
  expect(cloud.hasEnded).toBe(false)
}

/** PUBLISH, QoS 0, with a stated length (section 2.2.3) that does not come. */
const announcing = (...length: number[]): Buffer => Buffer.from([0x30, ...length, 0, 1, 0x61, 1, 2, 3])
const raw = (bytes: Buffer) => () => sendAndHangUp(installation.ports.mqtt, connectPacket('raw'), bytes)

interface BadInput {
  what: string
  act: () => Promise<unknown>
  reason: RegExp
}

const atTheDoor: BadInput[] = [
  {
    what: 'a wrong password',
    act: refusedConnection({ password: 'wrong-password' }),
    reason: /^wrong or missing credentials$/,
  },
  {
    what: 'no password',
    act: refusedConnection({ password: undefined }),
    reason: /^wrong or missing credentials$/,
  },
  {
    what: 'an unknown gateway',
    act: refusedConnection({ clientId: 'gw-x', username: 'gw-x' }),
    reason: /^wrong or missing credentials$/,
  },
  {
    what: "another client id than the credential's",
    act: refusedConnection({ clientId: 'gw-x' }),
    reason: /^wrong or missing credentials$/,
  },
  {
    what: 'a will on the topic of another gateway',
    act: refusedConnection({ will: { topic: topics('gw-2').batch, payload: Buffer.from('x'), qos: 1 } }),
    reason: /^will on picket\/1\/gw-2\/up\/batch$/,
  },
  {
    what: 'a will on its own topic',
    act: async () => {
      const will = { topic: topics(GATEWAY).batch, payload: Buffer.from('x'), qos: 1 as const }
      const client = await connect({ will })
      client.stream.destroy()
    },
    reason: /^will on picket\/1\/gw-1\/up\/batch$/,
  },
  {
    what: "a publication on another gateway's topic",
    act: publication(topics('gw-2').batch),
    reason: /^publication on picket\/1\/gw-2\/up\/batch$/,
  },
  {
    what: 'a publication on a downlink',
    act: publication(topics(GATEWAY).acknowledgement),
    reason: /^publication on .*\/down\/ack$/,
  },
  { what: 'a publication on $SYS', act: publication('$SYS/x'), reason: /\$SYS\/x/ },
  { what: 'a subscription to everything', act: subscription('#'), reason: /^subscription to #$/ },
  {
    what: 'a shared subscription',
    act: subscription(`$share/group/${topics(GATEWAY).down}`),
    reason: /^subscription to \$share\/group\//,
  },
  {
    what: "a subscription to another gateway's downlink",
    act: subscription(topics('gw-2').down),
    reason: /^subscription to picket\/1\/gw-2\//,
  },
  { what: 'a hello that is not JSON', act: hello('{"instance":'), reason: /^malformed hello$/ },
  {
    what: 'a hello without an instance',
    act: hello('{"nonce":"x","epochs":[]}'),
    reason: /^malformed hello$/,
  },
  { what: 'a hello of 1 MB', act: hello(Buffer.alloc(1_000_000, 0x20)), reason: /^malformed hello$/ },
  {
    what: 'a batch before the hello',
    act: async () => (await gateway()).sendBytes(batchOf(place())),
    reason: /^batch before a welcome$/,
  },
  {
    what: 'a packet that announces 200 MB',
    act: raw(announcing(0x80, 0x84, 0xaf, 0x5f)),
    reason: /^packet above/,
  },
  {
    what: 'half a packet',
    act: () => sendAndHangUp(installation.ports.mqtt, connectPacket('half').subarray(0, 9)),
    reason: /^connection ended within a packet$/,
  },
]

const inBatches: BadInput[] = [
  { what: 'an empty batch', act: unknownBatch(() => Buffer.alloc(0)), reason: /has no header/ },
  {
    what: 'a batch cut short',
    act: unknownBatch(where => batchOf(where).subarray(0, 20)),
    reason: /has no header/,
  },
  {
    what: 'a wrong checksum',
    act: unknownBatch(where => withWrongChecksum(batchOf(where))),
    reason: /CRC-32C/,
  },
  {
    what: 'another version',
    act: unknownBatch(where => withByte(batchOf(where), 0, 9)),
    reason: /version 9/,
  },
  { what: 'an unknown lane', act: unknownBatch(where => withByte(batchOf(where), 1, 7)), reason: /lane 7/ },
  {
    what: 'no records',
    act: unknownBatch(where => withCount(batchOf(where), 0)),
    reason: /a count of 0 records/,
  },
  {
    what: 'four billion records',
    act: unknownBatch(where => withCount(batchOf(where), 0xffffffff)),
    reason: /a count of 4294967295 records/,
  },
  {
    what: 'more records than there are',
    act: settledBatch(where => withCount(batchOf(where), 9)),
    reason: /cannot be decoded/,
  },
  {
    what: 'a body that is not compressed',
    act: settledBatch(where => withBody(batchOf(where), Buffer.from('not zstd'))),
    reason: /cannot be decoded/,
  },
  {
    what: 'a body of nonsense',
    act: settledBatch(where => withBody(batchOf(where), zstdCompressSync(Buffer.alloc(100, 0xff)))),
    reason: /cannot be decoded/,
  },
  {
    what: 'a body that expands to 64 MiB',
    act: settledBatch(where => withBody(batchOf(where), bomb())),
    reason: /cannot be decoded/,
  },
  {
    what: 'a value that is not a number',
    act: settledBatch(where => goodBatch(where, [reading(begin - 2, Number.NaN)])),
    reason: /not finite/,
  },
  {
    what: 'an unknown device',
    act: settledBatch(where => goodBatch(where, [{ ...goodRecord(), device: 'nobody' }])),
    reason: /^unknown device$/,
  },
  {
    what: 'an unknown quantity',
    act: settledBatch(where => goodBatch(where, [{ ...goodRecord(), quantity: 'mood' }])),
    reason: /^unknown quantity/,
  },
  {
    what: 'a time in the future',
    act: settledBatch(where => goodBatch(where, [reading(now + HOUR_MS)])),
    reason: /^time in the future$/,
  },
  {
    what: 'another value for the same time',
    act: settledBatch(where => goodBatch(where, [reading(begin - 1, 1), reading(begin - 1, 2)])),
    reason: /^conflict: /,
  },
]

describe('what gateways may do wrong', () => {
  it.each(atTheDoor)(
    '$what is refused, counted and shown, and nothing stops',
    async ({ act, reason }) => {
      await refusedBecause(installation.api, reason, { act, look: report })
      await goodReadingArrives()
    },
    TIMEOUT_MS,
  )

  it.each(inBatches)(
    '$what is counted and shown, and nothing stops',
    async ({ act, reason }) => {
      const rejection = await refusedBecause(installation.api, reason, { act })
      expect(rejection.gateway).toBe(GATEWAY)
      await goodReadingArrives()
    },
    TIMEOUT_MS,
  )

  it(
    'a note of an unknown kind is counted and shown, and nothing stops',
    async () => {
      const note = { type: 'poem' } as never
      const act = async () => (await greeted()).deliver({ ...place(), records: [{ note }] })
      await refusedBecause(installation.api, /^unknown note$/, { act })
      await goodReadingArrives()
    },
    TIMEOUT_MS,
  )

  it(
    'a gap note does not take back what was committed',
    async () => {
      const client = await greeted()
      const where = place()
      await client.deliver({ ...where, records: [goodRecord(), goodRecord()] })
      const note = { type: 'gap' as const, epoch: where.epoch, first: 0, last: 4, reason: 'let go' }
      await client.deliver({ ...where, firstSeq: 5, records: [{ note }] })
      const custody = await installation.api.custody(GATEWAY)
      expect(custody.find(({ epoch }) => epoch === where.epoch)).toMatchObject({
        committed: [
          [0, 1],
          [5, 5],
        ],
        dropped: [[2, 4]],
        missing: [],
      })
    },
    TIMEOUT_MS,
  )
})
