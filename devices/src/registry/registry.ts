import { type Static, Type } from 'typebox'
import { Calibration } from '../conversions/calibration.ts'
import { Interval } from '../duration.ts'
import { BilingualText, Id } from '../model.ts'

const strict = { additionalProperties: false }

/** A value of a rule's parameter, with others in parts of the year: `{ value: 20, seasons: { 06-01..09-30: 18.5 } }`. */
export const ParameterValue = Type.Union([
  Type.Number(),
  Type.Object(
    { value: Type.Number(), seasons: Type.Record(Type.String(), Type.Number(), { maxProperties: 20 }) },
    strict,
  ),
])
export type ParameterValue = Static<typeof ParameterValue>

/** What else something is called, by whom: `{ scheme: imei, value: "861234567890123" }`. Each is given once. */
const Identifier = Type.Object(
  {
    scheme: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,31}$',
      description: 'platform, provincial-code, serial, imei and the like',
    }),
    value: Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[^\\s\\p{Cc}]([^\\p{Cc}]*[^\\s\\p{Cc}])?$',
    }),
  },
  strict,
)
const Identifiers = Type.Optional(Type.Array(Identifier, { maxItems: 16 }))

const Formerly = (description: string) => Type.Optional(Type.Array(Id, { maxItems: 8, description }))

/** WGS 84. */
const Position = {
  lat: Type.Number({ minimum: -90, maximum: 90 }),
  lon: Type.Number({ minimum: -180, maximum: 180 }),
}
const Location = Type.Object(
  { ...Position, altitudeM: Type.Optional(Type.Number({ minimum: -12_000, maximum: 9000 })) },
  strict,
)
export type Location = Static<typeof Location>

/** How something was installed. */
const Installation = Type.Object(
  {
    date: Type.Optional(
      Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'for example 2026-07-01' }),
    ),
    depthM: Type.Optional(
      Type.Number({ minimum: 0, maximum: 12_000, description: 'below the ground or the water' }),
    ),
    heightM: Type.Optional(Type.Number({ minimum: -100, maximum: 9000, description: 'above the ground' })),
    orientationDeg: Type.Optional(
      Type.Number({ minimum: 0, maximum: 360, description: 'clockwise from north' }),
    ),
    by: Type.Optional(Type.String({ maxLength: 200, description: 'who installed it' })),
  },
  strict,
)

const Tags = Type.Optional(Type.Array(Type.String()))
const Department = Type.Optional(Type.String())

/** Most corners of a site's outline: whether it crosses itself is looked at pair by pair. */
const MOST_POINTS = 500

/** A place with its responsible department. */
export const Site = Type.Object(
  {
    id: Id,
    formerly: Formerly('ids that it had: rules, entries and flags that name them mean this site'),
    name: BilingualText,
    identifiers: Identifiers,
    location: Type.Optional(Location),
    polygon: Type.Optional(
      Type.Array(Type.Object(Position, strict), {
        maxItems: MOST_POINTS,
        description: 'outline for warnings (CAP 1.2): closed, so that the last point is the first',
      }),
    ),
    department: Department,
    camera: Type.Optional(
      Type.String({ maxLength: 500, description: 'address of the camera page; https, without credentials' }),
    ),
    tags: Tags,
    parameters: Type.Optional(
      Type.Record(Type.String(), ParameterValue, {
        description: "values for rules' parameters at this site; a device's own go before them",
      }),
    ),
  },
  strict,
)
export type Site = Static<typeof Site>

/** A sensor in the field. It may speak only through the gateways named here. */
export const Device = Type.Object(
  {
    id: Id,
    formerly: Formerly('ids that it had: their readings are its own, and are taken from them still'),
    identifiers: Identifiers,
    model: Id,
    site: Id,
    name: Type.Optional(BilingualText),
    gateways: Type.Array(Id, { minItems: 1 }),
    interval: Type.Optional({
      ...Interval,
      description: "time between two reports of this device, in place of its model's: silence counts from it",
    }),
    location: Type.Optional(Location),
    installed: Type.Optional(Installation),
    department: Department,
    tags: Tags,
    calibration: Type.Optional(Calibration),
    parameters: Type.Optional(
      Type.Record(Type.String(), ParameterValue, {
        description: "values for rules' parameters at this device",
      }),
    ),
  },
  strict,
)
export type Device = Static<typeof Device>

/** A gateway and the credential it shows the cloud. */
export const Gateway = Type.Object(
  {
    id: Id,
    formerly: Formerly(
      'ids that it had: what it sent under them is its own, and it may speak under them still',
    ),
    identifiers: Identifiers,
    site: Type.Optional(Id),
    location: Type.Optional(Location),
    installed: Type.Optional(Installation),
    department: Department,
    tags: Tags,
    passwordFile: Type.String({ description: 'file that holds the password, readable by the cloud alone' }),
  },
  strict,
)
export type Gateway = Static<typeof Gateway>

/** Sites, devices and gateways, as one file. */
export const Registry = Type.Object(
  {
    sites: Type.Array(Site),
    gateways: Type.Array(Gateway),
    devices: Type.Array(Device),
  },
  strict,
)
export type Registry = Static<typeof Registry>

/** The model of the status series that every gateway sends of itself; its device id is the gateway's id. */
export const GATEWAY_MODEL = 'gateway'
/** The model of the series that the cloud writes of itself. */
export const CLOUD_MODEL = 'cloud'
/** The device id of the cloud's own series. */
export const CLOUD_DEVICE = 'picket-cloud'
