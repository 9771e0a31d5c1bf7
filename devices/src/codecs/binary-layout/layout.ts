import { type Static, Type } from 'typebox'
import { checkQuantities, type DescriptionFault } from '../described.ts'
import { ByteOrder, NumberType, Scaling, sizeOf } from '../numbers.ts'

const strict = { additionalProperties: false }
/** Longest message that a layout may describe; also the end of the last field. */
const MAX_BYTES = 65_536
const Offset = Type.Integer({
  minimum: -MAX_BYTES,
  maximum: MAX_BYTES,
  description: 'first byte, from 0; negative from the end of the message',
})

/** One value in a message. */
const LayoutField = Type.Object(
  {
    quantity: Type.Optional(Type.String({ description: 'of this model; without it the value is a fact' })),
    fact: Type.Optional(Type.String({ minLength: 1, description: 'name of a value that is no quantity' })),
    offset: Offset,
    type: NumberType,
    order: Type.Optional(ByteOrder),
    bits: Type.Optional(
      Type.Tuple([Type.Integer({ minimum: 0, maximum: 31 }), Type.Integer({ minimum: 0, maximum: 31 })], {
        description: 'lowest and highest bit of the number, from 0',
      }),
    ),
    ...Scaling,
  },
  strict,
)
export type LayoutField = Static<typeof LayoutField>

/** A message of fixed fields, for sensors that have no codec of their own. */
export const Layout = Type.Object(
  {
    order: Type.Optional(ByteOrder),
    lengthBytes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_BYTES, description: 'of every message' }),
    ),
    starts: Type.Optional(
      Type.String({ pattern: '^([0-9A-Fa-f]{2}){1,16}$', description: 'the first bytes, in hex' }),
    ),
    device: Type.Optional(
      Type.Object(
        {
          offset: Offset,
          lengthBytes: Type.Integer({ minimum: 1, maximum: 32 }),
          as: Type.Enum(['hex', 'text']),
        },
        { ...strict, description: 'where a message says who speaks; else the topic does' },
      ),
    ),
    time: Type.Optional(
      Type.Object(
        { offset: Offset, type: NumberType, order: Type.Optional(ByteOrder), unit: Type.Enum(['s', 'ms']) },
        { ...strict, description: 'time since 1970 UTC' },
      ),
    ),
    fields: Type.Array(LayoutField, { minItems: 1, maxItems: 1000 }),
  },
  strict,
)
export type Layout = Static<typeof Layout>

/** What in a layout cannot be right. */
export function checkLayout(layout: Layout, quantities: readonly string[]): DescriptionFault[] {
  const faults = checkQuantities(
    layout.fields.map(({ quantity }, index) => ({
      ...(quantity === undefined ? {} : { quantity }),
      path: ['fields', index, 'quantity'],
    })),
    quantities,
  )
  const blame = (path: DescriptionFault['path'], message: string, hint?: string): void => {
    faults.push({ path, fault: { code: 'model-layout', message, ...(hint ? { hint } : {}) } })
  }
  for (const [index, field] of layout.fields.entries()) {
    const path = ['fields', index]
    if ((field.quantity === undefined) === (field.fact === undefined))
      blame(path, 'a field is either a quantity or a fact')
    if (!fits(field.offset, sizeOf(field.type), layout))
      blame([...path, 'offset'], `${field.type} at ${field.offset} does not lie in the message`)
    if (field.bits === undefined) continue
    const [low, high] = field.bits
    if (low > high || high >= 8 * sizeOf(field.type) || !field.type.startsWith('u') || sizeOf(field.type) > 4)
      blame(
        [...path, 'bits'],
        `bits ${low} to ${high} are not in a ${field.type}`,
        'the lowest bit first, of u8, u16, u24 or u32',
      )
  }
  if (layout.time && !fits(layout.time.offset, sizeOf(layout.time.type), layout))
    blame(['time', 'offset'], 'the time does not lie in the message')
  if (layout.device && !fits(layout.device.offset, layout.device.lengthBytes, layout))
    blame(['device', 'offset'], 'the device does not lie in the message')
  return faults
}

const fits = (offset: number, size: number, { lengthBytes = MAX_BYTES }: Layout): boolean =>
  offset < 0 ? -offset <= lengthBytes && size <= -offset : offset + size <= lengthBytes
