import { BilingualText } from '@picket/devices'
import { LEVELS } from '@picket/rules'
import { type Static, type TSchema, Type } from 'typebox'
import { GuardView } from './guard-schemas.ts'

// What the API takes and gives. Times are integer ms since 1970 UTC; durations are ms and end in Ms.

export const strict = { additionalProperties: false }
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const record = <S extends TSchema>(values: S, description: string) =>
  Type.Unsafe<Record<string, Static<S>>>({ type: 'object', additionalProperties: values, description })

export const Time = Type.Integer({ description: 'ms since 1970 UTC' })
export const DurationMs = Type.Integer({ minimum: 0, description: 'ms' })
export const LevelName = Type.Enum([...LEVELS], { type: 'string', description: 'the mildest first' })
const Unit = nullable(Type.String({ description: 'UCUM code; null where no model names the quantity' }))
export const Id = Type.String({ minLength: 1, maxLength: 128 })
const Ranges = Type.Array(
  Type.Unsafe<[number, number]>({ ...Type.Array(Type.Integer()), minItems: 2, maxItems: 2 }),
  {
    description: 'inclusive ranges of sequence numbers, ascending',
  },
)
const Quality = Type.Integer({
  description: 'QARTOD flag: 1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing',
})

export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'stable, for programs' }),
    message: Type.String({ description: 'for people' }),
    hint: Type.Optional(Type.String({ description: 'the way out' })),
    details: Type.Optional(Type.Array(Type.String({ description: 'such as the faults of a rule set' }))),
  }),
})

export const Health = Type.Object({
  status: Type.Enum(['ok'], { type: 'string' }),
  version: Type.String(),
  time: Time,
})

export const LoginBody = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 128 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
  },
  strict,
)

export type LoginBody = Static<typeof LoginBody>

export const WhoAmI = Type.Object({
  name: Type.String(),
  role: Type.Enum(['admin', 'viewer'], { type: 'string' }),
  via: Type.Enum(['session', 'token'], { type: 'string' }),
  expiresAt: nullable(Time),
})
export type WhoAmI = Static<typeof WhoAmI>

const QuantityView = Type.Object({
  quantity: Type.String(),
  name: nullable(BilingualText),
  unit: Unit,
  last: nullable(
    Type.Object({
      t: Time,
      v: Type.Number({ description: "in the quantity's unit" }),
      q: Quality,
      marks: Type.Integer({ description: '0x10 time of arrival at the gateway, 0x20 clock suspect' }),
    }),
  ),
})

const FreshnessView = Type.Object({
  state: Type.Enum(['fresh', 'late', 'silent', 'never'], {
    type: 'string',
    description: 'late: older than 2 reporting intervals of the model; silent: older than 5',
  }),
  lastSeen: nullable(Time),
  ageMs: nullable(DurationMs),
  intervalMs: nullable(DurationMs),
})

export const DeviceView = Type.Object({
  id: Type.String(),
  model: Type.String(),
  modelName: nullable(BilingualText),
  site: nullable(Type.String()),
  siteName: nullable(BilingualText),
  name: nullable(BilingualText),
  gateways: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  quantities: Type.Array(QuantityView),
  freshness: FreshnessView,
})
export type DeviceView = Static<typeof DeviceView>

export const DeviceParams = Type.Object({ device: Id })
export const SeriesParams = Type.Object({ device: Id, quantity: Id })
export const SeriesQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'inclusive; ms since 1970 UTC or ISO 8601 with a zone; a day before `to` if not given',
      }),
    ),
    to: Type.Optional(
      Type.String({ maxLength: 40, description: 'exclusive; like `from`; now if not given' }),
    ),
    resolution: Type.Optional(
      Type.String({
        maxLength: 20,
        description:
          '`auto` (about 1,000 points), `raw` (every reading) or a duration such as 5m; auto if not given',
      }),
    ),
  },
  strict,
)

export const SeriesByNameQuery = Type.Object(
  { ...SeriesParams.properties, ...SeriesQuery.properties },
  strict,
)
export type SeriesByNameQuery = Static<typeof SeriesByNameQuery>

