import { createHistogram } from 'node:perf_hooks'
import { connectAsync } from 'mqtt'
import type { Installation } from '../support/installation.ts'

/** Time from a sensor's publication to the alarm's server-sent event, which follows the commit. */
export interface Latency {
  alarms: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const NANOSECONDS_PER_MS = 1e6

/** A device whose rule raises above 1 and clears below, without delays: see `main.ts`. */
export const TRIGGER = 'trigger'

/** Swings one series across its limit again and again, and times the events. */
export async function measureLatency(
  installation: Installation,
  { alarms, everyMs }: { alarms: number; everyMs: number },
): Promise<Latency> {
  const histogram = createHistogram()
  const events = await installation.api.events('alarm')
  const sensor = await connectAsync(installation.fieldUrl)
  for (let count = 0; count < alarms; count++) {
    const earliestNext = performance.now() + everyMs
    const published = performance.now()
    const value = count % 2 === 0 ? 2 : 0
    await sensor.publishAsync(`sensors/${TRIGGER}/level`, JSON.stringify({ t: Date.now(), v: value }), {
      qos: 1,
    })
    await events.next()
    histogram.record(Math.max(1, Math.round((performance.now() - published) * NANOSECONDS_PER_MS)))
    await new Promise(resolve => setTimeout(resolve, Math.max(1, earliestNext - performance.now())))
  }
  await events.return(undefined)
  await sensor.endAsync()
  const milliseconds = (nanoseconds: number): number =>
    Math.round(nanoseconds / NANOSECONDS_PER_MS / 0.1) * 0.1
  return {
    alarms,
    p50Ms: milliseconds(histogram.percentile(50)),
    p99Ms: milliseconds(histogram.percentile(99)),
    maxMs: milliseconds(histogram.max),
  }
}
