import { type CustodyRecord, Quality } from '@picket/devices'
import { type CancelTimer, type Clock, every, freeBytes, type Log } from '@picket/devices/runtime'
import type { Intake } from '../intake/intake.ts'
import type { Rejections } from '../intake/rejections.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { RunningSources } from '../sources/sources.ts'
import type { ClockKeeper } from '../time/clock-keeper.ts'
import type { Meter } from '../uplink/meter.ts'
import type { Uplink } from '../uplink/uplink.ts'
import { writeUsage } from '../uplink/usage-file.ts'
import { waitingAgeSeconds } from './waiting-age.ts'

/** The running parts of a gateway, of which it tells. */
export interface GatewayParts {
  /** Data folder, whose free disk space is told. */
  folder: string
  outbox: Outbox
  intake: Intake
  rejections: Rejections
  sources: RunningSources
  uplink: Uplink
  meter: Meter
  clock: Clock
  /** Whoever keeps the clock. */
  time: Pick<ClockKeeper, 'hostAheadMs'>
  log: Log
}

export interface StatusOptions extends GatewayParts {
  gateway: string
  intervalMs: number
}

const LOGGED_REJECTIONS = 10

/**
 * At each interval: the gateway's own series (devices/models/gateway.yaml) and a note for each kind of
 * refused input go into the outbox, and the outbox is tidied.
 */
export function startStatus(options: StatusOptions): { stop: CancelTimer; report(): void } {
  const report = (): void => {
    reportNow(options)
    writeUsageOrLog(options)
    saveRefusedOrLog(options)
    try {
      options.outbox.maintain()
    } catch (error) {
      options.log.error({ error }, 'cannot tidy the outbox')
    }
  }
  const cancel = every(options.clock, options.intervalMs, report)
  const stop = (): void => {
    cancel()
    saveRefusedOrLog(options)
  }
  return { stop, report }
}

function reportNow({
  gateway,
  folder,
  outbox,
  intake,
  rejections,
  sources,
  uplink,
  meter,
  clock,
  time,
  log,
}: StatusOptions): void {
  const t = clock.now()
  const age = waitingAgeSeconds(outbox, clock)
  const { hostAheadMs } = time
  const values: Record<string, number> = {
    outbox_records: outbox.pendingRecords,
    ...(age !== undefined && { outbox_age: age }),
    disk_free: Math.round(freeBytes(folder) / 1e6),
    link_reconnects: uplink.reconnections,
    rejected: rejections.total,
    outbox_fill: Math.round(outbox.fill * 100),
    dropped: outbox.droppedRecords,
    thinned: outbox.thinnedRecords,
    set_aside: outbox.setAsideCount,
    commits_failed: intake.failedCommits,
    link_bytes_alarms: meter.usage.bytes[0],
    link_bytes_live: meter.usage.bytes[1],
    link_bytes_backlog: meter.usage.bytes[2],
    link_budget: Math.round(meter.share * 100),
    sources_down: sources.states().filter(({ isRunning }) => !isRunning).length,
    flooded: sources.limited(),
    ...(hostAheadMs !== undefined && { clock_ahead: Math.round(hostAheadMs / 100) / 10 }),
  }
  const readings = Object.entries(values).map(([quantity, v]) => ({
    device: gateway,
    quantity,
    t,
    v,
    q: Quality.NOT_EVALUATED,
  }))
  const notes = rejections.take()
  if (notes.length > 0)
    log.warn(
      { rejected: notes.slice(0, LOGGED_REJECTIONS), kinds: notes.length },
      'refused input since the last report',
    )
  const records: CustodyRecord[] = [...readings, ...notes.map(note => ({ note }))]
  intake.offer({
    source: 'status',
    records: () => ({ records, faults: [] }),
    done: error => {
      if (error) rejections.restore(notes)
    },
  })
}

function writeUsageOrLog({ folder, meter, log }: StatusOptions): void {
  try {
    writeUsage(folder, meter.usage)
  } catch (error) {
    log.error({ error }, 'cannot write down what the link has carried')
  }
}

function saveRefusedOrLog({ rejections, log }: StatusOptions): void {
  try {
    rejections.save()
  } catch (error) {
    log.error({ error }, 'cannot keep what was refused')
  }
}
