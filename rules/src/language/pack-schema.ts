import { BilingualText, Id } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { DETECTORS } from '../detectors/index.ts'
import { LEVELS } from '../level.ts'

const strict = { additionalProperties: false }
const Duration = Type.String({ maxLength: 40, description: 'for example 90s, 10m, 1h30m, 2d' })
const Text = Type.Object({ en: Type.String({ maxLength: 500 }), zh: Type.String({ maxLength: 500 }) }, strict)
const ConditionText = Type.String()

const ParameterSource = Type.Object(
  {
    value: Type.Number({ description: 'in force where neither the site nor the device has its own' }),
    unit: Type.String({ description: 'UCUM code: mm, mm/d, Cel, K, %, 1' }),
    min: Type.Number({ description: 'the least that a site or a device may set' }),
    max: Type.Number({ description: 'the most that a site or a device may set' }),
    reason: Type.String({ minLength: 1, description: 'where the value comes from, and who may change it' }),
    seasons: Type.Optional(
      Type.Record(Type.String(), Type.Number(), {
        maxProperties: 20,
        description: 'other values in parts of the year: { 06-01..09-30: 18.5 }',
      }),
    ),
  },
  strict,
)

const LevelSource = Type.Object(
  {
    when: {
      ...ConditionText,
      description: 'the level begins when this holds, as in speed > 2 * creep (CEL)',
    },
    until: Type.Optional({
      ...ConditionText,
      description: 'it ends when this holds; if absent, when `when` does not',
    }),
    for: Type.Optional({
      ...Duration,
      description: '`when` must hold this long: 90s, 10m, 1h30m; 0s if absent',
    }),
    clearFor: Type.Optional({ ...Duration, description: 'the end must hold this long; 0s if absent' }),
  },
  strict,
)
export type LevelSource = Static<typeof LevelSource>

const MissingThen = Type.Union([
  Type.Literal('keep'),
  Type.Literal('stale'),
  Type.Literal('blue'),
  Type.Literal('yellow'),
  Type.Literal('orange'),
  Type.Literal('red'),
])

const UseOrIgnore = Type.Optional(Type.Enum(['use', 'ignore']))

const ofDevice = { tag: Type.Optional(Type.String({ minLength: 1 })), device: Type.Optional(Id) }

const RecordingSource = Type.Object(
  {
    feature: Type.String({ description: 'name of the feature whose values are recorded' }),
    name: { ...Text, description: 'what charts call the series' },
  },
  strict,
)

const FEATURE_DESCRIPTION = `a quantity such as level, or a detector over a window such as rate(displacement, 6h). Detectors, which picket-rules detectors explains: ${[...DETECTORS.keys()].join(', ')}`

const EscalationSource = Type.Object(
  {
    after: Type.String({ maxLength: 40, description: 'since somebody was told, for example 15m' }),
    notify: Type.Array(Id, { minItems: 1, maxItems: 20 }),
    repeat: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 20, description: 'so often again, each `after` later' }),
    ),
  },
  strict,
)

