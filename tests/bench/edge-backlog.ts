import { connectAsync } from 'mqtt'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, ROOT } from '../support/installation.ts'
import { runToEnd } from '../support/program.ts'
import { DEVICES, edgeInstallation } from './edge-installation.ts'
import { memoryOf } from './metrics.ts'

/** A backlog drains while live readings come: its speed, the gateway's memory and the live readings' latency. */
/** @param size - readings that wait when the link comes */
export async function benchBacklog(size: number): Promise<object> {
  const installation = await edgeInstallation()
  const { api, fieldUrl } = installation
  try {
    await (await installation.startGateway()).stop()
    const gateway = await installation.startGateway()
    let waiting = 0
    while (waiting < size) {
      const words = ['--url', fieldUrl, '--devices', String(DEVICES), '--batch', '100', '--duration', '5']
      const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, ['load', ...words])
      waiting += (JSON.parse(output) as { acknowledged: number }).acknowledged
    }
    const before = memoryOf(gateway)
    await installation.startCloud()
    const begun = performance.now()
    const sensor = await connectAsync(fieldUrl)
    const latencies: number[] = []
    let most = before
    const drained = async (): Promise<boolean> => {
      const epochs = await api.custody(GATEWAY)
      return epochs.length > 0 && epochs.every(({ missing }) => missing.length === 0)
    }
    while (!(await drained())) {
      const t = Date.now()
      const sentAt = performance.now()
      await sensor.publishAsync('sensors/live/level', JSON.stringify({ t, v: 1 }), { qos: 1 })
      await eventually(
        () => api.readings('live/level', { from: t, to: t + 1 }),
        stored => stored.length > 0,
      )
      latencies.push(performance.now() - sentAt)
      const now = memoryOf(gateway)
      if (now.anonymousMb > most.anonymousMb) most = now
    }
    await sensor.endAsync()
    const firstMs = Math.round(latencies.shift() ?? 0)
    latencies.sort((a, b) => a - b)
    const at = (share: number): number =>
      Math.round(latencies[Math.floor(share * (latencies.length - 1))] ?? 0)
    return {
      readings: waiting,
      drainedPerSecond: Math.round(waiting / ((performance.now() - begun) / 1000)),
      memoryBefore: before,
      memoryMost: most,
      // It waits until the gateway tries to connect again: 30 s at the latest.
      firstLiveMs: firstMs,
      liveLatencyMs: { count: latencies.length, p50: at(0.5), p99: at(0.99), most: at(1) },
    }
  } finally {
    await installation.remove()
  }
}
