import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Codec, codecEntry } from '@picket/devices'
import { type Clock, systemClock } from '@picket/devices/runtime'
import { generate } from 'coap-packet'
import { afterEach, describe, expect, it } from 'vitest'
import type { Gateway } from '../gateway.ts'
import { nearly, seeded } from '../testing/mutations.ts'
import { storedReadings } from '../testing/outbox-contents.ts'
import { Folders, portOf, startTestGateway } from '../testing/test-gateway.ts'

const SECONDS = process.env.PICKET_SOAK ? 60 : 0.5
const SEED = Number(process.env.PICKET_SEED ?? 20261123)
/** Half a second in which nothing else is done would be a hang; a busy machine gets some more. */
const LONGEST_PAUSE_MS = 3000
const MOST_GROWTH_MB = 24
/** Messages without which a source was not fuzzed at all: on a busy machine they take longer than the time of the fuzz. */
const LEAST_MESSAGES = 50 * SECONDS
const UNITS = 200
/** Time flies for Modbus: a unit that rests after garbage, and a line that was ended, are soon there again. */
const TIMES_AS_FAST = 1000
const flying: Clock = {
  now: () => performance.timeOrigin + flying.running(),
  running: () => TIMES_AS_FAST * performance.now(),
  after: (delayMs, callback) => systemClock.after(delayMs / TIMES_AS_FAST, callback),
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const folders = new Folders()
let gateway: Gateway
const closing: (() => void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await gateway.stop()
  folders.remove()
})

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')
const SL651 = hex(
  '7E7E01001234567800003000 2B 02 0003 591011154947 F1F1 0012345678 48 F0F0 5910111549 2019 000005 2619 000005 3923 00000127 3812 1115 03 6BD2',
)
const HJ212 = Buffer.from(
  '##0107QN=20261123080000000;ST=32;CN=2011;PW=123456;MN=LD1;Flag=5;CP=&&DataTime=20261123080000;w01018-Rtd=1.5&&ABCD\r\n',
)
const DLT645 = hex('FEFE 68 610100000000 68 91 08 33333433 AB896745 EE 16')
const SZY206 = hex('68 11 68 B1 0011223344 C0 00123400 0000 0000 0030 0815 05 AA 16')
const coap = (confirmable: boolean, payload: string, ...more: [string, Buffer][]): Buffer =>
  generate({
    code: 'POST',
    confirmable,
    messageId: 77,
    token: Buffer.of(1, 2),
    options: [
      ['Uri-Path', Buffer.from('r')],
      ['Uri-Path', Buffer.from('river-9')],
      ['Content-Format', Buffer.of(110)],
      ...more,
    ].map(([name, value]) => ({ name, value })) as never,
    payload: Buffer.from(payload),
  })
const COAP = [
  coap(true, '[{"bn":"river-9/","n":"level","v":1}]'),
  coap(false, '[{"n":"level","v":1,"t":1795392000}]'),
  coap(true, ' '.repeat(16), ['Block1', Buffer.of(0x08)]),
  coap(true, '[]', ['Block1', Buffer.of(0x10)]),
]
const CONNECT = hex('10 0D 0004 4D515454 04 02 003C 0001 61')
const MQTT = [
  Buffer.concat([CONNECT, hex('32 13 000B 73656E736F72732F612F78 0001 7B2276')]),
  Buffer.concat([CONNECT, hex('30 07 0003 246470 7B7D'), hex('C000'), hex('82 08 0002 0003 612F23 01')]),
]

/** Calls again and again for the time of the fuzz. @returns how often */
async function forSeconds(send: () => Promise<void>): Promise<number> {
  const end = performance.now() + SECONDS * 1000
  let sent = 0
  for (; performance.now() < end || sent < LEAST_MESSAGES; sent++) await send()
  return sent
}

/** Nobody listens to what comes back; a connection that the source ends is opened again. */
function overTcp(port: number, samples: readonly Buffer[], random: () => number): () => Promise<void> {
  const sockets = [0, 1, 2].map(() => connect(port, '127.0.0.1'))
  const tend = (socket: (typeof sockets)[number]) => socket.on('error', () => {}).resume()
  sockets.forEach(tend)
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  return async () => {
    const at = Math.floor(random() * sockets.length)
    let socket = sockets[at] as (typeof sockets)[number]
    if (socket.destroyed || random() < 0.02) {
      socket.destroy()
      socket = tend(connect(port, '127.0.0.1'))
      sockets[at] = socket
    }
    const isSent = new Promise<void>(resolve => {
      socket.once('close', () => resolve())
      socket.write(nearly(samples, random), () => resolve())
    })
    await isSent
    socket.removeAllListeners('close')
  }
}