/** A rule as a person writes it. */
export const ruleSchema = Type.Object(
  {
    id: Id,
    name: BilingualText,
    message: Type.Optional({
      ...Text,
      description:
        'what is told; {feature}, {parameter}, {device}, {site} and {level} are filled in. Only a rule that raises no alarm has none',
    }),
    per: Type.Optional(
      Type.Enum(['device', 'site'], {
        description: 'one alarm for each selected device, or for each site of some',
      }),
    ),
    select: Type.Object(
      { model: Type.Optional(Id), site: Type.Optional(Id), ...ofDevice },
      { ...strict, minProperties: 1, description: 'every given criterion must fit' },
    ),
    with: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({ model: Type.Optional(Id), ...ofDevice }, { ...strict, minProperties: 1 }),
        {
          maxProperties: 5,
          description: 'further devices at the same site, by the name that features give them: gauge.rain',
        },
      ),
    ),
    features: Type.Optional(
      Type.Record(Type.String(), Type.String({ description: FEATURE_DESCRIPTION }), {
        maxProperties: 20,
        description: 'named values that conditions and messages use',
      }),
    ),
    parameters: Type.Optional(
      Type.Record(Type.String(), ParameterSource, {
        maxProperties: 20,
        description: 'numbers that may be tuned, here, by site or by device',
      }),
    ),
    record: Type.Optional(
      Type.Record(Type.String(), RecordingSource, {
        maxProperties: 10,
        description:
          'derived series by name: with each reading the value of a feature becomes one of the device, for charts and for features of other rules',
      }),
    ),
    levels: Type.Object(
      {
        blue: Type.Optional(LevelSource),
        yellow: Type.Optional(LevelSource),
        orange: Type.Optional(LevelSource),
        red: Type.Optional(LevelSource),
      },
      strict,
    ),
    missing: Type.Optional(
      Type.Object(
        { after: Type.String({ description: '15m, or 3 intervals' }), then: MissingThen },
        { ...strict, description: 'what happens after this long without readings' },
      ),
    ),
    quality: Type.Optional(
      Type.Object(
        { suspect: UseOrIgnore, notEvaluated: UseOrIgnore },
        { ...strict, description: 'use or ignore; both are used if absent, those that failed never' },
      ),
    ),
    season: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        maxItems: 20,
        description: 'the rule is in force only then: 05-01..10-15, or 2026-06-01..2026-09-30',
      }),
    ),
    notify: Type.Optional(
      Type.Array(Id, { maxItems: 20, description: "names of channels in the cloud's file" }),
    ),
    lifeSafety: Type.Optional(
      Type.Boolean({ description: "a change of it needs a second person's approval" }),
    ),
    runs: Type.Optional(
      Type.Enum(['cloud', 'gateway'], {
        description: 'gateway: where its devices speak, with or without a link to the cloud',
      }),
    ),
    switch: Type.Optional(
      Type.Array(
        Type.Object(
          {
            output: { ...Id, description: "an output that the gateway's own file declares" },
            from: Type.Optional(
              Type.Enum([...LEVELS], { description: 'on while the alarm is at this level or above' }),
            ),
          },
          strict,
        ),
        { minItems: 1, maxItems: 20, description: 'what is switched on while the alarm runs' },
      ),
    ),
    latch: Type.Optional(
      Type.Boolean({ description: 'an alarm that is over stays until it was acknowledged and reset' }),
    ),
    flap: Type.Optional(
      Type.Object(
        {
          above: Type.Number({
            exclusiveMinimum: 0,
            maximum: 99,
            description: "percent of Icinga's measure",
          }),
          below: Type.Number({ minimum: 0, maximum: 99 }),
        },
        strict,
      ),
    ),
    escalate: Type.Optional(
      Type.Union([EscalationSource, Type.Array(EscalationSource, { minItems: 1, maxItems: 10 })]),
    ),
    inhibits: Type.Optional(
      Type.Object(
        {
          rules: Type.Array(Id, { minItems: 1, maxItems: 1000 }),
          devices: Type.Union([
            Type.Literal('behind-gateway'),
            Type.Literal('same-site'),
            Type.Literal('same-device'),
          ]),
          wait: Type.Optional(Type.String({ maxLength: 40, description: 'for example 3m; 10m at most' })),
        },
        { ...strict, description: 'while an alarm of this rule runs, alarms of those rules page nobody' },
      ),
    ),
  },
  strict,
)
export type RuleSource = Static<typeof ruleSchema>

/** Most rules in one pack. */
const MOST_RULES = 1000

/** A file of rules. As plain data it is a JSON Schema, for editors. */
export const packSchema = Type.Object(
  {
    pack: Id,
    utcOffset: Type.Optional(
      Type.String({ description: 'the clock by which seasons count: +08:00, which it is if absent' }),
    ),
    rules: Type.Array(ruleSchema, { maxItems: MOST_RULES }),
  },
  strict,
)
