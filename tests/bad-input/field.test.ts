import { randomBytes } from 'node:crypto'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'
import { connectPacket, sendAndHangUp } from '../support/tcp.ts'
import { refusedBecause } from './rejections.ts'

const START_MS = 60_000
const TIMEOUT_MS = 30_000
const TOPIC = 'sensors/crack-1/battery'
const HOUR_MS = 3_600_000
const begin = Date.now()

let installation: Installation
let programs: Program[]
let sequence = 0

beforeAll(async () => {
  installation = await Installation.make({
    sites: [{ id: 'hill', name: { en: 'Hill', zh: '山坡' } }],
    devices: [{ id: 'crack-1', model: 'crack-meter', site: 'hill' }],
    gateway: { statusIntervalMs: 100 },
  })
  programs = [await installation.startCloud(), await installation.startGateway()]
}, START_MS)

afterAll(() => installation?.remove())

const span = () => ({ from: begin - HOUR_MS, to: Date.now() + HOUR_MS })

/** Connects a sensor for as long as something is done with it. */
async function withSensor(
  use: (client: MqttClient) => Promise<unknown>,
  options: IClientOptions = {},
): Promise<void> {
  const client = await mqtt.connectAsync(installation.fieldUrl, { reconnectPeriod: 0, ...options })
  client.on('error', () => {})
  try {
    await use(client)
  } finally {
    client.end(true)
  }
}

const publish =
  (payload: string | Buffer, topic = TOPIC) =>
  () =>
    withSensor(client => client.publishAsync(topic, payload, { qos: 1 }))

const subscribe = (filter: string) => () =>
  withSensor(async client => {
    await expect(client.subscribeAsync(filter)).rejects.toThrow()
  })

/** A good reading goes the whole way: nothing has stopped. */
async function goodReadingArrives(): Promise<void> {
  const t = begin + sequence++
  await publish(JSON.stringify({ t, v: sequence / 1000 }))()
  await eventually(
    () => installation.api.readings(TOPIC.slice('sensors/'.length), span()),
    points => points.some(point => point.t === t),
  )
  for (const { hasEnded } of programs) expect(hasEnded).toBe(false)
}

/** PUBLISH, QoS 0, of a topic of one letter, announcing a length (section 2.2.3) that does not come. */
const announcing = (...length: number[]): Buffer => Buffer.from([0x30, ...length, 0, 1, 0x61, 1, 2, 3])

interface BadInput {
  what: string
  act: () => Promise<unknown>
  reason: RegExp
  where: string
}