function overUdp(port: number, samples: readonly Buffer[], random: () => number): () => Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  closing.push(() => socket.close())
  return () =>
    new Promise(resolve =>
      socket.send(nearly(samples, random), port, '127.0.0.1', () => setImmediate(resolve)),
    )
}

const heapMb = (): number => {
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

/** A unit that answers one request in two rightly and the others with what is nearly an answer. */
async function startUnit(
  codec: Codec,
  random: () => number,
): Promise<{ port: number; isAsked: () => Promise<void> }> {
  const isTcp = codec.name === 'modbus-tcp'
  let hear = (): void => {}
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', bytes => {
      // Only the last request is still waited for, where a busy machine hands over several at once.
      const request = bytes.subarray(isTcp ? -12 : -8)
      const [transaction, unit] = isTcp ? [request.readUInt16BE(0), request[6]] : [undefined, request[0]]
      const encoded = codec.encode?.({ unit, transaction, reply: 'holding', data: '0907' })
      if (!encoded?.ok) throw new Error(`no request: ${request.toString('hex')}`)
      const answer = Buffer.from(encoded.bytes)
      socket.write(random() < 0.5 ? answer : nearly([answer], random))
      hear()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return {
    port: (server.address() as AddressInfo).port,
    isAsked: () =>
      new Promise(resolve => {
        hear = resolve
      }),
  }
}

/**
 * Fuzzes, and looks at what it left behind.
 *
 * @param send - resolves when one message more was sent
 * @param warming - messages before it: what is loaded and compiled on the way is no growth
 */
async function fuzz(send: () => Promise<void>, warming = 200): Promise<void> {
  for (let times = 0; times < warming; times++) await send()
  const before = heapMb()
  const delays = monitorEventLoopDelay()
  delays.enable()
  const sent = await forSeconds(send)
  delays.disable()
  await gateway.idle()
  expect(delays.max / 1e6).toBeLessThan(LONGEST_PAUSE_MS)
  expect(heapMb() - before).toBeLessThan(MOST_GROWTH_MB)
  // A line that said too much was ended, and is opened again.
  const stopped = () => gateway.sources().filter(({ isRunning }) => !isRunning)
  await expect.poll(stopped, { timeout: 30_000 }).toEqual([])
  console.log(`${sent} messages in ${SECONDS} s, seed ${SEED}`)
}

const stations = (transport: string, codec: string) => ({ type: 'stations', transport, port: 0, codec })
const TIMEOUT_MS = SECONDS * 1000 + 60_000

describe('random and broken messages', () => {
  it.each([
    ['mqtt', { type: 'mqtt', port: 0 }, overTcp, MQTT],
    ['coap', { type: 'coap', port: 0 }, overUdp, COAP],
    ['SL 651 over TCP', stations('tcp', 'sl651'), overTcp, [SL651]],
    ['HJ 212 over TCP', stations('tcp', 'hj212'), overTcp, [HJ212]],
    ['DL/T 645 over TCP', stations('tcp', 'dlt645'), overTcp, [DLT645]],
    ['SZY 206 over UDP', stations('udp', 'szy206'), overUdp, [SZY206]],
    ['SL 651 over UDP', stations('udp', 'sl651'), overUdp, [SL651]],
  ])(
    'to %s crash nothing, hang nothing and stay nowhere',
    async (_, source, over, samples) => {
      gateway = await startTestGateway({
        data: folders.make(),
        sources: [source],
        devices: [{ id: 'river-9', model: 'water-level-gauge' }],
      })
      await fuzz(over(portOf(gateway, source.type), samples, seeded(SEED)))
    },
    TIMEOUT_MS,
  )

  it.each([
    ['tcp', 'modbus-tcp'],
    ['rtu-over-tcp', 'modbus-rtu'],
  ])(
    'from units of Modbus %s crash nothing, hang nothing and stay nowhere',
    async (transport, codec) => {
      const create = await codecEntry(codec)?.load()
      if (!create) throw new Error(`no codec ${codec}`)
      const { port, isAsked } = await startUnit(create(), seeded(SEED))
      const models = folders.make()
      writeFileSync(
        join(models, 'fuzzed.yaml'),
        '{ model: fuzzed, name: { en: a, zh: a }, interval: 1ms, registers: { map: [{ quantity: x, address: 0 }] }, quantities: { x: { name: { en: x, zh: x }, unit: "1", source: test } } }',
      )
      // A unit that does not answer rests: there are so many that one is always due.
      const units = Array.from({ length: UNITS }, (_, at) => ({
        id: `unit-${at}`,
        model: 'fuzzed',
        address: String(at % 250),
      }))
      gateway = await startTestGateway({
        data: folders.make(),
        sources: [{ type: 'modbus', transport, host: '127.0.0.1', port, timeout: '5ms' }],
        models,
        devices: units,
        clock: flying,
      })
      await fuzz(isAsked, 20)
      expect(storedReadings(gateway).length).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )
})
