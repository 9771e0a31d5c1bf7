import { type Fault, formatDuration, Id, parseDuration } from '@picket/devices'
import { type Static, Type } from 'typebox'
import type { GroupTimes } from './site-messages.ts'

/** Where notifications go: a web address that takes them as JSON. */
export const WebhookChannel = Type.Object(
  {
    name: Id,
    url: Type.String({ maxLength: 2048, description: 'http or https, without user and password' }),
    tokenFile: Type.Optional(
      Type.String({ description: 'file that holds a bearer token, readable by the cloud alone' }),
    ),
    group: Type.Optional(
      Type.Object(
        {
          wait: Type.String({ default: '30s', description: 'from the first on, until a message goes out' }),
          interval: Type.String({ default: '5m', description: 'from one message about a site to the next' }),
        },
        { additionalProperties: false, description: 'tell of what happens at one site in one message' },
      ),
    ),
  },
  { additionalProperties: false },
)
export type WebhookChannel = Static<typeof WebhookChannel>

// An alarm that is not red waits no longer than this.
const LONGEST_WAIT_MS = 300_000
const LONGEST_INTERVAL_MS = 3_600_000

/** How long a channel gathers, in ms; undefined where it says it wrongly. */
export function groupTimes({ wait, interval }: NonNullable<WebhookChannel['group']>): GroupTimes | undefined {
  const waitMs = parseDuration(wait)
  const intervalMs = parseDuration(interval)
  if (waitMs === undefined || intervalMs === undefined) return undefined
  return waitMs <= LONGEST_WAIT_MS && intervalMs <= LONGEST_INTERVAL_MS ? { waitMs, intervalMs } : undefined
}

/** What is wrong with the channels; empty where nothing is. Addresses may be secret and are not repeated. */
export function channelFaults(channels: readonly WebhookChannel[]): Fault[] {
  const faults: Fault[] = []
  const names = new Set<string>()
  for (const { name, url, group } of channels) {
    if (names.has(name)) faults.push({ code: 'channel-twice', message: `the channel ${name} is named twice` })
    names.add(name)
    if (group && !groupTimes(group))
      faults.push({
        code: 'channel-group',
        message: `group of channel ${name}: wait is a duration up to ${formatDuration(LONGEST_WAIT_MS)}, interval up to ${formatDuration(LONGEST_INTERVAL_MS)}`,
        hint: 'write for example { wait: 30s, interval: 5m }',
      })
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
      faults.push({
        code: 'channel-url',
        message: `the url of channel ${name} is no http or https address`,
        hint: 'write for example https://alerts.example.org/picket',
      })
    } else if (parsed.username || parsed.password) {
      faults.push({
        code: 'channel-credentials',
        message: `the url of channel ${name} holds a user or a password`,
        hint: 'put a bearer token into a file and name it with tokenFile',
      })
    }
  }
  return faults
}
