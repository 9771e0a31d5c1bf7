import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Reading } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Gateway } from './gateway.ts'
import { type FakeBroker, FakeCloud, startFakeBroker } from './testing/fake-cloud.ts'
import { rejectedNotes, storedReadings } from './testing/outbox-contents.ts'
import {
  connectSensor,
  Folders,
  portOf,
  startTestGateway,
  type TestGatewayOptions,
} from './testing/test-gateway.ts'

const T = Date.UTC(2026, 10, 23)
const folders = new Folders()
const running: { stop(): Promise<void> }[] = []
const sensors: MqttClient[] = []

const start = async (options: Partial<TestGatewayOptions> = {}): Promise<Gateway> => {
  const gateway = await startTestGateway({ data: folders.make(), ...options })
  running.unshift(gateway)
  return gateway
}
const sensor = async (gateway: Gateway, options = {}): Promise<MqttClient> => {
  const client = await connectSensor(portOf(gateway), options)
  sensors.push(client)
  return client
}
const publish = (client: MqttClient, topic: string, payload: unknown): Promise<unknown> =>
  client.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 })
// An abrupt end also emits an error, which is expected here.
const closed = (client: MqttClient): Promise<void> =>
  new Promise(resolve => client.on('error', () => {}).once('close', () => resolve()))
afterEach(async () => {
  for (const client of sensors.splice(0)) client.end(true)
  for (const program of running.splice(0)) await program.stop()
  folders.remove()
})

