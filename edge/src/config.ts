import { Id } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { OutputSection } from './guard/output-config.ts'
import { FieldDevice } from './sources/field-devices.ts'
import { MetricsSection } from './status/metrics-section.ts'

const strict = { additionalProperties: false }
const DAY_MS = 86_400_000

/** A source; the rest of it is checked by its kind, so that a wrong one stops alone. */
const SourceSection = Type.Object({
  type: Type.String({ minLength: 1 }),
  name: Type.Optional({ ...Id, description: 'its type without it' }),
})

/** The file that `picket-edge --config` names. */
export const GatewayConfig = Type.Object(
  {
    id: Id,
    data: Type.String({ minLength: 1, description: 'folder of the outbox, from the folder of this file' }),
    sources: Type.Array(SourceSection, {
      default: [{ type: 'mqtt' }],
      maxItems: 32,
      description: 'where readings come from',
    }),
    floods: Type.Object(
      {
        perSecond: Type.Number({ exclusiveMinimum: 0, default: 1000 }),
        burst: Type.Integer({ minimum: 1, default: 10_000 }),
      },
      { ...strict, default: {}, description: 'messages that one sensor may send' },
    ),
    models: Type.Optional(
      Type.String({ description: 'folder of own device models, each in a file named as it is' }),
    ),
    devices: Type.Array(FieldDevice, { default: [], maxItems: 10_000 }),
    guard: Type.Optional(
      Type.Object(
        {
          signingKeyFile: Type.String({
            description: 'the public key of the cloud; rules that are signed with another are refused',
          }),
        },
        { ...strict, description: 'rules from the cloud are judged here too, with or without a link' },
      ),
    ),
    outputs: Type.Record(Id, OutputSection, {
      default: {},
      maxProperties: 100,
      description: 'what those rules may switch',
    }),
    cloud: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://[^@/\\s]+/?$', default: 'mqtt://127.0.0.1:1883' }),
        passwordFile: Type.String({ minLength: 1 }),
        monthlyBytes: Type.Optional(
          Type.Integer({
            minimum: 100_000,
            description: 'what a metered link may carry in a calendar month (UTC); alarms go on beyond it',
          }),
        ),
        bytesPerSecond: Type.Optional(
          Type.Integer({ minimum: 100, description: 'sent at most, averaged; alarms do not wait' }),
        ),
      },
      strict,
    ),
    commitEveryMs: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 50,
      description:
        'how long messages wait after a commit for others to go with them: more spares the card and the link, and acknowledgements and rules wait so much longer',
    }),
    outbox: Type.Object(
      {
        maxBytes: Type.Integer({ minimum: 10_000_000, default: 2_000_000_000 }),
        maxAgeMs: Type.Integer({ minimum: 3_600_000, default: 400 * DAY_MS }),
        tailMs: Type.Integer({ minimum: 0, default: DAY_MS }),
        tailMaxBytes: Type.Integer({ minimum: 0, default: 500_000_000 }),
      },
      { ...strict, default: {} },
    ),
    metrics: Type.Optional(MetricsSection),
    statusIntervalMs: Type.Integer({ minimum: 100, maximum: DAY_MS, default: 30_000 }),
  },
  strict,
)
export type GatewayConfig = Static<typeof GatewayConfig>

/** Where the configuration stands, for what is checked later than it was read. */
export interface ConfigPlace {
  file: string
  lineOf(path: readonly (string | number)[]): number
  /** Makes a path absolute. */
  resolve(path: string): string
}
