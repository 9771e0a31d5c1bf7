import { StartError } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { NotificationGroups, NotificationOutbox } from '../../stores/ports.ts'
import { channelFaults, groupTimes, type WebhookChannel } from './channel.ts'
import { Lane } from './lane.ts'
import { SiteMessages } from './site-messages.ts'
import { type Fetch, postWebhook } from './webhook.ts'

export interface DispatcherOptions {
  outbox: NotificationOutbox
  groups: NotificationGroups
  channels: readonly WebhookChannel[]
  clock: Clock
  log: Log
  fetch: Fetch
  /** From 0 to below 1. */
  random: () => number
  /** Told of each failed attempt, for the metrics. */
  onFailure?: () => void
}

export interface Dispatcher {
  /** To be called after each commit that wrote notifications. */
  wake(): void
  /** How many notifications have failed at least three times and still wait. */
  overdue(): number
  /** Breaks off what is under way; it goes out again at the next start. */
  stop(): Promise<void>
}

const OVERDUE_ATTEMPTS = 3

/**
 * Sends what waits in the outbox, each channel in a lane of its own with one request under way, so that one
 * that stands still delays no other. A notification of a channel that is not configured any more waits in the
 * outbox, fails every five minutes, and so is seen as overdue.
 *
 * @throws StartError where a channel cannot be used
 */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { outbox, groups, channels, clock, log, fetch, random, onFailure = () => {} } = options
  const [fault] = channelFaults(channels)
  if (fault) throw new StartError(fault.code, [fault.message, fault.hint].filter(Boolean).join('; '))
  const stopped = new AbortController()
  const configured = new Map(channels.map(channel => [channel.name, channel]))
  const lanes = new Map<string, Lane>()

  function openLane(name: string): Lane {
    const channel = configured.get(name)
    const times = channel?.group && groupTimes(channel.group)
    const lane = new Lane({
      channel: name,
      outbox,
      messages: times && new SiteMessages(name, { outbox, groups }, times),
      clock,
      log,
      random,
      onFailure,
      send: async notification =>
        channel
          ? postWebhook(notification, channel, { fetch, clock, stopped: stopped.signal })
          : { kind: 'refused', error: 'no such channel is configured' },
    })
    lanes.set(name, lane)
    return lane
  }

  const wake = (): void => {
    if (stopped.signal.aborted) return
    for (const name of outbox.channels()) (lanes.get(name) ?? openLane(name)).wake()
  }
  wake()
  return {
    wake,
    overdue: () => outbox.overdue(OVERDUE_ATTEMPTS),
    async stop() {
      stopped.abort()
      await Promise.all([...lanes.values()].map(lane => lane.stop()))
    },
  }
}