describe('a gateway', () => {
  it('acknowledges a reading that is in its outbox', async () => {
    const gateway = await start()
    const client = await sensor(gateway)
    await publish(client, 'sensors/crack-01/displacement', { t: T, v: 3.25 })
    expect(storedReadings(gateway)).toEqual([
      { device: 'crack-01', quantity: 'displacement', t: T, v: 3.25, q: 2 },
    ])
    await publish(client, '$dp', { 'crack-02': { L1_LF_1: { '2026-11-23T00:00:00Z': 4.5 } } })
    expect(storedReadings(gateway)[1]).toEqual({
      device: 'crack-02',
      quantity: 'displacement',
      t: T,
      v: 4.5,
      q: 2,
    })
  })

  it('commits no more often than its file says', async () => {
    const commitEveryMs = 150
    const gateway = await start({ commitEveryMs })
    const client = await sensor(gateway)
    await publish(client, 'sensors/crack-01/displacement', { t: T, v: 1 })
    const begun = performance.now()
    await publish(client, 'sensors/crack-01/displacement', { t: T + 1, v: 2 })
    expect(performance.now() - begun).toBeGreaterThan(commitEveryMs / 2)
    expect(storedReadings(gateway)).toHaveLength(2)
  })

  it('lets many wait no longer for others to come', async () => {
    const commitEveryMs = 1000
    const gateway = await start({ commitEveryMs })
    const client = await sensor(gateway)
    const send = (v: number) => publish(client, 'sensors/crack-01/displacement', { t: T + v, v })
    await send(0)
    const begun = performance.now()
    await Promise.all(Array.from({ length: 200 }, (_, v) => send(v + 1)))
    expect(performance.now() - begun).toBeLessThan(commitEveryMs)
    expect(storedReadings(gateway)).toHaveLength(201)
  })

  it('keeps the order of each sensor', async () => {
    const gateway = await start()
    const client = await sensor(gateway)
    const acknowledged: number[] = []
    await Promise.all(
      Array.from({ length: 500 }, (_, v) =>
        publish(client, 'sensors/a/x', { t: T + v, v }).then(() => acknowledged.push(v)),
      ),
    )
    const values = Array.from({ length: 500 }, (_, v) => v)
    expect(storedReadings(gateway).map(({ v }) => v)).toEqual(values)
    expect(acknowledged).toEqual(values)
  })

  it('takes readings without acknowledgement too', async () => {
    const gateway = await start()
    const client = await sensor(gateway)
    await client.publishAsync('sensors/a/x', '{"v":1}', { qos: 0 })
    await publish(client, 'sensors/a/x', { v: 2 })
    expect(storedReadings(gateway).map(({ v }) => v)).toEqual([1, 2])
  })

  it('gives no acknowledgement when the disk refuses, and goes on', async () => {
    const gateway = await start({ maxBytes: 40_000 })
    const client = await sensor(gateway)
    const noise = Array.from({ length: 5000 }, (_, at) => ({ t: T + at * at, v: Math.sin(at) }))
    let acknowledged = false
    for (let at = 0; at < 4; at++)
      publish(client, 'sensors/a/x', noise).then(
        () => {
          acknowledged = true
        },
        () => {},
      )
    await closed(client)
    expect(acknowledged).toBe(false)
    await publish(await sensor(gateway), 'sensors/a/x', { t: T, v: 1 })
    expect(storedReadings(gateway)).toHaveLength(1)
  })

  it('forwards what it holds to the cloud, and reports on itself', async () => {
    const cloud = new FakeCloud()
    const broker = await startFakeBroker('g', cloud)
    running.push(broker)
    const gateway = await start({ cloudPort: broker.port })
    await publish(await sensor(gateway), 'sensors/a/x', [
      { t: T, v: 1 },
      { t: T + 1, v: 2 },
    ])
    await gateway.idle()
    expect(gateway.outbox.pendingRecords).toBe(0)
    const records = [...cloud.records.values()] as Reading[]
    expect(records.filter(({ device }) => device === 'a').map(({ v }) => v)).toEqual([1, 2])
    expect(
      records
        .filter(({ device }) => device === 'g')
        .map(({ quantity }) => quantity)
        .sort(),
    ).toEqual([
      'commits_failed',
      'disk_free',
      'dropped',
      'flooded',
      'link_budget',
      'link_bytes_alarms',
      'link_bytes_backlog',
      'link_bytes_live',
      'link_reconnects',
      'outbox_age',
      'outbox_fill',
      'outbox_records',
      'rejected',
      'set_aside',
      'sources_down',
      'thinned',
    ])
  })

  it('connects again after the link was cut, and sends what waited', async () => {
    const cloud = new FakeCloud()
    let broker: FakeBroker = await startFakeBroker('g', cloud)
    const gateway = await start({ cloudPort: broker.port })
    const client = await sensor(gateway)
    await gateway.idle()
    await broker.stop()
    await publish(client, 'sensors/a/x', { t: T, v: 7 })
    broker = await startFakeBroker('g', cloud, broker.port)
    running.push(broker)
    await expect.poll(() => gateway.outbox.pendingRecords, { timeout: 5000 }).toBe(0)
    expect(gateway.uplink.reconnections).toBe(1)
    expect([...cloud.records.values()].some(record => !('note' in record) && record.v === 7)).toBe(true)
  })
})

describe('bad input', () => {
  it('is acknowledged, counted by source and reason, and sent on', async () => {
    const gateway = await start()
    const client = await sensor(gateway)
    await publish(client, 'sensors/a/x', '{"v":')
    await publish(client, 'sensors/a/x', '{"v":NaN}')
    await publish(client, 'sensors/a/x', { t: 12, v: 1 })
    await publish(client, 'elsewhere', { v: 1 })
    await publish(client, 'sensors/g/outbox_records', { v: 1 })
    await publish(client, 'sensors/a/x', `[${' '.repeat(300_000)}]`)
    const notes = await rejectedNotes(gateway)
    expect(notes.map(({ source, reason, count }) => [source, reason.split(':')[0], count])).toEqual([
      ['sensors/a/x', 'plain-json-syntax', 2],
      ['sensors/a/x', 'plain-json-time', 1],
      ['elsewhere', 'plain-json-topic', 1],
      ['sensors/g/outbox_records', 'device-not-allowed', 1],
      ['sensors/a/x', 'message-too-long', 1],
    ])
    expect(notes[0]?.sample).toBe('{"v":')
    expect(storedReadings(gateway)).toEqual([])
  })

  it('keeps the good readings of a message with a bad one', async () => {
    const gateway = await start()
    await publish(await sensor(gateway), 'sensors/a/x', '[{"t":1795392000000,"v":1},{"v":"2"},null]')
    expect(storedReadings(gateway)).toHaveLength(1)
    expect(await rejectedNotes(gateway)).toMatchObject([{ count: 2 }])
  })

  it('ends the connection of a packet above 2 MB, and only that one', async () => {
    const gateway = await start()
    const [bad, good] = [await sensor(gateway), await sensor(gateway)]
    bad.publish('sensors/a/x', Buffer.alloc(3_000_000), { qos: 1 }, () => {})
    await closed(bad)
    await publish(good, 'sensors/a/x', { v: 1 })
    expect((await rejectedNotes(gateway)).some(({ reason }) => reason.includes('packet above'))).toBe(true)
  })
})

