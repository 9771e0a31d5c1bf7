import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import modbusSerial from 'modbus-serial'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { refusedBecause } from '../bad-input/rejections.ts'
import { eventually } from '../support/api-client.ts'
import { Installation } from '../support/installation.ts'
import { freePorts } from '../support/ports.ts'
import type { Program } from '../support/program.ts'
import { Sensor } from '../support/sensor.ts'
import { sendAndHangUp } from '../support/tcp.ts'
import { confirms, levelReport, overCoap, overTcp, overUdp, sendDatagram } from './clients.ts'

const MINUTE = 60_000
const COUNT = 16
/** The gateway is killed when so many messages of each source are acknowledged. */
const KILLS_AT = [5, 11]
const begin = Math.floor(Date.now() / MINUTE) * MINUTE - COUNT * MINUTE
const timeOf = (at: number): number => begin + at * MINUTE

const METER = {
  model: 'test-meter',
  name: { en: 'Meter', zh: '表' },
  interval: '200ms',
  registers: { map: [{ quantity: 'count', address: 0 }] },
  quantities: { count: { name: { en: 'Count', zh: '数' }, unit: '1', source: 'test' } },
}

const STRANGER = Buffer.from(levelReport('9999999999', 1, begin))
const BROKEN = Buffer.from(levelReport('0000000002', 1, begin))
BROKEN[BROKEN.length - 1] = ~(BROKEN.at(-1) as number) & 0xff

let installation: Installation
let gateway: Program
let ports: { coap: number; tcp: number; udp: number; modbus: number }
let meter: { close(done: () => void): void }
let polls = 0

beforeAll(async () => {
  const [coap, tcp, udp, modbus, mqtt] = (await freePorts(5)) as [number, number, number, number, number]
  ports = { coap, tcp, udp, modbus }
  const site = 'river'
  installation = await Installation.make({
    sites: [{ id: site, name: { en: 'River', zh: '河' } }],
    devices: [
      { id: 'gauge-mqtt', model: 'water-level-gauge', site },
      { id: 'gauge-coap', model: 'water-level-gauge', site },
      { id: 'river-tcp', model: 'river-station', site },
      { id: 'river-udp', model: 'river-station', site },
      { id: 'meter', model: METER.model, site },
    ],
    cloud: { models: ['models'] },
    gateway: {
      statusIntervalMs: 1000,
      sources: [
        { type: 'mqtt', port: mqtt },
        { type: 'coap', port: coap },
        { type: 'stations', name: 'tcp', transport: 'tcp', port: tcp, codec: 'sl651' },
        { type: 'stations', name: 'udp', transport: 'udp', port: udp, codec: 'sl651' },
        { type: 'modbus', transport: 'tcp', host: '127.0.0.1', port: modbus },
      ],
      models: 'models',
      devices: [
        { id: 'gauge-coap', model: 'water-level-gauge', source: 'coap' },
        { id: 'river-tcp', model: 'river-station', source: 'tcp', address: '0000000001' },
        { id: 'river-udp', model: 'river-station', source: 'udp', address: '0000000002' },
        { id: 'meter', model: METER.model, source: 'modbus', address: '1' },
      ],
    },
  })
  installation.ports.field = mqtt
  mkdirSync(join(installation.folder, 'models'))
  writeFileSync(join(installation.folder, 'models', `${METER.model}.yaml`), JSON.stringify(METER))
  const units = { getHoldingRegister: () => ++polls % 65_536 }
  meter = new modbusSerial.ServerTCP(units as never, { host: '127.0.0.1', port: modbus, unitID: 255 })
  ;(meter as unknown as NodeJS.EventEmitter).on('socketError', () => {})
  await installation.startCloud()
  gateway = await installation.startGateway()
}, 60_000)

afterAll(async () => {
  await installation?.remove()
  await new Promise<void>(resolve => (meter ? meter.close(resolve) : resolve()))
})

it('every source delivers each reading exactly once while the gateway is killed and its devices send again', async () => {
  const pack = (at: number): string =>
    JSON.stringify([{ bn: 'gauge-coap/', bt: timeOf(at) / 1000, n: 'level', v: at }])
  const station = (address: string) => (at: number) => levelReport(address, at, timeOf(at))
  const deliveries = {
    coap: overCoap(ports.coap, '/r/gauge-coap', pack),
    tcp: overTcp(ports.tcp, station('0000000001'), confirms),
    udp: overUdp(ports.udp, station('0000000002'), confirms),
  }
  const sensor = new Sensor({
    url: installation.fieldUrl,
    device: 'gauge-mqtt',
    quantity: 'level',
    window: 4,
  })
  sensor.start()
  for (let at = 0; at < COUNT; at++) {
    sensor.send({ t: timeOf(at), v: at })
    const sent = Object.values(deliveries).map(deliver => deliver(at))
    if (KILLS_AT.includes(at)) {
      // Some of these messages are on their way, some are committed and not answered.
      await gateway.kill()
      gateway = await installation.startGateway()
    }
    await Promise.all(sent)
  }
  await sensor.drained()
  sensor.stop()
  const span = { from: begin - MINUTE, to: Date.now() + MINUTE }
  const expected = Array.from({ length: COUNT }, (_, at) => ({ t: timeOf(at), v: at }))
  for (const series of ['gauge-mqtt/level', 'gauge-coap/level', 'river-tcp/level', 'river-udp/level']) {
    const points = await eventually(
      () => installation.api.readings(series, span),
      stored => stored.length >= COUNT,
      20_000,
    )
    expect([series, points.map(({ t, v }) => ({ t, v }))]).toEqual([series, expected])
  }
  const counts = await installation.api.readings('meter/count', span)
  expect(new Set(counts.map(({ v }) => v)).size).toBe(counts.length)
  expect(counts.length).toBeGreaterThan(5)
}, 90_000)

it.each([
  [
    'a CoAP message that is none',
    () => sendDatagram(ports.coap, Buffer.of(0x40, 2, 0, 1, 0xf0)),
    /^coap-malformed/,
    'hex 40020001f0',
  ],
  [
    'a station that nobody knows',
    () => sendAndHangUp(ports.tcp, STRANGER),
    /^station-unknown/,
    `hex ${STRANGER.toString('hex')}`,
  ],
  [
    'a frame with a wrong check sum',
    () => sendDatagram(ports.udp, BROKEN),
    /^sl651-check-sum/,
    `hex ${BROKEN.toString('hex')}`,
  ],
])(
  '%s is shown by the cloud with its bytes',
  async (_, act, reason, sample) => {
    const found = await refusedBecause(installation.api, reason, { act })
    expect(found.sample).toBe(sample)
  },
  30_000,
)
