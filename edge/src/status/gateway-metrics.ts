import { addDiskFree, addProcessMetrics, Metrics, type SeriesWords } from '@picket/devices/runtime'
import { type MetricsPage, openMetricsPage } from './metrics-page.ts'
import type { MetricsSection } from './metrics-section.ts'
import type { GatewayParts } from './status.ts'
import { waitingAgeSeconds } from './waiting-age.ts'

const UNAUTHORIZED = { code: 'unauthorized', message: 'somebody asked for the metrics without the token' }
const LANES = ['alarms', 'live', 'backlog'] as const

/**
 * Serves the gateway's series.
 *
 * @throws StartError where the page cannot be opened as the section says
 */
export async function serveGatewayMetrics(
  section: MetricsSection,
  resolve: (path: string) => string,
  parts: GatewayParts,
): Promise<MetricsPage> {
  const metrics = new Metrics()
  addIntake(metrics, parts)
  addOutbox(metrics, parts)
  addLink(metrics, parts)
  addDiskFree(metrics, parts.folder)
  const page = await openMetricsPage(section, {
    text: () => metrics.text(),
    resolve,
    log: parts.log,
    onRefused: () => parts.rejections.add('metrics', UNAUTHORIZED),
  })
  const stopMeasuring = addProcessMetrics(metrics)
  return {
    port: page.port,
    async stop() {
      stopMeasuring()
      await page.stop()
    },
  }
}

const words = (name: string, help: string): SeriesWords => ({ name: `picket_edge_${name}`, help })

function addIntake(metrics: Metrics, { intake, rejections, sources }: GatewayParts): void {
  metrics.counter(
    words('records_committed_total', 'Records committed to the outbox.'),
    () => intake.committedRecords.value,
  )
  metrics.histogram(words('commit_duration_seconds', 'Duration of one commit.'), intake.commitTimes)
  metrics.counter(
    words('commit_failures_total', 'Commits that the disk refused.'),
    () => intake.failedCommits,
  )
  metrics.histogram(
    words('rule_evaluation_duration_seconds', "Time that the gateway's own rules took of one commit."),
    intake.evaluationTimes,
  )
  metrics.counter(words('rejections_total', 'Inputs that were refused.'), () => rejections.total)
  metrics.counter(words('flooded_messages_total', 'Messages of sensors that sent too fast.'), () =>
    sources.limited(),
  )
  metrics.gauge(words('sources', 'Sources of the configuration.'), () => sources.states().length)
  metrics.gauge(
    words('sources_down', 'Sources that do not run.'),
    () => sources.states().filter(({ isRunning }) => !isRunning).length,
  )
}

function addOutbox(metrics: Metrics, { outbox, clock }: GatewayParts): void {
  metrics.gauge(words('outbox_records', 'Records that wait for the cloud.'), () => outbox.pendingRecords)
  metrics.gauge(
    words(
      'outbox_age_seconds',
      'Age of the oldest record that waits; 0 where none does, absent where a wrong clock stored it.',
    ),
    () => waitingAgeSeconds(outbox, clock),
  )
  metrics.gauge(words('outbox_fill_ratio', 'What the outbox uses of what it may.'), () => outbox.fill)
  metrics.counter(words('dropped_records_total', 'Records dropped by policy.'), () => outbox.droppedRecords)
  metrics.counter(
    words('thinned_records_total', 'Records thinned out by policy.'),
    () => outbox.thinnedRecords,
  )
  metrics.gauge(
    words('outboxes_set_aside', 'Damaged databases of the outbox that were set aside.'),
    () => outbox.setAsideCount,
  )
}

function addLink(metrics: Metrics, { uplink, meter }: GatewayParts): void {
  metrics.gauge(words('link_up', '1 while the cloud hears the gateway.'), () => Number(uplink.connected))
  metrics.counter(
    words('link_reconnections_total', 'Connections to the cloud after the first.'),
    () => uplink.reconnections,
  )
  metrics.counter(
    { ...words('link_bytes_total', 'Payload sent in the calendar month (UTC).'), label: 'lane' },
    () => LANES.map((lane, at) => [lane, meter.usage.bytes[at] ?? 0] as const),
  )
  metrics.gauge(
    words('link_budget_used_ratio', "Share of the month's bytes that is used; 0 without a limit."),
    () => meter.share,
  )
}