describe('access to a gateway', () => {
  let usersFile: string
  beforeEach(() => {
    usersFile = join(folders.make(), 'sensors.yaml')
    writeFileSync(usersFile, '- name: crack-01\n  password: long enough\n', { mode: 0o600 })
  })

  const faultOf = async (settings: object): Promise<string | undefined> => {
    const gateway = await start({ sources: [{ type: 'mqtt', port: 0, ...settings }] })
    return gateway.sources()[0]?.fault?.message
  }

  it('is refused to other machines without credentials', async () => {
    expect(await faultOf({ host: '0.0.0.0' })).toMatch(/usersFile/)
    expect(await faultOf({ host: '0.0.0.0', usersFile })).toMatch(/inTheClear/)
    expect(await faultOf({ host: '0.0.0.0', usersFile, inTheClear: true })).toBeUndefined()
  })

  it('needs the right password under the own name', async () => {
    const gateway = await start({ sources: [{ type: 'mqtt', port: 0, usersFile }] })
    const user = { clientId: 'crack-01', username: 'crack-01', password: 'long enough' }
    await expect(sensor(gateway, { ...user, password: 'wrong one' })).rejects.toThrow()
    await expect(sensor(gateway, { ...user, clientId: 'tilt-01' })).rejects.toThrow()
    await expect(sensor(gateway, {})).rejects.toThrow()
    await publish(await sensor(gateway, user), 'sensors/crack-01/displacement', { t: T, v: 1 })
    expect(storedReadings(gateway)).toHaveLength(1)
    expect((await rejectedNotes(gateway)).reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(
      3,
    )
  })

  it('lets a sensor speak for itself alone', async () => {
    const gateway = await start({ sources: [{ type: 'mqtt', port: 0, usersFile }] })
    const user = { clientId: 'crack-01', username: 'crack-01', password: 'long enough' }
    const client = await sensor(gateway, user)
    await publish(client, 'sensors/crack-02/displacement', { t: T, v: 1 })
    await publish(client, '$dp', { 'crack-01': { L1_LF_1: 1 }, 'crack-02': { L1_LF_1: 2 } })
    expect(storedReadings(gateway)).toMatchObject([{ device: 'crack-01', v: 1 }])
  })

  it('has none with a file of passwords that others can read', async () => {
    writeFileSync(join(folders.make(), 'x'), '')
    const open = join(folders.make(), 'sensors.yaml')
    writeFileSync(open, '[]', { mode: 0o644 })
    expect(await faultOf({ usersFile: open })).toMatch(/chmod 600/)
  })

  it('is named when its port is taken, and tried again', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const clock = new SteppedClock(T)
    const gateway = await start({ clock, sources: [{ type: 'mqtt', port }] })
    expect(gateway.sources()).toMatchObject([
      { name: 'mqtt', isRunning: false, fault: { code: 'port-in-use' } },
    ])
    server.close()
    await once(server, 'close')
    clock.advanceTo(T + 5000)
    await expect
      .poll(() => gateway.sources())
      .toEqual([{ name: 'mqtt', type: 'mqtt', isRunning: true, port }])
    expect(await rejectedNotes(gateway)).toMatchObject([{ source: 'source mqtt', count: 1 }])
  })
})
