import { addProcessMetrics, Counter, Histogram, Metrics } from '@picket/devices/runtime'

// A FULL commit takes some 0.2 ms on a good disk and can take a second on a worn SD card.
const COMMIT_BOUNDS_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const EVALUATION_BOUNDS_S = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5]

/** What the cloud counts for Prometheus; `page` is what it shows, and takes further series. */
export type CloudMetrics = ReturnType<typeof createMetrics>

/** @returns what to count with, the page, and `stop`, which ends the measuring of the process */
export function createMetrics() {
  const page = new Metrics()
  const counter = (name: string, help: string): Counter => {
    const count = new Counter()
    page.counter({ name, help }, () => count.value)
    return count
  }
  const histogram = (name: string, help: string, bounds: readonly number[]): Histogram => {
    const counts = new Histogram(bounds)
    page.histogram({ name, help }, counts)
    return counts
  }
  return {
    page,
    readingsStored: counter('picket_readings_stored_total', 'Readings stored.'),
    readingsDuplicate: counter('picket_readings_duplicate_total', 'Readings that were stored already.'),
    readingsConflict: counter(
      'picket_readings_conflict_total',
      'Readings whose series and time hold another value.',
    ),
    readingsQuarantined: counter('picket_readings_quarantined_total', 'Readings put into quarantine.'),
    readingsExpired: counter('picket_readings_expired_total', 'Old readings that were let go of.'),
    uplinkBytes: counter('picket_uplink_bytes_total', 'MQTT payload bytes of batches.'),
    batches: counter('picket_batches_total', 'Batches taken from gateways.'),
    commitDuration: histogram(
      'picket_commit_duration_seconds',
      'Duration of one commit of the ingest, all that is done in it included.',
      COMMIT_BOUNDS_S,
    ),
    evaluationDuration: histogram(
      'picket_rule_evaluation_duration_seconds',
      'Time that the rule engine took of one commit.',
      EVALUATION_BOUNDS_S,
    ),
    notificationFailures: counter('picket_notification_failures_total', 'Failed attempts to notify.'),
    rejections: counter('picket_rejections_total', 'Inputs that the broker refused.'),
    stop: addProcessMetrics(page),
  }
}
