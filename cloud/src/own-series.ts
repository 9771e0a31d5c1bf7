import { type CancelTimer, type Clock, every, freeBytes, type Log } from '@picket/devices/runtime'
import { LEVELS } from '@picket/rules'
import type { Dispatcher } from './alerts/notify/index.ts'
import type { RefusalTally } from './broker/refusals.ts'
import type { GuardComparison } from './guards/comparison.ts'
import type { Guards } from './guards/guards.ts'
import type { Ingest } from './ingest/ingest.ts'
import type { Publishing } from './publishing/publishing.ts'
import type { SqliteAlarms } from './stores/sqlite/alarms.ts'
import type { SqliteGateways } from './stores/sqlite/gateways.ts'

const INTERVAL_MS = 30_000
// A conflict of instances is over when the refused one has not spoken for this long.
const CONFLICT_QUIET_MS = 600_000
const BYTES_PER_MEGABYTE = 1e6

export interface OwnSeriesParts {
  clock: Clock
  ingest: Ingest
  publishing: Pick<Publishing, 'fellBack'>
  alarms: Pick<SqliteAlarms, 'running'>
  gateways: SqliteGateways
  gatewayIds: () => string[]
  /** When a gateway's refused instance last spoke, ms UTC. */
  refusedAt: (gateway: string) => number | undefined
  dispatcher: Dispatcher
  refusals: RefusalTally
  guards: Pick<Guards, 'isOutOfStep'>
  comparison: GuardComparison
  log: Log
  dataFolder: string
}

/** Writes what the cloud knows of itself as series of its own, so that rules watch over it too. */
export function startOwnSeries(parts: OwnSeriesParts): CancelTimer {
  const startedAt = parts.clock.now()
  const report = (): void => {
    const running = parts.alarms.running()
    void parts.ingest.writeOwn([
      { quantity: 'notifications_overdue', v: parts.dispatcher.overdue() },
      { quantity: 'rules_stopped', v: parts.ingest.ruleFaults.length },
      { quantity: 'rules_fallen_back', v: parts.publishing.fellBack() ? 1 : 0 },
      { quantity: 'disk_free', v: Math.round(freeBytes(parts.dataFolder) / BYTES_PER_MEGABYTE) },
      {
        quantity: 'guards_out_of_step',
        v: parts.gatewayIds().filter(id => parts.guards.isOutOfStep(id)).length,
      },
      { quantity: 'guard_differences', v: parts.comparison.total },
      ...LEVELS.map(level => ({ quantity: `alarms_active_${level}`, v: running.get(level) ?? 0 })),
    ])
    for (const { gateway, words } of parts.comparison.settle(parts.ingest.now))
      parts.log.error({ gateway }, `a gateway and the cloud judge otherwise: ${words}`)
    const ended = endedConflicts(parts, startedAt)
    if (ended.length > 0) void parts.ingest.endConflicts(ended)
    const refusals = parts.refusals.take()
    if (refusals.length > 0) void parts.ingest.noteRefusals(refusals)
  }
  report()
  return every(parts.clock, INTERVAL_MS, report)
}

// Who spoke before this start is not known: quiet counts from the start.
function endedConflicts(
  { gateways, gatewayIds, refusedAt, clock }: OwnSeriesParts,
  startedAt: number,
): string[] {
  const isQuiet = (id: string): boolean => clock.now() - (refusedAt(id) ?? startedAt) >= CONFLICT_QUIET_MS
  return gatewayIds().filter(id => gateways.get(id).conflict && isQuiet(id))
}