const byGateway: BadInput[] = [
  { what: 'malformed JSON', act: publish('{"v": 1'), reason: /^plain-json-syntax: / },
  { what: 'an empty message', act: publish(''), reason: /^plain-json-syntax: / },
  {
    what: 'bytes that are not UTF-8',
    act: publish(Buffer.from([0xff, 0xfe])),
    reason: /^plain-json-syntax: /,
  },
  {
    what: 'a value nested 100,000 deep',
    act: publish(`{"v":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    reason: /^plain-json-syntax: nested more than 100 levels/,
  },
  { what: 'NaN', act: publish('{"v": NaN}'), reason: /^plain-json-syntax: / },
  { what: 'NaN as a text', act: publish('{"v": "NaN"}'), reason: /^plain-json-value: / },
  { what: 'a number beyond doubles', act: publish('{"v": 1e999}'), reason: /^plain-json-value: / },
  { what: 'no value', act: publish('{"t": 1700000000000}'), reason: /^plain-json-value: / },
  { what: 'null', act: publish('null'), reason: /^plain-json-value: / },
  { what: 'a time in seconds', act: publish('{"t": 1700000000, "v": 1}'), reason: /^plain-json-time: / },
  { what: 'a time beyond 2100', act: publish('{"t": 9e15, "v": 1}'), reason: /^plain-json-time: / },
  { what: 'a time that is a text', act: publish('{"t": "now", "v": 1}'), reason: /^plain-json-time: / },
  { what: 'an unknown topic', act: publish('{"v": 1}', 'weather/wind'), reason: /^plain-json-topic: / },
  { what: 'malformed geohazard JSON', act: publish('{', '$dp'), reason: /^geohazard-json/ },
  {
    what: 'a sensor that speaks for the gateway',
    act: publish('{"v": 1}', `sensors/${GATEWAY}/disk_free`),
    reason: /^device-not-allowed: /,
  },
  { what: 'a message of 1 MB', act: publish(randomBytes(1_000_000)), reason: /^message-too-long: / },
  {
    what: 'a packet that announces 200 MB',
    act: () => sendRaw(announcing(0x80, 0x84, 0xaf, 0x5f)),
    reason: /packet above/,
  },
  {
    what: 'a length that does not end',
    act: () => sendRaw(announcing(0xff, 0xff, 0xff, 0xff, 0xff)),
    reason: /packet above/,
  },
  { what: 'half a packet', act: () => sendRaw(announcing(100)), reason: /within a packet/ },
  {
    what: 'half a CONNECT',
    act: () => sendAndHangUp(installation.ports.field, connectPacket('half').subarray(0, 9)),
    reason: /within a packet/,
  },
  {
    what: 'something that is not MQTT',
    act: () => sendAndHangUp(installation.ports.field, Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    reason: /./,
  },
  { what: 'a subscription', act: subscribe('sensors/#'), reason: /subscription to sensors\/#/ },
  {
    what: 'a shared subscription',
    act: subscribe('$share/all/sensors/#'),
    reason: /subscription to \$share/,
  },
].map(one => ({ ...one, where: GATEWAY }))

const sendRaw = (bytes: Buffer) => sendAndHangUp(installation.ports.field, connectPacket('raw'), bytes)

const byCloud: BadInput[] = [
  {
    what: 'an unknown device',
    act: publish('{"v": 1}', 'sensors/nobody/battery'),
    reason: /^unknown device$/,
  },
  {
    what: 'a device called __proto__',
    act: publish('{"v": 1}', 'sensors/__proto__/battery'),
    reason: /^unknown device$/,
  },
  {
    what: 'an unknown quantity',
    act: publish('{"v": 1}', 'sensors/crack-1/mood'),
    reason: /^unknown quantity/,
  },
  {
    what: 'a quantity called constructor',
    act: publish('{"v": 1}', 'sensors/crack-1/constructor'),
    reason: /^unknown quantity/,
  },
  {
    what: 'a time an hour ahead',
    act: () => publish(`{"t": ${Date.now() + HOUR_MS}, "v": 1}`)(),
    reason: /^time in the future$/,
  },
  {
    what: 'another value for the same time',
    act: () => publish(`[{"t": ${begin - 1}, "v": 1}, {"t": ${begin - 1}, "v": 2}]`)(),
    reason: /^conflict: /,
  },
].map(one => ({ ...one, where: 'cloud' }))

describe('what sensors may send wrong', () => {
  it.each([...byGateway, ...byCloud])(
    '$what is counted and shown, and nothing stops',
    async ({ act, reason, where }) => {
      const rejection = await refusedBecause(installation.api, reason, { act })
      expect(rejection).toMatchObject({ where, gateway: GATEWAY })
      expect(rejection.count).toBeGreaterThanOrEqual(1)
      await goodReadingArrives()
    },
    TIMEOUT_MS,
  )

  it(
    'the will of a sensor is never published',
    async () => {
      const will = { topic: TOPIC, payload: Buffer.from('{"v": 13}'), qos: 1 as const }
      const act = () => withSensor(async client => client.stream.destroy(), { will })
      await refusedBecause(installation.api, /will on sensors/, { act })
      await goodReadingArrives()
      const points = await installation.api.readings('crack-1/battery', span())
      expect(points.filter(({ v }) => v === 13)).toEqual([])
    },
    TIMEOUT_MS,
  )

  it(
    'good readings in a message with bad ones are kept',
    async () => {
      const t = begin - 1000
      const act = publish(`[{"t": ${t}, "v": 7}, {"v": null}, {"t": ${t + 1}, "v": 8}]`)
      await refusedBecause(installation.api, /^plain-json-value: /, { act })
      await eventually(
        () => installation.api.readings('crack-1/battery', { from: t, to: t + 2 }),
        points => points.length === 2,
      )
    },
    TIMEOUT_MS,
  )

  it(
    'readings without a time in one message are all kept',
    async () => {
      await publish('[{"v": 21}, {"v": 22}, {"v": 21}]')()
      await eventually(
        () => installation.api.readings('crack-1/battery', span()),
        points => points.filter(({ v }) => v === 21 || v === 22).length === 3,
      )
    },
    TIMEOUT_MS,
  )
})
