import { createMetrics } from './api/index.ts'
import type { LiveEvents } from './api/live-events.ts'
import type { Committed } from './ingest/ingest-parts.ts'

const MS_PER_SECOND = 1000

/** What is done after a commit. */
export type Feed = ReturnType<typeof createFeed>

type Acknowledge = (gateway: string, message: Committed['acknowledgements'][number]['message']) => void

/** What follows a commit: acknowledgements to the gateways first, then counting and telling. */
export function createFeed(events: LiveEvents) {
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

  function count({ outcomes, durationMs, evaluationMs }: Committed): void {
    metrics.commitDuration.observe(durationMs / MS_PER_SECOND)
    metrics.evaluationDuration.observe(evaluationMs / MS_PER_SECOND)
    metrics.batches.add(outcomes.length)
    for (const { stored, sizeBytes, duplicate, conflict, quarantined } of outcomes) {
      metrics.uplinkBytes.add(sizeBytes)
      metrics.readingsStored.add(stored.length)
      metrics.readingsDuplicate.add(duplicate)
      metrics.readingsConflict.add(conflict)
      metrics.readingsQuarantined.add(quarantined)
    }
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