export const SeriesView = Type.Object({
  device: Type.String(),
  quantity: Type.String(),
  name: nullable(BilingualText),
  unit: Unit,
  from: Time,
  to: Time,
  resolutionMs: Type.Integer({ description: 'length of a bucket; 0 where every reading is its own point' }),
  points: Type.Array(
    Type.Object({
      t: Type.Integer({ description: "the reading's time, or the bucket's begin; ms since 1970 UTC" }),
      v: Type.Number({ description: "the value, or the bucket's mean" }),
      min: Type.Number(),
      max: Type.Number(),
      count: Type.Integer({ description: 'readings in the bucket' }),
      q: Quality,
    }),
    { description: 'ascending; at most 10,000' },
  ),
  next: nullable(Type.Integer({ description: 'ask again with this as `from` for what was left out' })),
  thresholds: Type.Array(Type.Object({ rule: Type.String(), level: Type.String(), value: Type.Number() }), {
    description: "limits on this quantity by the rules that watch the device, in the quantity's unit",
  }),
})
export type SeriesView = Static<typeof SeriesView>

export const GatewayView = Type.Object({
  id: Type.String(),
  site: nullable(Type.String()),
  connected: Type.Boolean(),
  lastSeen: nullable(Time),
  status: record(
    Type.Number(),
    "values of its last status report, by quantity, in the gateway model's units",
  ),
  instance: nullable(Type.String({ description: 'of its last hello' })),
  conflict: Type.Boolean({ description: 'two instances claim this id' }),
  guard: GuardView,
})
export type GatewayView = Static<typeof GatewayView>

export const GatewayParams = Type.Object({ gateway: Id })
export const CustodyView = Type.Object({
  gateway: Type.String(),
  clocks: Type.Array(
    Type.Object({
      epoch: Type.String(),
      first: Type.Integer(),
      last: Type.Integer(),
      offsetMs: Type.Integer({ description: 'what had to be added to times as they were stamped' }),
      uncertaintyMs: Type.Integer({
        description: 'on either side; above 60,000 the readings wait in quarantine',
      }),
      stampedFromMs: Type.Integer({ description: 'what the clock said when it began to be wrong so' }),
      at: Time,
      waiting: Type.Integer({ description: 'readings among these that wait in quarantine for their time' }),
      by: nullable(Type.String({ description: 'who told it; null for the gateway itself' })),
      reason: nullable(Type.String()),
    }),
    { description: 'what the gateway told of its clock, and people know of it, the newest first' },
  ),
  epochs: Type.Array(
    Type.Object({
      epoch: Type.String({ description: 'one start of the gateway' }),
      committed: Ranges,
      quarantined: Ranges,
      dropped: Ranges,
      lost: Ranges,
      missing: Ranges,
      next: Type.Integer({ description: 'one above the highest number that is known to exist' }),
    }),
  ),
})

const Seq = Type.Integer({ minimum: 0, maximum: 2 ** 48 })
export const ClockWordBody = Type.Object(
  {
    epoch: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    first: Seq,
    last: Seq,
    offsetMs: Type.Integer({
      minimum: -(2 ** 50),
      maximum: 2 ** 50,
      description: 'what is to be added to times as they were stamped',
    }),
    reason: Type.String({ minLength: 1, maxLength: 1000, description: 'how this is known; kept with it' }),
  },
  strict,
)
export const ClockWordView = Type.Object({
  taken: Type.Integer({ description: 'readings that are stored now' }),
  waiting: Type.Integer({
    description: 'that wait on, since their time is known less well or is the future',
  }),
})

