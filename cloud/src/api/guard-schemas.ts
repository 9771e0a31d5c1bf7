import { Id, Override, Reported } from '@picket/devices'
import { type Static, type TSchema, Type } from 'typebox'

const strict = { additionalProperties: false }
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const Time = Type.Integer({ description: 'ms since 1970 UTC' })

export const GuardView = nullable(
  Type.Object(
    {
      revision: Type.Integer({ description: 'the newest that the gateway was given' }),
      reported: nullable(Reported),
      reportedAt: nullable(Time),
      overrides: Type.Array(Override),
      differences: Type.Integer({
        description: "steps of alarms on which its engine and the cloud's disagreed since the cloud's start",
      }),
    },
    { description: 'the rules that run on the gateway; null where none ever did' },
  ),
)

export const ActionsQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })) },
  strict,
)
export const ActionView = Type.Object({
  id: Type.Integer(),
  gateway: Type.String(),
  at: Time,
  output: Type.String(),
  on: Type.Boolean(),
  why: Type.String({ description: 'the rule and its alarm, or the person and the reason' }),
  result: Type.Enum(['confirmed', 'unconfirmed', 'failed']),
  durationMs: Type.Number(),
  detail: Type.Optional(Type.String()),
})

export const OutputParams = Type.Object({ gateway: Id, output: Id })
export const OverrideBody = Type.Object(
  {
    on: nullable(Type.Boolean({ description: 'null lets go of it' })),
    durationMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 7 * 86_400_000 })),
    reason: Type.String({ minLength: 1, maxLength: 1000 }),
  },
  strict,
)
export type OverrideBody = Static<typeof OverrideBody>
