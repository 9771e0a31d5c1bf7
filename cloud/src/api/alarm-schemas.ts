import { BilingualText } from '@picket/devices'
import { FLAG_KINDS, TRANSITION_KINDS } from '@picket/rules'
import { type Static, Type } from 'typebox'
import { FLAG_STATES } from '../stores/ports.ts'
import { DurationMs, Id, LevelName, nullable, strict, Time } from './schemas.ts'

const FlagKind = Type.Enum([...FLAG_KINDS], {
  type: 'string',
  description: 'shelved: one alarm, 24 h at most; suppressed, maintenance: 30 d; out-of-service: 90 d',
})
const FlagState = Type.Enum([...FLAG_STATES], { type: 'string' })
const FlagScope = Type.Object(
  { rule: Type.Optional(Id), device: Type.Optional(Id), site: Type.Optional(Id) },
  {
    ...strict,
    description: 'every given criterion must fit; at least one; shelved: a rule at a device or a site',
  },
)
const Reason = Type.String({ minLength: 1, maxLength: 500 })

export const FlagView = Type.Object({
  id: Type.String(),
  kind: FlagKind,
  state: FlagState,
  scope: FlagScope,
  from: Time,
  until: Type.Integer({ description: 'exclusive; ms since 1970 UTC' }),
  by: Type.String(),
  reason: Type.String(),
  setAt: Time,
  endedAt: nullable(Time),
  endedBy: nullable(Type.String({ description: 'null where its time was over' })),
  endReason: nullable(Type.String()),
})
export type FlagView = Static<typeof FlagView>

export const FlagsQuery = Type.Object(
  {
    state: Type.Optional(FlagState),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  strict,
)
export const FlagParams = Type.Object({ flag: Id })
export const FlagBody = Type.Object(
  {
    kind: FlagKind,
    scope: FlagScope,
    from: Type.Optional(
      Type.Integer({ description: 'maintenance alone may begin later; ms since 1970 UTC' }),
    ),
    until: Type.Optional(Type.Integer({ description: 'this, or `durationMs`' })),
    durationMs: Type.Optional(DurationMs),
    reason: Reason,
  },
  strict,
)
export type FlagBody = Static<typeof FlagBody>
export const EndFlagBody = Type.Object({ reason: Type.Optional(Reason) }, strict)

export const AlarmsQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Enum(['active', 'open', 'cleared'], {
        type: 'string',
        description: 'open: active, or waits for an operator',
      }),
    ),
    level: Type.Optional(LevelName),
    site: Type.Optional(Id),
    device: Type.Optional(Id),
    from: Type.Optional(Type.Integer({ description: 'those that were active at this time or later' })),
    to: Type.Optional(Type.Integer({ description: 'those whose condition first held before this time' })),
    retrospective: Type.Optional(Type.Boolean()),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  strict,
)
export type AlarmsQuery = Static<typeof AlarmsQuery>

export const AlarmParams = Type.Object({ alarm: Id })
export const AlarmView = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  ruleRevision: Type.String(),
  name: BilingualText,
  message: BilingualText,
  device: nullable(Type.String({ description: 'null for an alarm of the whole site' })),
  site: Type.String(),
  level: LevelName,
  highestLevel: LevelName,
  state: Type.Enum(['unacknowledged', 'acknowledged', 'returned-unacknowledged', 'latched', 'normal'], {
    type: 'string',
    description: 'ISA-18.2; the first two are active; latched: over, and waits for a reset',
  }),
  onset: Type.Integer({ description: 'when the condition first held; ms since 1970 UTC' }),
  raisedAt: Time,
  clearedAt: nullable(Time),
  acknowledgedAt: nullable(Time),
  acknowledgedBy: nullable(Type.String()),
  stale: Type.Boolean({ description: 'goes on, but no readings come that could tell whether it should' }),
  retrospective: Type.Boolean({ description: 'wholly in the past when its readings came: never paged' }),
  flags: Type.Array(FlagView, {
    description: 'what an operator set it aside by, now or from a planned time on; empty once it is over',
  }),
})
export type AlarmView = Static<typeof AlarmView>

