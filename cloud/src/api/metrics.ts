import { monitorEventLoopDelay } from 'node:perf_hooks'
import { LEVELS } from '@picket/rules'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const NANOSECONDS_PER_SECOND = 1e9
const LOOP_DELAY_RESOLUTION_MS = 20
// A FULL commit takes some 0.2 ms on a good disk and can take a second on a worn SD card.
const COMMIT_BUCKETS_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What the cloud tells Prometheus of itself. */
export type CloudMetrics = ReturnType<typeof createMetrics>

/**
 * Makes the metrics in a registry of their own.
 *
 * @returns the metrics to feed, the registry to serve, and `stop`, which ends the measuring of the event loop
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const alarmsActive = new Gauge({
    name: 'picket_alarms_active',
    help: 'Alarms that are active, by level.',
    labelNames: ['level'],
    registers,
  })
  for (const level of LEVELS) alarmsActive.set({ level }, 0)
  return {
    registry,
    readingsStored: counter('picket_readings_stored_total', 'Readings stored.'),
    readingsDuplicate: counter('picket_readings_duplicate_total', 'Readings that were stored already.'),
    readingsConflict: counter(
      'picket_readings_conflict_total',
      'Readings whose series and time hold another value.',
    ),
    readingsQuarantined: counter('picket_readings_quarantined_total', 'Readings put into quarantine.'),
    uplinkBytes: counter('picket_uplink_bytes_total', 'MQTT payload bytes of batches.'),
    batches: counter('picket_batches_total', 'Batches taken from gateways.'),
    commitDuration: new Histogram({
      name: 'picket_commit_duration_seconds',
      help: 'Duration of one commit of the ingest.',
      buckets: COMMIT_BUCKETS_S,
      registers,
    }),
    ingestQueue: gauge('picket_ingest_queue_batches', 'Batches that wait for their commit.'),
    alarmsActive,
    notificationFailures: counter('picket_notification_failures_total', 'Failed attempts to notify.'),
    gatewaysConnected: gauge('picket_gateways_connected', 'Gateways that are connected.'),
    rejections: counter('picket_rejections_total', 'Inputs that were refused.'),
    stop: measureEventLoop(registry),
  }
}

function measureEventLoop(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS })
  delay.enable()
  new Gauge({
    name: 'picket_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [0.5, 0.99, 1]) {
        const delayNs = quantile === 1 ? delay.max : delay.percentile(quantile * 100)
        // Without a sample since the last scrape the histogram's figures mean nothing.
        this.set({ quantile }, delay.count > 0 ? delayNs / NANOSECONDS_PER_SECOND : 0)
      }
      delay.reset()
    },
  })
  return () => delay.disable()
}
