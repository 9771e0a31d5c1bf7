import { type Static, Type } from 'typebox'

const strict = { additionalProperties: false }

const Span = Type.String({
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
  description: 'a duration: 90s, 1h30m',
})
const Moment = Type.String({
  pattern: '^[-+]?(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
  description: 'before (-) or after the first start: -30h',
})
const Share = Type.Number({ minimum: 0, maximum: 1 })

const Interval = Type.Object({ history: Type.Optional(Span), live: Type.Optional(Span) }, strict)

const FaultEntry = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('dropout'),
      Type.Literal('stuck'),
      Type.Literal('spike'),
      Type.Literal('duplicate'),
      Type.Literal('out-of-order'),
      Type.Literal('clock-offset'),
      Type.Literal('outage'),
    ]),
    quantities: Type.Optional(Type.Array(Type.String())),
    share: Type.Optional(Share),
    size: Type.Optional(Type.Number()),
    delay: Type.Optional(Span),
    offset: Type.Optional(Moment),
    at: Type.Optional(Moment),
    lasts: Type.Optional(Span),
    every: Type.Optional(Span),
  },
  strict,
)
export type FaultEntry = Static<typeof FaultEntry>

const DeviceEntry = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    model: Type.String({ minLength: 1 }),
    share: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'how much of the movement or rain reaches this device; 1 is all',
      }),
    ),
    lag: Type.Optional(
      Type.String({ ...Span, description: 'a gauge further down the river sees the flood this much later' }),
    ),
    interval: Type.Optional(Interval),
    faults: Type.Optional(Type.Array(FaultEntry)),
  },
  strict,
)
export type DeviceEntry = Static<typeof DeviceEntry>

const WeatherEntry = Type.Object(
  {
    storms: Type.Optional(
      Type.Array(
        Type.Object(
          { at: Moment, lasts: Span, depth: Type.Number({ minimum: 0, description: 'mm' }) },
          strict,
        ),
      ),
    ),
    showers: Type.Optional(
      Type.Object({ every: Span, depth: Type.Number({ minimum: 0, description: 'mean depth, mm' }) }, strict),
    ),
  },
  strict,
)

const SlopeEntry = Type.Object(
  {
    creep: Type.Number({ exclusiveMinimum: 0, description: 'steady rate, mm/d' }),
    installed: Moment,
    accelerates: Moment,
    fails: Moment,
    reinstall: Span,
  },
  strict,
)

const CatchmentEntry = Type.Object(
  {
    area: Type.Number({ exclusiveMinimum: 0, description: 'km2' }),
    runoff: Share,
    reservoirs: Type.Integer({ minimum: 1, maximum: 5 }),
    storage: Span,
    baseFlow: Type.Number({ minimum: 0, description: 'm3/s' }),
    rating: Type.Object(
      {
        c: Type.Number({ exclusiveMinimum: 0 }),
        a: Type.Number(),
        b: Type.Number({ exclusiveMinimum: 0 }),
      },
      strict,
    ),
  },
  strict,
)

const FeederEntry = Type.Object(
  {
    ratedKva: Type.Number({ exclusiveMinimum: 0 }),
    peakLoad: Type.Number({ minimum: 0, description: 'load factor at the daily peak' }),
    ambient: Type.Object({ mean: Type.Number(), swing: Type.Number() }, strict),
    overloads: Type.Optional(
      Type.Array(Type.Object({ at: Moment, lasts: Span, factor: Type.Number() }, strict)),
    ),
  },
  strict,
)

/** A scenario file: the nature of one site, the devices that watch it, and what goes wrong. */
export const Scenario = Type.Object(
  {
    scenario: Type.String({ minLength: 1, pattern: '^[A-Za-z0-9-]+$' }),
    url: Type.String({ pattern: '^mqtts?://' }),
    data: Type.String({ minLength: 1, description: 'folder for the progress, from the file' }),
    seed: Type.Integer(),
    start: Type.Optional(
      Type.String({ description: 'ISO time at which live begins; without it the time of the first start' }),
    ),
    speed: Type.Optional(
      Type.Number({ minimum: 1, description: 'how fast time runs while a `start` in the past catches up' }),
    ),
    history: Span,
    interval: Interval,
    weather: Type.Optional(WeatherEntry),
    slope: Type.Optional(SlopeEntry),
    catchment: Type.Optional(CatchmentEntry),
    feeder: Type.Optional(FeederEntry),
    devices: Type.Array(DeviceEntry, { minItems: 1 }),
  },
  strict,
)
export type Scenario = Static<typeof Scenario>
