import { type Static, Type } from 'typebox'
import type { CloudClient } from '../cloud-client.ts'
import type { Trace, Withheld } from '../engine/event.ts'
import { LEVELS } from '../level.ts'

// What is used of the cloud's answers; cloud/src/api/schemas.ts says all that they hold.
const LevelName = Type.Enum([...LEVELS])
const OptionalLevel = Type.Union([LevelName, Type.Null()])
const OptionalText = Type.Union([Type.String(), Type.Null()])
const TraceView = Type.Unsafe<Trace>(
  Type.Object({
    cause: Type.String(),
    values: Type.Object({}),
    conditions: Type.Array(Type.Object({ level: LevelName, when: Type.String() })),
    quality: Type.Object({}),
  }),
)

const AlarmStory = Type.Object({
  alarm: Type.Object({
    id: Type.String(),
    rule: Type.String(),
    message: Type.Object({ en: Type.String() }),
    device: OptionalText,
    site: Type.String(),
    level: LevelName,
    state: Type.String(),
    onset: Type.Integer(),
    retrospective: Type.Boolean(),
  }),
  /** What keeps it from being told now. */
  withheld: Type.Array(Type.Unsafe<Withheld>(Type.Object({ by: Type.String() }))),
  transitions: Type.Array(
    Type.Object({
      kind: Type.String(),
      level: OptionalLevel,
      at: Type.Integer(),
      decidedAt: Type.Integer(),
      by: OptionalText,
      trace: TraceView,
    }),
  ),
})
export type AlarmStory = Static<typeof AlarmStory>

const Explanation = Type.Object({
  rule: Type.String(),
  scope: Type.String(),
  at: Type.Integer(),
  alarm: Type.Union([Type.Object({ id: Type.String(), level: OptionalLevel }), Type.Null()]),
  trace: TraceView,
})
export type Explanation = Static<typeof Explanation>

/** An episode with every step. @throws CloudError */
export const askForAlarm = (cloud: CloudClient, alarm: string): Promise<AlarmStory> =>
  cloud.get(`/alarms/${encodeURIComponent(alarm)}`, AlarmStory)

/** What a rule sees at a device or a site now. @throws CloudError */
export const askForScope = (cloud: CloudClient, rule: string, scope: string): Promise<Explanation> =>
  cloud.get(`/rules/${encodeURIComponent(rule)}/scopes/${encodeURIComponent(scope)}`, Explanation)
