import { type Static, Type } from 'typebox'
import { BilingualText, Id, Interval } from './model.ts'

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

/** A place with its responsible department. */
export const Site = Type.Object(
  {
    id: Id,
    name: BilingualText,
    location: Type.Optional(
      Type.Object(
        {
          lat: Type.Number({ minimum: -90, maximum: 90 }),
          lon: Type.Number({ minimum: -180, maximum: 180 }),
        },
        strict,
      ),
    ),
    department: Type.Optional(Type.String()),
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
    model: Id,
    site: Id,
    name: Type.Optional(BilingualText),
    gateways: Type.Array(Id, { minItems: 1 }),
    interval: Type.Optional({
      ...Interval,
      description: "time between two reports of this device, in place of its model's: silence counts from it",
    }),
    tags: Type.Optional(Type.Array(Type.String())),
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
    site: Type.Optional(Id),
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
