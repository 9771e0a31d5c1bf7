import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { MqttClient } from 'mqtt'
import { FakeCloud, startFakeBroker } from '../fake-cloud.ts'
import { connectSensor } from '../test-gateway.ts'
import { type Call, readTrace, STRACE } from './trace.ts'

const LAUNCHER = new URL('../../../picket-edge.mjs', import.meta.url).pathname
const NORMAL = new URL('./normal.mjs', import.meta.url).pathname
const T = Date.UTC(2026, 10, 23)
/** Readings in the messages of each sensor. */
const SENSORS = [1, 1, 1, 1, 3, 10]

export const hasStrace = (): boolean => spawnSync('strace', ['-V']).status === 0

/** What a gateway did to its disk, and what the cloud got of it. */
export interface Recording {
  /** The folder that all calls lie in. */
  folder: string
  /** The data folder in it. */
  data: string
  cloud: FakeCloud
  calls(): AsyncGenerator<Call>
}

/**
 * Runs a gateway under `strace` with sensors and a cloud: it is loaded, stopped in order, loaded again while the
 * link is down for a while, and killed.
 *
 * @param folder - empty
 * @param messages - how many each sensor sends in each of the two runs
 * @param synchronous - NORMAL in place of what the gateway does, to show that the proof can fail
 */
export async function record({
  folder,
  messages,
  synchronous,
}: {
  folder: string
  messages: number
  synchronous: 'FULL' | 'NORMAL'
}): Promise<Recording> {
  const root = join(folder, 'disk')
  const data = join(root, 'gateway', 'data')
  const traces = [join(folder, 'trace-1'), join(folder, 'trace-2')] as const
  const cloud = new FakeCloud()
  let broker = await startFakeBroker('g', cloud)
  const config = join(folder, 'gateway.yaml')
  writeFileSync(join(folder, 'password'), 'secret')
  // Acknowledged records are deleted soon, so that deletions are among the calls.
  const settings = { maxBytes: 1e7, tailMs: 0, tailMaxBytes: 0 }
  writeFileSync(
    config,
    JSON.stringify({
      id: 'g',
      data,
      sources: [{ type: 'mqtt', port: 0 }],
      outbox: settings,
      statusIntervalMs: 200,
      cloud: { url: `mqtt://127.0.0.1:${broker.port}`, passwordFile: join(folder, 'password') },
    }),
  )
  let next = 0
  const play = (port: number, count: number) => load(port, count, () => next++)
  try {
    const first = await start(traces[0], config, synchronous)
    await play(first.port, messages)
    await first.end('SIGTERM')
    const second = await start(traces[1], config, synchronous)
    await play(second.port, messages >> 1)
    const { port } = broker
    await broker.stop()
    await play(second.port, messages - (messages >> 1))
    broker = await startFakeBroker('g', cloud, port)
    await play(second.port, 5)
    // Whoever is answered now shows that all that was written before has returned: what a kill interrupts is in no trace.
    const late = await connectSensor(second.port)
    late.end(true)
    await second.end('SIGKILL')
  } finally {
    await broker.stop()
  }
  async function* calls(): AsyncGenerator<Call> {
    for (const trace of traces) yield* readTrace(trace, root)
  }
  return { folder: root, data, cloud, calls }
}

interface Traced {
  port: number
  end(signal: NodeJS.Signals): Promise<void>
}

async function start(trace: string, config: string, synchronous: 'FULL' | 'NORMAL'): Promise<Traced> {
  const shim = synchronous === 'NORMAL' ? ['--import', NORMAL] : []
  const words = [...STRACE, '-o', trace, process.execPath, ...shim, LAUNCHER, '--config', config]
  const strace = spawn('strace', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(strace, 'close')
  for await (const line of createInterface({ input: strace.stdout })) {
    const entry = JSON.parse(line) as { msg: string; ports: { mqtt: number } }
    if (entry.msg !== 'gateway started') continue
    strace.stdout.resume()
    return {
      port: entry.ports.mqtt,
      async end(signal) {
        process.kill(tracee(strace), signal)
        await ended
      },
    }
  }
  throw new Error('the gateway ended before it had started')
}

const tracee = ({ pid }: ChildProcess): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])

async function load(port: number, messages: number, next: () => number): Promise<void> {
  await Promise.all(
    SENSORS.map(async (length, at) => {
      const sensor: MqttClient = await connectSensor(port)
      for (let left = messages; left > 0; left--) {
        const readings = Array.from({ length }, next).map(v => ({ t: T + v, v }))
        await sensor.publishAsync(`sensors/sensor-${at}/x`, JSON.stringify(readings), { qos: 1 })
      }
      sensor.end(true)
    }),
  )
}
