import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { hasStrace } from './testing/power-loss/recording.ts'
import { connectSensor, Folders } from './testing/test-gateway.ts'

/** What each sync takes: a worn card that tidies itself up. */
const SYNC_MS = 200
const MESSAGES = 200
const LAUNCHER = new URL('../picket-edge.mjs', import.meta.url).pathname
const folders = new Folders()
let strace: ChildProcess | undefined
let sensor: MqttClient | undefined

afterEach(() => {
  sensor?.end(true)
  if (strace) process.kill(traceeOf(strace), 'SIGKILL')
  folders.remove()
})

const traceeOf = ({ pid }: ChildProcess): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])

async function startOnSlowDisk(folder: string): Promise<number> {
  const config = join(folder, 'gateway.yaml')
  writeFileSync(join(folder, 'password'), 'secret')
  writeFileSync(
    config,
    '{ id: g, data: ./data, sources: [{ type: mqtt, port: 0 }], cloud: { url: "mqtt://127.0.0.1:9", passwordFile: ./password } }',
  )
  const slow = ['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:delay_enter=${SYNC_MS * 1000}`]
  const words = ['-f', ...slow, '-o', '/dev/null', process.execPath, LAUNCHER, '--config', config]
  const child = spawn('strace', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  strace = child
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { msg: string; ports: { mqtt: number } }
    if (entry.msg !== 'gateway started') continue
    child.stdout.resume()
    return entry.ports.mqtt
  }
  throw new Error('the gateway ended before it had started')
}

it.skipIf(!hasStrace())(
  'on a slow disk sensors wait together, in their order, and none is acknowledged before the sync (strace is needed)',
  async () => {
    sensor = await connectSensor(await startOnSlowDisk(folders.make()))
    const acknowledged: number[] = []
    const begun = performance.now()
    let first = 0
    await Promise.all(
      Array.from({ length: MESSAGES }, async (_, v) => {
        await sensor?.publishAsync('sensors/a/x', JSON.stringify({ v }), { qos: 1 })
        first ||= performance.now() - begun
        acknowledged.push(v)
      }),
    )
    const allMs = performance.now() - begun
    expect(acknowledged).toEqual(Array.from({ length: MESSAGES }, (_, v) => v))
    expect(first).toBeGreaterThanOrEqual(SYNC_MS)
    // One sync for each message would take 40 s.
    expect(allMs).toBeLessThan((MESSAGES * SYNC_MS) / 4)
  },
  60_000,
)