export const AlarmDetail = Type.Object({
  alarm: AlarmView,
  decidedBy: nullable(
    Type.String({
      description: 'the gateway that began it and says when it is over; null for the cloud itself',
    }),
  ),
  notifications: Type.Array(
    Type.Object({
      channel: Type.String(),
      kind: Type.Enum([...TRANSITION_KINDS], { type: 'string' }),
      at: Time,
      deliveredAt: nullable(Time),
      attempts: Type.Integer(),
      error: nullable(Type.String({ description: 'of the last attempt that failed' })),
      together: Type.Integer({ description: 'alarms that the same message tells of' }),
    }),
    { description: 'what was sent, or waits; the newest 100, kept 30 d after their delivery' },
  ),
  withheld: Type.Array(
    Type.Object({
      by: Type.String({
        description: 'a kind of flag, or `inhibited` by another alarm, `held`, `flapping`, `no such channel`',
      }),
      flag: Type.Optional(Type.String()),
      until: Type.Optional(Time),
      episode: Type.Optional(Type.String({ description: 'the alarm that hides it' })),
      channel: Type.Optional(Type.String({ description: 'that the cloud lacks' })),
    }),
    { description: 'why nobody is told of it now; empty where nothing keeps anybody from being told' },
  ),
  transitions: Type.Array(
    Type.Object({
      kind: Type.Enum([...TRANSITION_KINDS], { type: 'string' }),
      level: nullable(LevelName),
      at: Type.Integer({ description: 'event time, ms since 1970 UTC' }),
      decidedAt: Type.Integer({ description: 'when the engine decided it, ms since 1970 UTC' }),
      by: nullable(Type.String()),
      trace: Type.Unknown({ description: 'inputs, quality flags, rule revision and timers' }),
    }),
  ),
})
export type AlarmDetail = Static<typeof AlarmDetail>

const Share = Type.Number({ minimum: 0, maximum: 1 })
const Counted = Type.Array(
  Type.Object({
    rule: Type.String(),
    device: Type.String({ description: 'or the site, of an alarm of the whole site' }),
    count: Type.Integer(),
  }),
)
export const AlarmLoadQuery = Type.Object(
  {
    from: Type.Optional(Type.Integer({ description: 'ms since 1970 UTC; 30 days before `to` if not given' })),
    to: Type.Optional(Type.Integer({ description: 'exclusive; now if not given' })),
    operators: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 1 })),
  },
  strict,
)
export const AlarmLoadView = Type.Object(
  {
    from: Time,
    to: Time,
    operators: Type.Integer(),
    announced: Type.Integer({ description: 'raises and steps to a higher level, of all operators together' }),
    perDay: Type.Number({ description: 'of one operator, as the following' }),
    perHour: Type.Number(),
    perTenMinutes: Type.Number(),
    mostInTenMinutes: Type.Number(),
    overloadedShare: Type.Number({ ...Share, description: 'of ten-minute periods with more than ten' }),
    floodShare: Type.Number({
      ...Share,
      description: 'of the time: from above ten to below five in ten minutes',
    }),
    floods: Type.Array(Type.Object({ from: Time, to: Time, announced: Type.Integer() })),
    worst: Counted,
    worstShare: Share,
    chattering: Counted,
    fleeting: Counted,
    mostStale: Type.Integer({ description: 'most that had stood for over 24 h at a time' }),
    levels: Type.Record(Type.String(), Share),
    targets: Type.Record(Type.String(), Type.Number(), {
      description: 'at most so much is bearable (ISA-18.2)',
    }),
  },
  { description: 'by the measures of ISA-18.2, clause 16' },
)
export type AlarmLoadView = Static<typeof AlarmLoadView>

export const NoteBody = Type.Object({ note: Type.Optional(Type.String({ maxLength: 500 })) }, strict)
