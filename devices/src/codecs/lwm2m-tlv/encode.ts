import { type Static, Type } from 'typebox'
import type { Encoded } from '../codec.ts'
import { checkMessage } from '../message-schema.ts'
import { tlvOf } from './tlv.ts'
import { floatBytes, integerBytes } from './values.ts'

export const NAME = 'lwm2m-tlv'

const strict = { additionalProperties: false }
const id = Type.Integer({ minimum: 0, maximum: 0xffff })
const Value = Type.Union([
  Type.Object({ id, float: Type.Number() }, strict),
  Type.Object({ id, integer: Type.Integer({ minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 }) }, strict),
  Type.Object({ id, boolean: Type.Boolean() }, strict),
  Type.Object({ id, text: Type.String({ maxLength: 10_000 }) }, strict),
  Type.Object(
    { id, data: Type.String({ pattern: '^([0-9A-Fa-f]{2}){0,10000}$', description: 'hex' }) },
    strict,
  ),
])
const Resources = Type.Array(
  Type.Union([Value, Type.Object({ id, values: Type.Array(Value, { maxItems: 1000 }) }, strict)]),
  { minItems: 1, maxItems: 1000 },
)

/** What `encode` takes: resources, or object instances of resources. */
const Message = Type.Union([
  Type.Object({ resources: Resources }, strict),
  Type.Object(
    {
      instances: Type.Array(Type.Object({ id, resources: Resources }, strict), {
        minItems: 1,
        maxItems: 1000,
      }),
    },
    strict,
  ),
])

export function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const bytes =
    'resources' in checked.value
      ? resourcesOf(checked.value.resources)
      : Buffer.concat(
          checked.value.instances.map(({ id, resources }) =>
            tlvOf('object instance', id, resourcesOf(resources)),
          ),
        )
  return { ok: true, bytes }
}

const resourcesOf = (resources: Static<typeof Resources>): Uint8Array =>
  Buffer.concat(
    resources.map(resource =>
      'values' in resource
        ? tlvOf(
            'multiple resource',
            resource.id,
            Buffer.concat(resource.values.map(value => tlvOf('resource instance', value.id, bytesOf(value)))),
          )
        : tlvOf('resource', resource.id, bytesOf(resource)),
    ),
  )

function bytesOf(value: Static<typeof Value>): Uint8Array {
  if ('float' in value) return floatBytes(value.float)
  if ('integer' in value) return integerBytes(value.integer)
  if ('boolean' in value) return Uint8Array.of(value.boolean ? 1 : 0)
  return 'text' in value ? Buffer.from(value.text) : Buffer.from(value.data, 'hex')
}
