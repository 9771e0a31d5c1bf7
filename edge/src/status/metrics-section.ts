import { type Static, Type } from 'typebox'

/** Where Prometheus asks the gateway; without this section nothing listens. */
export const MetricsSection = Type.Object(
  {
    host: Type.String({ default: '127.0.0.1', minLength: 1 }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 9464 }),
    tokenFile: Type.String({ minLength: 1, description: 'the token that whoever asks must bear' }),
    tls: Type.Optional(
      Type.Object(
        { certFile: Type.String(), keyFile: Type.String() },
        { additionalProperties: false, description: 'PEM; needed where other machines ask' },
      ),
    ),
  },
  { additionalProperties: false },
)
export type MetricsSection = Static<typeof MetricsSection>
