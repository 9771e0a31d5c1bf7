import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Gateway } from '../../gateway.ts'
import { rejectedNotes, storedReadings } from '../../testing/outbox-contents.ts'
import { Folders, portOf, startTestGateway, type TestGatewayOptions } from '../../testing/test-gateway.ts'
import { sourceContract } from '../source.contract.ts'

const PATIENCE = { timeout: 15_000 }
const T = Date.UTC(2026, 10, 23)
const SENML_JSON = 110
const PROBE = `model: probe
name: { en: Probe, zh: 探头 }
interval: 6h
codec: binary-layout
layout:
  fields:
    - { quantity: level, offset: 0, type: u16 }
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: mm, source: test }
`
const devices = [{ id: 'river-9', model: 'water-level-gauge' }]
const pack = (at: number) => JSON.stringify([{ bn: 'river-9/', bt: T / 1000 + at, n: 'level', v: at }])

/** Options of a request to a device. */
const options = (path: string, contentFormat?: number): Packet['options'] => [
  ...path.split('/').map(segment => ({ name: 'Uri-Path' as const, value: Buffer.from(segment) })),
  ...(contentFormat === undefined
    ? []
    : [{ name: 'Content-Format' as const, value: Buffer.of(contentFormat >> 8, contentFormat) }]),
]

const post = (messageId: number, packet: Packet): Buffer =>
  generate({ code: 'POST', confirmable: true, messageId, token: Buffer.of(7), ...packet })

/** A UDP socket that remembers what came back. */
async function openPeer(port: number) {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const heard: ParsedPacket[] = []
  let isOpen = true
  socket.on('message', bytes => heard.push(parse(bytes)))
  socket.on('error', () => {})
  socket.setMaxListeners(0)
  return {
    heard,
    send: (bytes: Buffer) => socket.send(bytes),
    /** The next answer, or none within a moment. */
    async ask(bytes: Buffer, waitMs = 10_000): Promise<ParsedPacket | undefined> {
      const before = heard.length
      socket.send(bytes)
      const end = performance.now() + waitMs
      while (heard.length === before && performance.now() < end)
        await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) }).catch(() => {})
      return heard[before]
    },
    close() {
      if (isOpen) socket.close()
      isOpen = false
    },
  }
}

sourceContract({
  source: { type: 'coap', port: 0 } as never,
  devices,
  reading: at => ({ device: 'river-9', quantity: 'level', t: T + at * 1000, v: at }),
  malformedSample: 'hex 40027fff',
  async connect(port) {
    const peer = await openPeer(port)
    return {
      async send(at, waitMs) {
        const answer = await peer.ask(
          post(at, { options: options('r/river-9', SENML_JSON), payload: Buffer.from(pack(at)) }),
          waitMs,
        )
        return answer === undefined ? 'nothing' : answer.code === '2.04' ? 'acknowledged' : 'refused'
      },
      async sendMalformed() {
        expect((await peer.ask(Buffer.from('40027ffff0', 'hex')))?.reset).toBe(true)
      },
      close: peer.close,
    }
  },
})

