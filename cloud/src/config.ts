import { StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { WebhookChannel } from './alerts/notify/index.ts'
import { InfluxConfig } from './stores/influx/config.ts'

const strict = { additionalProperties: false }

const Tls = Type.Object({ certFile: Type.String(), keyFile: Type.String() }, strict)

const Listen = (port: number) =>
  Type.Object(
    {
      host: Type.String({ default: '127.0.0.1' }),
      port: Type.Integer({ minimum: 0, maximum: 65535, default: port }),
      tls: Type.Optional(Tls),
    },
    { ...strict, default: {} },
  )

/** The cloud's configuration file. Paths count from the file's own folder. */
export const CloudConfig = Type.Object(
  {
    data: Type.String({ description: 'folder for the database' }),
    http: Listen(8080),
    mqtt: Listen(1883),
    registry: Type.String({ description: 'file with sites, gateways and devices' }),
    rules: Type.Optional(
      Type.Array(Type.String(), { description: 'pack files or folders of them; else the shipped ones' }),
    ),
    models: Type.Optional(
      Type.Array(Type.String(), { description: 'model files or folders, beside the shipped ones' }),
    ),
    notify: Type.Object(
      { channels: Type.Array(WebhookChannel, { default: [] }) },
      { ...strict, default: {} },
    ),
    keep: Type.Optional(
      Type.Object(
        {
          readings: Type.String({
            description:
              'for how long before the newest of its series a reading is kept, such as 400d; for ever without it',
          }),
        },
        strict,
      ),
    ),
    influx: Type.Optional(InfluxConfig),
    console: Type.Optional(Type.String({ description: 'folder of the built console' })),
    trustedProxies: Type.Optional(Type.Array(Type.String())),
  },
  strict,
)
export type CloudConfig = Static<typeof CloudConfig>

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Refuses to listen beyond this machine in the clear.
 *
 * @throws StartError
 */
export function checkListen({ http, mqtt }: CloudConfig): void {
  for (const [name, { host, tls }] of Object.entries({ http, mqtt })) {
    if (LOOPBACK.has(host) || tls) continue
    throw new StartError(
      'listen-tls',
      `${name}.host ${host} is open to the network without TLS; set ${name}.tls, or use 127.0.0.1 behind a proxy`,
    )
  }
}
