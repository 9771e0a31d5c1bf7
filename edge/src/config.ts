import { isIP } from 'node:net'
import { Id, StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'

const strict = { additionalProperties: false }
const DAY_MS = 86_400_000

/** The file that `picket-edge --config` names. */
export const GatewayConfig = Type.Object(
  {
    id: Id,
    data: Type.String({ minLength: 1, description: 'folder of the outbox, from the folder of this file' }),
    field: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 1884 }),
        usersFile: Type.Optional(Type.String({ description: 'credentials of the sensors' })),
      },
      { ...strict, default: {} },
    ),
    cloud: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://[^@/\\s]+/?$', default: 'mqtt://127.0.0.1:1883' }),
        passwordFile: Type.String({ minLength: 1 }),
      },
      strict,
    ),
    outbox: Type.Object(
      {
        maxBytes: Type.Integer({ minimum: 10_000_000, default: 2_000_000_000 }),
        tailMs: Type.Integer({ minimum: 0, default: DAY_MS }),
        tailMaxBytes: Type.Integer({ minimum: 0, default: 500_000_000 }),
      },
      { ...strict, default: {} },
    ),
    statusIntervalMs: Type.Integer({ minimum: 100, maximum: DAY_MS, default: 30_000 }),
  },
  strict,
)
export type GatewayConfig = Static<typeof GatewayConfig>

/** @throws StartError where sensors from other machines could connect without credentials */
export function checkFieldHost({ host, usersFile }: GatewayConfig['field']): void {
  if (usersFile !== undefined || isLoopback(host)) return
  throw new StartError(
    'field-open',
    `field.host ${host} is open to other machines: name a field.usersFile with the sensors' credentials, or use 127.0.0.1`,
  )
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
