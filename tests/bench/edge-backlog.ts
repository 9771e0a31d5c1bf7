import { setTimeout as pause } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import type { AlarmStep } from '../support/api-client.ts'
import { GATEWAY, type Installation, ROOT } from '../support/installation.ts'
import { type Program, runToEnd } from '../support/program.ts'
import { DEVICES, edgeInstallation, LIVE_DEVICE, LIVE_RULE } from './edge-installation.ts'
import { memoryOf } from './metrics.ts'

type Memory = ReturnType<typeof memoryOf>

const LOOK_MS = 500
const ALARM_EVERY_MS = 60

/**
 * A backlog drains while a sensor swings across its limit: the backlog's speed, the gateway's memory, and the time from a
 * reading to its alarm.
 *
 * @param size - readings that wait when the link comes
 */
export async function benchBacklog(size: number): Promise<object> {
  const installation = await edgeInstallation()
  try {
    await (await installation.startGateway()).stop()
    const gateway = await installation.startGateway()
    const readings = await fill(installation, size)
    const before = memoryOf(gateway)
    await installation.startCloud()
    const begun = performance.now()
    const swinging = new AbortController()
    const latencies = swing(installation, swinging.signal)
    const most = await watchUntilDrained(installation, gateway)
    const seconds = (performance.now() - begun) / 1000
    swinging.abort()
    const [first = 0, ...others] = await latencies
    others.sort((a, b) => a - b)
    const at = (share: number): number => Math.round(others[Math.floor(share * (others.length - 1))] ?? 0)
    return {
      readings,
      drainedPerSecond: Math.round(readings / (seconds - first / 1000)),
      memoryBefore: before,
      memoryMost: most,
      // It waits until the gateway tries to connect again: 30 s at the latest.
      firstAlarmMs: Math.round(first),
      readingToAlarmMs: { count: others.length, p50: at(0.5), p99: at(0.99), most: at(1) },
    }
  } finally {
    await installation.remove()
  }
}

async function fill({ fieldUrl }: Installation, size: number): Promise<number> {
  let waiting = 0
  while (waiting < size) {
    const words = ['--url', fieldUrl, '--devices', String(DEVICES), '--batch', '100', '--duration', '5']
    const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, ['load', ...words])
    waiting += (JSON.parse(output) as { acknowledged: number }).acknowledged
  }
  return waiting
}

/** @returns the most memory that the gateway had meanwhile */
async function watchUntilDrained({ api }: Installation, gateway: Program): Promise<Memory> {
  let most = memoryOf(gateway)
  for (;;) {
    const epochs = await api.custody(GATEWAY)
    if (epochs.length > 0 && epochs.every(({ missing }) => missing.length === 0)) return most
    await pause(LOOK_MS)
    const now = memoryOf(gateway)
    if (now.anonymousMb > most.anonymousMb) most = now
  }
}

/** @returns milliseconds from each reading to the event of its alarm, which follows the commit */
async function swing({ api, fieldUrl }: Installation, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = []
  const events = await api.events('alarm')
  const sensor = await connectAsync(fieldUrl)
  for (let v = 2; !signal.aborted; v = 2 - v) {
    const begun = performance.now()
    await sensor.publishAsync(`sensors/${LIVE_DEVICE}/level`, JSON.stringify({ t: Date.now(), v }), {
      qos: 1,
    })
    const kind = v > 1 ? 'raised' : 'cleared'
    let hasCome = false
    while (!hasCome) {
      const event = await events.next()
      const latency = performance.now() - begun
      const { alarm, transitions } = await api.alarm(JSON.parse(event.value).id)
      hasCome = alarm.rule === LIVE_RULE && (transitions.at(-1) as AlarmStep).kind === kind
      if (hasCome) latencies.push(latency)
    }
    await pause(ALARM_EVERY_MS)
  }
  await events.return(undefined)
  await sensor.endAsync()
  return latencies
}