export const RejectionsQuery = Type.Object(
  {
    gateway: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  strict,
)
export const RejectionView = Type.Object({
  id: Type.Integer(),
  at: Time,
  where: Type.String({ description: '`cloud`, or the gateway that refused it' }),
  gateway: nullable(Type.String()),
  source: Type.String(),
  reason: Type.String(),
  count: Type.Integer(),
  sample: Type.String(),
})

export const RulesView = Type.Object({
  revision: Type.String(),
  loadedAt: Time,
  faults: Type.Array(Type.String(), {
    description: 'why the newest files were not taken; empty if they were',
  }),
  stopped: Type.Array(Type.String(), {
    description: 'rules that failed at run time, and where: not judged there until they are changed',
  }),
  unknownChannels: Type.Array(Type.String(), {
    description: 'rules that notify a channel that the cloud lacks: nobody is told there',
  }),
  ruleSet: nullable(Type.Integer({ description: 'number of the revision in force' })),
  filesWait: nullable(
    Type.Object(
      {
        number: Type.Integer({ description: 'the revision that the files hold' }),
        touches: Type.Array(Type.String(), {
          description: 'life-safety rules that it would change: it waits for an approval',
        }),
      },
      { description: 'set where the files hold something else than what is in force' },
    ),
  ),
  fellBack: nullable(
    Type.Object(
      { at: Time, why: Type.String() },
      {
        description:
          'set where the cloud started from the files, because what was in force does not compile any more; until something is published',
      },
    ),
  ),
  rules: Type.Array(
    Type.Object({
      id: Type.String(),
      pack: Type.String(),
      revision: Type.String(),
      name: BilingualText,
      select: Type.Object({
        model: Type.Optional(Type.String()),
        site: Type.Optional(Type.String()),
        tag: Type.Optional(Type.String()),
        device: Type.Optional(Type.String()),
      }),
      features: Type.Array(
        Type.Object({
          name: Type.String(),
          text: Type.String({ description: 'how it is computed, such as rate(displacement, 6h)' }),
        }),
      ),
      parameters: Type.Array(
        Type.Object({
          name: Type.String(),
          value: Type.Number({ description: 'today, where neither a device nor its site has its own' }),
          unit: Type.String({ description: 'UCUM code' }),
          min: Type.Number(),
          max: Type.Number(),
          reason: Type.String(),
        }),
      ),
      levels: Type.Array(
        Type.Object({
          level: Type.String(),
          when: Type.String(),
          until: nullable(Type.String()),
          forMs: DurationMs,
          clearForMs: DurationMs,
        }),
      ),
      missing: Type.Object({
        afterMs: nullable(DurationMs),
        intervals: nullable(Type.Number()),
        then: Type.String(),
      }),
      season: Type.Array(Type.String(), {
        description: 'the parts of the year in which it is in force, such as 05-01..10-15; empty: always',
      }),
      thresholds: Type.Array(
        Type.Object({ quantity: Type.String(), level: Type.String(), value: Type.Number() }),
      ),
      notify: Type.Array(Type.String(), { description: 'the channels that are told' }),
    }),
  ),
})

export const ScopeParams = Type.Object({ rule: Id, scope: Id })
export const ExplanationView = Type.Object({
  rule: Type.String(),
  scope: Type.String({ description: 'id of the device; of the site where the rule is one per site' }),
  at: Time,
  alarm: nullable(
    Type.Object({ id: Type.String(), level: nullable(LevelName) }, { description: 'the one that runs' }),
  ),
  trace: Type.Unknown({ description: 'as of a transition' }),
})

export const SiteView = Type.Object({
  id: Type.String(),
  name: BilingualText,
  location: nullable(Type.Object({ lat: Type.Number(), lon: Type.Number() })),
  department: nullable(Type.String()),
})
export type SiteView = Static<typeof SiteView>

const PackFiles = Type.Array(
  Type.Object({ file: Type.String({ maxLength: 300 }), text: Type.String() }, strict),
  { minItems: 1, maxItems: 200 },
)
const RuleSource = Type.Union([Type.Literal('live'), PackFiles], {
  description: '`live`: the rules in force; or texts of packs',
})

export const BacktestBody = Type.Object(
  {
    candidate: RuleSource,
    against: Type.Optional(RuleSource),
    sweep: Type.Optional(
      Type.Object(
        {
          rule: Id,
          parameter: Type.String({ minLength: 1, maxLength: 128 }),
          from: Type.Number(),
          to: Type.Number(),
          steps: Type.Integer({ minimum: 2, maximum: 101 }),
        },
        { ...strict, description: 'tries values of a parameter of the candidate' },
      ),
    ),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    labels: Type.Optional(
      Type.Array(
        Type.Object({ begin: Time, end: Time, site: Type.Optional(Id), device: Type.Optional(Id) }, strict),
        { maxItems: 10_000, description: 'what really happened' },
      ),
    ),
    nearMs: Type.Optional(DurationMs),
    operators: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  },
  strict,
)
export type BacktestBody = Static<typeof BacktestBody>
