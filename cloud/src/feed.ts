import { LEVELS } from '@picket/rules'
import { createMetrics } from './api/index.ts'
import type { LiveEvents } from './api/live-events.ts'
import type { Committed } from './ingest/ingest-parts.ts'
import type { Stores } from './stores/sqlite/stores.ts'

const MS_PER_SECOND = 1000

/** What is done after a commit. */
export type Feed = ReturnType<typeof createFeed>

type Acknowledge = (gateway: string, message: Committed['acknowledgements'][number]['message']) => void

/** What follows a commit: acknowledgements to the gateways first, then counting and telling. */
export function createFeed(stores: Stores, events: LiveEvents) {
  const metrics = createMetrics()
  let acknowledge: Acknowledge = () => {}
  let wakeDispatcher = (): void => {}

  function onCommit(committed: Committed): void {
    for (const { gateway, message } of committed.acknowledgements) acknowledge(gateway, message)
    count(committed)
    if (events.listeners > 0) {
      const readings = [
        ...committed.amended,
        ...committed.outcomes.flatMap(({ stored }) => stored),
        ...committed.own,
        ...committed.recorded.derived,
      ]
      if (readings.length > 0) events.send({ type: 'reading', readings })
      for (const id of committed.recorded.alarms) events.send({ type: 'alarm', id })
      for (const id of committed.recorded.flags) events.send({ type: 'flag', id })
      if (committed.configured) events.send({ type: 'rules', revision: committed.configured })
    }
    if (committed.recorded.notifications > 0) wakeDispatcher()
  }

  function count({ outcomes, durationMs, recorded, waiting }: Committed): void {
    metrics.commitDuration.observe(durationMs / MS_PER_SECOND)
    metrics.ingestQueue.set(waiting)
    metrics.batches.inc(outcomes.length)
    for (const { stored, sizeBytes, duplicate, conflict, quarantined } of outcomes) {
      metrics.uplinkBytes.inc(sizeBytes)
      metrics.readingsStored.inc(stored.length)
      metrics.readingsDuplicate.inc(duplicate)
      metrics.readingsConflict.inc(conflict)
      metrics.readingsQuarantined.inc(quarantined)
    }
    if (recorded.alarms.size === 0) return
    const running = stores.alarms.running()
    for (const level of LEVELS) metrics.alarmsActive.set({ level }, running.get(level) ?? 0)
  }

  return {
    metrics,
    onCommit,
    /** Until this is called nobody is connected who could be acknowledged. */
    onAcknowledgement(send: Acknowledge): void {
      acknowledge = send
    },
    onNotifications(wake: () => void): void {
      wakeDispatcher = wake
    },
  }
}
