import { type Fault, Id } from '@picket/devices'
import { type Static, Type } from 'typebox'

/** Where notifications go: a web address that takes them as JSON. */
export const WebhookChannel = Type.Object(
  {
    name: Id,
    url: Type.String({ maxLength: 2048, description: 'http or https, without user and password' }),
    tokenFile: Type.Optional(
      Type.String({ description: 'file that holds a bearer token, readable by the cloud alone' }),
    ),
  },
  { additionalProperties: false },
)
export type WebhookChannel = Static<typeof WebhookChannel>

/** What is wrong with the channels; empty where nothing is. Addresses may be secret and are not repeated. */
export function channelFaults(channels: readonly WebhookChannel[]): Fault[] {
  const faults: Fault[] = []
  const names = new Set<string>()
  for (const { name, url } of channels) {
    if (names.has(name)) faults.push({ code: 'channel-twice', message: `the channel ${name} is named twice` })
    names.add(name)
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
