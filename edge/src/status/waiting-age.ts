import type { Clock } from '@picket/devices/runtime'
import type { Outbox } from '../outbox/outbox.ts'
import { SOFTWARE_DATE } from '../time/steady-clock.ts'

/**
 * Age of the oldest record that waits for the cloud, s; 0 where none does.
 *
 * @returns undefined where it was stored by a clock that was wrong: then it is of no age that anybody knows
 */
export function waitingAgeSeconds(
  { oldestPendingAt: oldest }: Pick<Outbox, 'oldestPendingAt'>,
  clock: Pick<Clock, 'now'>,
): number | undefined {
  if (oldest === undefined) return 0
  const now = clock.now()
  return oldest >= SOFTWARE_DATE && oldest <= now ? (now - oldest) / 1000 : undefined
}
