import { formatDuration, parseDuration, StartError } from '@picket/devices'
import { type CancelTimer, type Clock, every, type Log } from '@picket/devices/runtime'
import type { Ingest } from './ingest/ingest.ts'
import type { ReadingExpiry } from './stores/sqlite/expiry.ts'

// The journal goes back thirty days, and whoever replays it compares with what is stored.
const SHORTEST_KEEP_MS = 60 * 86_400_000
const PASS_EVERY_MS = 3_600_000
// Between two steps, each of which is a commit: 40,000 readings a second at most.
const REST_MS = 50

/**
 * For how long readings are kept, ms; undefined for ever.
 *
 * @throws StartError where it is no duration, or too short
 */
export function keptMs(keep: { readings: string } | undefined): number | undefined {
  if (!keep) return undefined
  const ms = parseDuration(keep.readings)
  if (ms !== undefined && ms >= SHORTEST_KEEP_MS) return ms
  throw new StartError(
    'keep-readings',
    `keep.readings: ${keep.readings} is no duration of ${formatDuration(SHORTEST_KEEP_MS)} or more; write for example 400d`,
  )
}

export interface RetentionParts {
  ingest: Pick<Ingest, 'transact'>
  expiry: ReadingExpiry
  clock: Clock
  log: Log
  /** Told how many readings are gone with each step. */
  onExpired: (count: number) => void
}

/**
 * Lets go of readings that are older, in steps between commits, every hour.
 *
 * @returns the function that ends it; a step that is under way is committed or not, as all else
 */
export function startRetention(
  keepMs: number,
  { ingest, expiry, clock, log, onExpired }: RetentionParts,
): CancelTimer {
  let cancelRest: CancelTimer = () => {}
  let stopped = false
  let running = false

  async function pass(): Promise<void> {
    running = true
    let total = 0
    for (let from: number | undefined = 0; from !== undefined && !stopped; ) {
      const begin: number = from
      const { expired, next } = await ingest.transact(() => expiry.step(begin, keepMs))
      from = next
      total += expired
      if (expired > 0) onExpired(expired)
      if (next !== undefined)
        await new Promise<void>(resolve => {
          cancelRest = clock.after(REST_MS, resolve)
        })
    }
    running = false
    if (total > 0)
      log.info({ readings: total, olderThan: formatDuration(keepMs) }, 'old readings were let go of')
  }

  const cancelPasses = every(clock, PASS_EVERY_MS, () => {
    if (!running) void pass()
  })
  return () => {
    stopped = true
    cancelRest()
    cancelPasses()
  }
}