describe('CoAP', () => {
  const folders = new Folders()
  let gateway: Gateway
  let peer: Awaited<ReturnType<typeof openPeer>>
  const start = async (source: object = {}, more: Partial<TestGatewayOptions> = {}): Promise<void> => {
    gateway = await startTestGateway({
      data: folders.make(),
      sources: [{ type: 'coap', port: 0, ...source }],
      devices,
      ...more,
    })
    peer = await openPeer(portOf(gateway, 'coap'))
  }
  afterEach(async () => {
    peer?.close()
    await gateway.stop()
    folders.remove()
  })

  it('answers once, and stores once, what comes again while it is being committed', async () => {
    await start()
    const bytes = post(1, { options: options('r/river-9', SENML_JSON), payload: Buffer.from(pack(1)) })
    for (let times = 0; times < 5; times++) peer.send(bytes)
    await expect.poll(() => peer.heard.length, PATIENCE).toBeGreaterThan(0)
    expect(peer.heard.every(({ ack, code, messageId }) => ack && code === '2.04' && messageId === 1)).toBe(
      true,
    )
    expect(storedReadings(gateway)).toHaveLength(1)
  })

  it('takes a new message under an old message id: modems count anew when they wake', async () => {
    await start()
    for (const v of [1, 2]) {
      const payload = Buffer.from(JSON.stringify([{ bn: 'river-9/', n: 'level', v }]))
      expect((await peer.ask(post(1, { options: options('r/river-9', SENML_JSON), payload })))?.code).toBe(
        '2.04',
      )
    }
    expect(storedReadings(gateway).map(({ v }) => v)).toEqual([1, 2])
  })

  it('says 5.03 while the disk refuses', async () => {
    await start()
    await gateway.idle()
    vi.spyOn(gateway.outbox, 'append').mockImplementationOnce(() => {
      throw new Error('disk full')
    })
    const bytes = post(1, { options: options('r/river-9', SENML_JSON), payload: Buffer.from(pack(1)) })
    expect((await peer.ask(bytes))?.code).toBe('5.03')
    expect((await peer.ask(bytes))?.code).toBe('2.04')
  })

  it('answers one that cannot be confirmed with one that cannot', async () => {
    await start()
    const payload = Buffer.from(pack(1))
    const bytes = post(1, { confirmable: false, options: options('r/river-9', SENML_JSON), payload })
    expect(await peer.ask(bytes)).toMatchObject({
      code: '2.04',
      ack: false,
      confirmable: false,
      token: Buffer.of(7),
    })
  })

  it('puts a message of many blocks together, each block once', async () => {
    await start()
    const records = Array.from({ length: 40 }, (_, at) => ({ n: 'level', t: at, v: at }))
    const body = Buffer.from(
      JSON.stringify([{ bn: 'river-9/', bt: T / 1000, n: 'level', v: -1, t: -1 }, ...records]),
    )
    const size = 64
    const blocks = Math.ceil(body.length / size)
    let last: ParsedPacket | undefined
    for (let number = 0; number < blocks; number++) {
      const more = number < blocks - 1 ? 8 : 0
      const bytes = post(100 + number, {
        options: [
          ...(options('r/river-9', SENML_JSON) ?? []),
          { name: 'Block1', value: Buffer.of(((number << 4) | more | 2) >> 8, (number << 4) | more | 2) },
        ],
        payload: body.subarray(number * size, (number + 1) * size),
      })
      for (let times = 0; times < 2; times++) {
        last = await peer.ask(bytes)
        expect(last?.code).toBe(more ? '2.31' : '2.04')
      }
    }
    expect(storedReadings(gateway)).toHaveLength(41)
  })

  it.each([
    ['a block without those before it', [0x32], '4.08'],
    ['a block size that is reserved', [0x0f], '4.02'],
  ])('refuses %s', async (_, block, code) => {
    await start()
    const bytes = post(1, {
      options: [...(options('r/river-9', SENML_JSON) ?? []), { name: 'Block1', value: Buffer.from(block) }],
      payload: Buffer.alloc(64, 0x20),
    })
    expect((await peer.ask(bytes))?.code).toBe(code)
  })

  it.each([
    ['a device that is not registered', { options: options('r/other', SENML_JSON) }, '4.04'],
    ['another path', { options: options('x/river-9', SENML_JSON) }, '4.04'],
    ['a content format without a codec', { options: options('r/river-9', 60) }, '4.15'],
    ['bytes for a model without a codec', { options: options('r/river-9') }, '4.15'],
    ['GET', { code: 'GET' as const, options: options('r/river-9') }, '4.05'],
    [
      'an option that would have to be understood',
      { options: [{ name: 'If-Match' as const, value: Buffer.of(1) }] },
      '4.02',
    ],
    ['nothing to read', { options: options('r/river-9', SENML_JSON), payload: Buffer.from('[]') }, '4.00'],
    [
      'readings of another device',
      {
        options: options('r/river-9', SENML_JSON),
        payload: Buffer.from('[{"bn":"crack-1/","n":"x","v":1}]'),
      },
      '4.00',
    ],
  ])('refuses %s, by code and in the rejections', async (_, packet, code) => {
    await start()
    expect((await peer.ask(post(1, { payload: Buffer.from('[1]'), ...packet })))?.code).toBe(code)
    expect(storedReadings(gateway)).toEqual([])
    if (code !== '4.00')
      expect((await rejectedNotes(gateway)).map(({ reason }) => reason)).toContainEqual(
        expect.stringContaining(code),
      )
  })

  it('reads CBOR by its content format, and bytes with the codec of the model', async () => {
    const models = folders.make()
    writeFileSync(join(models, 'probe.yaml'), PROBE)
    await start({}, { models, devices: [...devices, { id: 'probe-1', model: 'probe' }] })
    const cbor = Buffer.from('81a3216872697665722d392f00656c6576656c02f94100', 'hex')
    expect((await peer.ask(post(1, { options: options('r/river-9', 112), payload: cbor })))?.code).toBe(
      '2.04',
    )
    const bytes = Buffer.of(0x01, 0x02)
    expect((await peer.ask(post(2, { options: options('r/probe-1', 42), payload: bytes })))?.code).toBe(
      '2.04',
    )
    expect((await peer.ask(post(3, { options: options('r/probe-1'), payload: bytes })))?.code).toBe('2.04')
    const json = Buffer.from('{"v":7}')
    expect((await peer.ask(post(4, { options: options('r/probe-1/level', 50), payload: json })))?.code).toBe(
      '2.04',
    )
    expect(storedReadings(gateway).map(({ device, v }) => [device, v])).toEqual([
      ['river-9', 2.5],
      ['probe-1', 258],
      ['probe-1', 258],
      ['probe-1', 7],
    ])
  })

  it('answers a ping, and hears nobody outside its addresses', async () => {
    await start()
    expect(await peer.ask(Buffer.from('40000005', 'hex'))).toMatchObject({ reset: true, messageId: 5 })
    await gateway.stop()
    peer.close()
    await start({ from: ['10.0.0.0/8'] })
    const bytes = post(1, { options: options('r/river-9', SENML_JSON), payload: Buffer.from(pack(1)) })
    expect(await peer.ask(bytes, 100)).toBeUndefined()
    expect(await rejectedNotes(gateway)).toMatchObject([{ source: 'coap peer 127.0.0.1', count: 1 }])
  })

  it('is closed to other machines while it does not say which', async () => {
    gateway = await startTestGateway({
      data: folders.make(),
      sources: [{ type: 'coap', port: 0, host: '0.0.0.0' }],
    })
    expect(gateway.sources()[0]?.fault?.message).toMatch(/from.*inTheClear/)
  })
})
