import { seriesName } from '@picket/devices'
import { addDiskFree, type Clock, type Metrics } from '@picket/devices/runtime'
import { LEVELS } from '@picket/rules'
import type { Dispatcher } from './alerts/notify/index.ts'
import type { GuardComparison } from './guards/comparison.ts'
import type { Guards } from './guards/guards.ts'
import type { Ingest } from './ingest/ingest.ts'
import type { Shipping } from './stores/influx/shipping.ts'
import type { NotHere } from './stores/sqlite/ledger.ts'
import type { Stores } from './stores/sqlite/stores.ts'

export interface OwnMetricsParts {
  clock: Clock
  stores: Stores
  ingest: Ingest
  dispatcher: Dispatcher
  guards: Pick<Guards, 'isOutOfStep'>
  comparison: GuardComparison
  shipping: Shipping | undefined
  connected: (gateway: string) => boolean
  gatewayIds: () => string[]
  dataFolder: string
}

type Add = (name: string, help: string, read: () => number | undefined) => void

const MS_PER_SECOND = 1000

/** Shows Prometheus how the cloud stands: all that is no count of what came in. */
export function addOwnMetrics(page: Metrics, parts: OwnMetricsParts): void {
  const { stores, ingest, guards, comparison, dataFolder, gatewayIds } = parts
  const gauge: Add = (name, help, read) => page.gauge({ name, help }, read)
  gauge('picket_ingest_queue_batches', 'Batches that wait for their commit.', () => ingest.waiting)
  page.gauge({ name: 'picket_alarms_active', help: 'Alarms that are active.', label: 'level' }, () => {
    const running = stores.alarms.running()
    return LEVELS.map(level => [level, running.get(level) ?? 0] as const)
  })
  gauge(
    'picket_rules_stopped',
    'Rules that failed and are not judged any more.',
    () => ingest.ruleFaults.length,
  )
  gauge(
    'picket_guards_out_of_step',
    'Gateways that run other rules than they are to run.',
    () => gatewayIds().filter(id => guards.isOutOfStep(id)).length,
  )
  page.counter(
    {
      name: 'picket_guard_differences_total',
      help: "Steps of alarms on which a gateway's engine and the cloud's disagreed.",
    },
    () => comparison.total,
  )
  addDiskFree(page, dataFolder)
  addNotifications(gauge, parts)
  addGateways(page, parts)
  addShipping(page, parts)
}

function addNotifications(
  gauge: Add,
  { stores: { notifications }, dispatcher, clock }: OwnMetricsParts,
): void {
  gauge('picket_notifications_waiting', 'Notifications that wait for delivery.', () =>
    notifications.overdue(0),
  )
  gauge('picket_notifications_overdue', 'Notifications that failed at least three times and wait.', () =>
    dispatcher.overdue(),
  )
  gauge(
    'picket_notifications_oldest_age_seconds',
    'Age of the oldest notification that waits; 0 where none does.',
    () => age(notifications.oldestWaiting(), clock),
  )
}

function addGateways(page: Metrics, parts: OwnMetricsParts): void {
  const { stores, connected, gatewayIds } = parts
  const perGateway = (name: string, help: string, read: (id: string) => number | undefined): void =>
    page.gauge({ name: `picket_gateway_${name}`, help, label: 'gateway' }, () =>
      gatewayIds().flatMap(id => {
        const value = read(id)
        return value === undefined ? [] : [[id, value] as const]
      }),
    )
  const told = (quantity: string) => (id: string) => stores.readings.latest().get(seriesName(id, quantity))?.v
  const custody = (kind: NotHere) => (id: string) => stores.ledger.count(id, kind)
  perGateway('up', '1 where the gateway is connected.', id => Number(connected(id)))
  perGateway('last_seen_timestamp_seconds', 'When it was heard last, since 1970 UTC.', id => {
    const { lastSeen } = stores.gateways.get(id)
    return lastSeen === null ? undefined : lastSeen / MS_PER_SECOND
  })
  perGateway('outbox_records', 'Records that wait at the gateway, as it told last.', told('outbox_records'))
  perGateway(
    'outbox_age_seconds',
    'Age of the oldest record that waits there, as it told last.',
    told('outbox_age'),
  )
  perGateway('missing_records', 'Records that exist and are not here yet: custody gaps.', custody('missing'))
  perGateway('quarantined_records', 'Records in quarantine here.', custody('quarantined'))
  perGateway(
    'dropped_records',
    'Records that the gateway dropped or thinned out by policy.',
    custody('dropped'),
  )
  perGateway('lost_records', 'Records that can be had nowhere any more.', custody('lost'))
}

function addShipping(page: Metrics, { shipping, stores: { journal }, clock }: OwnMetricsParts): void {
  const status = () => shipping?.status
  const words = (name: string, help: string) => ({ name: `picket_influx_${name}`, help })
  page.gauge(words('up', '1 while InfluxDB takes what is shipped.'), () => {
    const told = status()
    return told && Number(told.failing === null)
  })
  page.gauge(words('waiting_entries', 'Entries of the journal that InfluxDB does not have yet.'), () => {
    const told = status()
    return told && Math.max(0, journal.last - told.shipped)
  })
  page.gauge(
    words('lag_seconds', 'Age of the oldest entry that InfluxDB does not have; 0 where it has all.'),
    () => {
      const told = status()
      return told && age(journal.writtenAfter(told.shipped), clock)
    },
  )
  page.counter(words('points_total', 'Points shipped.'), () => status()?.points)
  page.counter(
    words('quarantined_lines_total', 'Lines that InfluxDB refused, since shipping began.'),
    () => status()?.quarantined,
  )
  page.counter(
    words('dropped_lines_total', 'Lines older than InfluxDB keeps, since shipping began.'),
    () => status()?.dropped,
  )
  page.counter(
    words('missed_entries_total', 'Entries that the journal let go of unshipped, since shipping began.'),
    () => status()?.missed,
  )
}

const age = (since: number | undefined, clock: Clock): number =>
  since === undefined ? 0 : Math.max(0, (clock.now() - since) / MS_PER_SECOND)
