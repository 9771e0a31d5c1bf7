import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { codecEntry } from '@picket/devices'
import { afterEach, describe, expect, it } from 'vitest'
import type { Gateway } from '../../gateway.ts'
import { rejectedNotes, storedReadings } from '../../testing/outbox-contents.ts'
import { Folders, portOf, startTestGateway, type TestGatewayOptions } from '../../testing/test-gateway.ts'
import { sourceContract } from '../source.contract.ts'

const PATIENCE = { timeout: 15_000 }
const T = Date.UTC(2026, 10, 23)
const STATION = '0012345678'
const sl651 = await (codecEntry('sl651') as NonNullable<ReturnType<typeof codecEntry>>).load()
const hj212 = await (codecEntry('hj212') as NonNullable<ReturnType<typeof codecEntry>>).load()
const devices = [{ id: 'river-1', model: 'river-station', address: STATION }]

/** A report of every hour with a water level. */
function report(at: number, station = STATION): Buffer {
  const time = new Date(T + at * 60_000).toISOString()
  const built = sl651().encode?.({
    direction: 'up',
    centre: 1,
    station,
    function: '32',
    serial: at,
    sentAt: time,
    stationType: 'H',
    observedAt: time,
    elements: [{ id: '39', value: at, lengthBytes: 4, decimals: 3 }],
  })
  if (!built?.ok) throw new Error('no frame')
  return Buffer.from(built.bytes)
}

/** A connection of a station: what it hears, as it comes. */
async function openStation(port: number) {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.setMaxListeners(0)
  await once(socket, 'connect')
  const heard: Buffer[] = []
  socket.on('data', data => heard.push(data))
  return {
    socket,
    async ask(bytes: Buffer, waitMs = 10_000): Promise<Buffer | undefined> {
      const before = heard.length
      socket.write(bytes)
      if (heard.length === before)
        await once(socket, 'data', { signal: AbortSignal.timeout(waitMs) }).catch(() => {})
      return heard[before]
    },
    close: () => socket.destroy(),
  }
}

async function openDatagrams(port: number) {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let isOpen = true
  socket.setMaxListeners(0)
  return {
    async ask(bytes: Buffer, waitMs = 10_000): Promise<Buffer | undefined> {
      socket.send(bytes)
      const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) }).catch(() => [])
      return answer as Buffer | undefined
    },
    close() {
      if (isOpen) socket.close()
      isOpen = false
    },
  }
}

for (const [transport, open] of [
  ['tcp', openStation],
  ['udp', openDatagrams],
] as const)
  sourceContract({
    source: { type: 'stations', name: transport, transport, port: 0, codec: 'sl651' } as never,
    devices,
    reading: at => ({ device: 'river-1', quantity: 'level', t: T + at * 60_000, v: at }),
    malformedSample: 'hex 7e7e01',
    async connect(port) {
      const peer = await open(port)
      return {
        async send(at, waitMs) {
          const answer = await peer.ask(report(at), waitMs)
          // Down, with the serial number of the report, and ESC at its end (6.3.3).
          return answer?.readUInt16BE(14) === at ? 'acknowledged' : 'nothing'
        },
        async sendMalformed() {
          const broken = report(1)
          broken[20] = (broken[20] as number) ^ 1
          await peer.ask(Buffer.concat([broken, report(9, '9999999999')]), 50)
        },
        close: peer.close,
      }
    },
  })

describe('stations', () => {
  const folders = new Folders()
  let gateway: Gateway
  let station: Awaited<ReturnType<typeof openStation>> | undefined
  const start = async (source: object, more: Partial<TestGatewayOptions> = {}): Promise<number> => {
    gateway = await startTestGateway({
      data: folders.make(),
      sources: [{ type: 'stations', port: 0, transport: 'tcp', ...source }],
      devices,
      ...more,
    })
    return portOf(gateway, 'stations')
  }
  afterEach(async () => {
    station?.close()
    await gateway.stop()
    folders.remove()
  })

  it('that nobody knows are named with their bytes, and not answered', async () => {
    station = await openStation(await start({ codec: 'sl651' }))
    expect(await station.ask(report(1, '8800000001'), 100)).toBeUndefined()
    expect(storedReadings(gateway)).toEqual([])
    expect(await rejectedNotes(gateway)).toMatchObject([
      {
        source: 'stations station 8800000001',
        reason: expect.stringContaining('station-unknown'),
        sample: `hex ${report(1, '8800000001').toString('hex')}`,
      },
    ])
  })

  it('are found in a stream that is cut anywhere, between stray bytes', async () => {
    station = await openStation(await start({ codec: 'sl651' }))
    const stream = Buffer.concat([
      Buffer.from('DTU-01'),
      report(1),
      Buffer.of(0x7e),
      report(2),
      report(3).subarray(0, 20),
      report(4),
    ])
    for (let at = 0; at < stream.length; at += 7) station.socket.write(stream.subarray(at, at + 7))
    await expect.poll(() => storedReadings(gateway).map(({ v }) => v), PATIENCE).toEqual([1, 2, 4])
  })

  it('of HJ 212 are answered when they ask for it', async () => {
    const port = await start(
      { codec: 'hj212' },
      { devices: [{ id: 'outlet', model: 'water-quality', address: 'LD1' }] },
    )
    station = await openStation(port)
    const built = hj212().encode?.({
      QN: '20261123080000000',
      ST: '32',
      CN: '2011',
      PW: '123456',
      MN: 'LD1',
      Flag: 5,
      CP: 'DataTime=20261123080000;w01018-Rtd=12.5,w01018-Flag=N',
    })
    const answer = await station.ask(Buffer.from(built?.ok ? built.bytes : []))
    expect(answer?.toString()).toContain('CN=9014')
    expect(storedReadings(gateway)).toMatchObject([{ device: 'outlet', quantity: 'cod', v: 12.5 }])
  })

  it('of a meter behind a modem pass through, with the channel that the file maps', async () => {
    const meter = {
      id: 'meter-7',
      model: 'feeder-meter',
      address: '000000000161',
      channels: { '00010000': 'energy' },
    }
    station = await openStation(await start({ codec: 'dlt645' }, { devices: [meter] }))
    // Read data, answered: 00010000, total active energy forward, 123456.78 kWh.
    const data = [0x33, 0x33, 0x34, 0x33, 0x78 + 0x33, 0x56 + 0x33, 0x34 + 0x33, 0x12 + 0x33]
    const frame = [0x68, 0x61, 0x01, 0, 0, 0, 0, 0x68, 0x91, data.length, ...data]
    const sum = frame.reduce((total, byte) => (total + byte) & 0xff, 0)
    station.socket.write(Buffer.from([0xfe, 0xfe, ...frame, sum, 0x16]))
    await expect
      .poll(() => storedReadings(gateway))
      .toMatchObject([{ device: 'meter-7', quantity: 'energy', v: 123456.78 }])
  })

  it('beyond the number allowed are turned away, and silent ones are let go', async () => {
    const port = await start({ codec: 'sl651', maxConnections: 1, idle: '1s' })
    station = await openStation(port)
    const second = await openStation(port)
    await once(second.socket, 'close')
    await once(station.socket, 'close')
    expect(await rejectedNotes(gateway)).toMatchObject([{ reason: expect.stringContaining('too-many') }])
  })

  it('cannot be told apart in a stream without frames', async () => {
    await start({ codec: 'senml-json' })
    expect(gateway.sources()[0]?.fault?.message).toMatch(/transport: udp/)
  })
})
