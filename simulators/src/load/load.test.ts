import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeGateway, startFakeGateway } from '../fakes/gateway.ts'
import { type LoadOptions, runLoad } from './load.ts'
import { PublishTemplate } from './template.ts'

describe('load', () => {
  let gateway: FakeGateway
  let options: LoadOptions

  beforeEach(async () => {
    gateway = await startFakeGateway()
    options = {
      url: gateway.url,
      devicePrefix: 'load-',
      quantity: 'level',
      devices: 5,
      batch: 20,
      rate: 2000,
      durationMs: 300,
      connections: 2,
      window: 8,
    }
  })
  afterEach(() => gateway.stop())

  it('keeps the rate, and every reading arrives well formed and once', async () => {
    const report = await runLoad(options)
    expect(report.acknowledged).toBe(report.sent)
    expect(report.sent).toBeGreaterThan(300)
    expect(report.sent).toBeLessThanOrEqual(620)
    expect(report.ackP50Ms).toBeGreaterThan(0)
    expect(report.ackP99Ms).toBeGreaterThanOrEqual(report.ackP50Ms)
    expect(gateway.faults).toBe(0)
    expect(gateway.readings).toHaveLength(report.sent)
    const keys = new Set(gateway.readings.map(({ device, t }) => `${device} ${t}`))
    expect(keys.size).toBe(report.sent)
    expect(Math.max(...gateway.readings.map(({ t }) => t))).toBeLessThanOrEqual(Date.now())
  })

  it('sends single readings as fast as they are acknowledged', async () => {
    const report = await runLoad({ ...options, batch: 1, rate: Number.POSITIVE_INFINITY, durationMs: 200 })
    expect(report.acknowledged).toBe(report.sent)
    expect(gateway.readings).toHaveLength(report.sent)
    expect(report.sent).toBeGreaterThan(100)
  })

  it('ends when the gateway closes its connections, with what is open not counted as acknowledged', async () => {
    gateway.silent = true
    const running = runLoad({ ...options, durationMs: 60_000 })
    await gateway.until(() => gateway.messages >= 4)
    gateway.disconnect()
    expect(await running).toMatchObject({ acknowledged: 0, closed: 2 })
  })

  it('says when the devices are too few for the rate', async () => {
    await expect(runLoad({ ...options, rate: 50_000 })).rejects.toThrow('at least 50 devices')
  })

  it('says in one line that nobody listens', async () => {
    await gateway.stop()
    await expect(runLoad(options)).rejects.toThrow(/cannot connect to 127\.0\.0\.1:\d+: ECONNREFUSED/)
    gateway = await startFakeGateway()
  })
})

it('a template writes times and values digit by digit', () => {
  const packet = new PublishTemplate('sensors/a/level', 2).fill(513, 1_780_000_000_009, i => 12_345 + i)
  expect(packet.subarray(0, 2)).toEqual(Buffer.from([0x32, packet.length - 2]))
  const text = packet.toString('latin1')
  expect(text.slice(4, 19)).toBe('sensors/a/level')
  expect([packet[19], packet[20]]).toEqual([2, 1])
  expect(JSON.parse(text.slice(21))).toEqual([
    { t: 1_780_000_000_009, v: 123.45 },
    { t: 1_780_000_000_010, v: 123.46 },
  ])
})
