import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Reading } from '@picket/devices'
import type { MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { type FakeBroker, FakeCloud, startFakeBroker } from './testing/fake-cloud.ts'
import { connectSensor, Folders } from './testing/test-gateway.ts'

const KILLS = 5
const ACKNOWLEDGED_BEFORE_KILL = 400
const T = Date.UTC(2026, 10, 23)
const launcher = new URL('../picket-edge.mjs', import.meta.url).pathname
const folders = new Folders()
let broker: FakeBroker | undefined
let child: ChildProcess | undefined

afterEach(async () => {
  child?.kill('SIGKILL')
  await broker?.stop()
  folders.remove()
})

async function startChild(config: string): Promise<{ gateway: ChildProcess; port: number }> {
  const gateway = spawn(process.execPath, [launcher, '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = gateway
  for await (const line of createInterface({ input: gateway.stdout })) {
    const entry = JSON.parse(line) as { msg: string; ports: { mqtt: number } }
    if (entry.msg === 'gateway started') {
      gateway.stdout.resume()
      return { gateway, port: entry.ports.mqtt }
    }
  }
  throw new Error('the gateway ended before it had started')
}

// Publishes singles and batches, many at a time, until enough were acknowledged.
async function load(client: MqttClient, next: () => number, acknowledged: Set<number>): Promise<void> {
  const goal = acknowledged.size + ACKNOWLEDGED_BEFORE_KILL
  const publishing = async (count: number): Promise<void> => {
    while (acknowledged.size < goal) {
      const values = Array.from({ length: count }, next)
      const payload = JSON.stringify(values.map(v => ({ t: T + v, v })))
      await client.publishAsync('sensors/a/x', payload, { qos: 1 })
      for (const v of values) acknowledged.add(v)
    }
  }
  await Promise.all([1, 1, 1, 1, 1, 1, 5, 20].map(publishing))
}

it('a gateway killed again and again loses nothing that it acknowledged', async () => {
  const folder = folders.make()
  const cloud = new FakeCloud()
  broker = await startFakeBroker('g', cloud)
  writeFileSync(join(folder, 'password'), 'secret')
  const config = join(folder, 'gateway.yaml')
  writeFileSync(
    config,
    `{ id: g, data: ./data, sources: [{ type: mqtt, port: 0 }], cloud: { url: "mqtt://127.0.0.1:${broker.port}", passwordFile: ./password } }`,
  )
  const acknowledged = new Set<number>()
  let value = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const { gateway, port } = await startChild(config)
    const client = await connectSensor(port)
    // In the middle of further messages, which may or may not be acknowledged.
    await load(client, () => value++, acknowledged)
    const more = load(client, () => value++, acknowledged).catch(() => {})
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
    client.end(true)
    await Promise.race([more, new Promise(resolve => setImmediate(resolve))])
  }
  await startChild(config)
  const missing = (): number[] => {
    const records = [...cloud.records.values()].filter((record): record is Reading => !('note' in record))
    const arrived = new Set(records.filter(({ device }) => device === 'a').map(({ v }) => v))
    return [...acknowledged].filter(v => !arrived.has(v))
  }
  await expect.poll(() => missing().length, { timeout: 10_000, interval: 50 }).toBe(0)
  expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS * ACKNOWLEDGED_BEFORE_KILL)
  for (const set of cloud.settled.values()) expect(set.ranges).toHaveLength(1)
}, 60_000)
