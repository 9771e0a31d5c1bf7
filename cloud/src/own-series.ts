import { statfsSync } from 'node:fs'
import { type CancelTimer, type Clock, every } from '@picket/devices/runtime'
import type { Dispatcher } from './alerts/notify/index.ts'
import type { RefusalTally } from './broker/refusals.ts'
import type { Ingest } from './ingest/ingest.ts'
import type { SqliteGateways } from './stores/sqlite/gateways.ts'

const INTERVAL_MS = 30_000
// A conflict of instances is over when the refused one has not spoken for this long.
const CONFLICT_QUIET_MS = 600_000
const BYTES_PER_MEGABYTE = 1e6

export interface OwnSeriesParts {
  clock: Clock
  ingest: Ingest
  gateways: SqliteGateways
  gatewayIds: () => string[]
  /** When a gateway's refused instance last spoke, ms UTC. */
  refusedAt: (gateway: string) => number | undefined
  dispatcher: Dispatcher
  refusals: RefusalTally
  dataFolder: string
}

/** Writes what the cloud knows of itself as series of its own, so that rules watch over it too. */
export function startOwnSeries(parts: OwnSeriesParts): CancelTimer {
  const report = (): void => {
    void parts.ingest.writeOwn([
      { quantity: 'notifications_overdue', v: parts.dispatcher.overdue() },
      { quantity: 'disk_free', v: freeMegabytes(parts.dataFolder) },
      ...endedConflicts(parts).map(device => ({ device, quantity: 'instance_conflict', v: 0 })),
    ])
    const refusals = parts.refusals.take()
    if (refusals.length > 0) void parts.ingest.noteRefusals(refusals)
  }
  report()
  return every(parts.clock, INTERVAL_MS, report)
}

function endedConflicts({ gateways, gatewayIds, refusedAt, clock }: OwnSeriesParts): string[] {
  return gatewayIds().filter(id => {
    if (!gateways.get(id).conflict || clock.now() - (refusedAt(id) ?? 0) < CONFLICT_QUIET_MS) return false
    gateways.endConflict(id)
    return true
  })
}

function freeMegabytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return Math.round((bavail * bsize) / BYTES_PER_MEGABYTE)
}
