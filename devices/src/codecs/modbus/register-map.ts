import { type Static, Type } from 'typebox'
import { Interval } from '../../duration.ts'
import { checkQuantities, type DescriptionFault } from '../described.ts'
import { ByteOrder, NumberType, Scaling, sizeOf } from '../numbers.ts'

const strict = { additionalProperties: false }
const Address = Type.Integer({ minimum: 0, maximum: 0xffff, description: 'as on the wire, from 0' })

/** The tables of the protocol by the function that reads them. */
export const TABLES = { coil: 1, discrete: 2, holding: 3, input: 4 } as const
export const Table = Type.Enum(['coil', 'discrete', 'holding', 'input'])
export type Table = Static<typeof Table>

/** Where a quantity stands in the registers of a device. */
const Register = Type.Object(
  {
    quantity: Type.Optional(Type.String()),
    fact: Type.Optional(Type.String({ minLength: 1 })),
    table: Type.Optional(Table),
    address: Address,
    type: Type.Optional(NumberType),
    words: Type.Optional({
      ...ByteOrder,
      description: 'which register of a longer number comes first; big without it',
    }),
    ...Scaling,
    interval: Type.Optional({ ...Interval, description: "time between two polls; the device's without it" }),
  },
  strict,
)
export type Register = Static<typeof Register>

/** The registers of a type of device. */
export const RegisterMap = Type.Object(
  {
    replyFrom: Type.Optional({
      ...Address,
      description: 'first register of replies whose request is not seen, as gateways forward them',
    }),
    map: Type.Array(Register, { minItems: 1, maxItems: 1000 }),
  },
  strict,
)
export type RegisterMap = Static<typeof RegisterMap>

/** True for the tables of bits. */
export const isBits = (table: Table): boolean => table === 'coil' || table === 'discrete'

/** What in a map cannot be right. */
export function checkRegisterMap({ map }: RegisterMap, quantities: readonly string[]): DescriptionFault[] {
  const faults = checkQuantities(
    map.map(({ quantity }, index) => ({
      ...(quantity === undefined ? {} : { quantity }),
      path: ['map', index, 'quantity'],
    })),
    quantities,
  )
  for (const [index, { quantity, fact, table = 'holding', type = 'u16', address }] of map.entries()) {
    const blame = (key: string, message: string): void => {
      faults.push({ path: ['map', index, key], fault: { code: 'model-registers', message } })
    }
    if ((quantity === undefined) === (fact === undefined))
      blame('address', 'a register is either a quantity or a fact')
    if (sizeOf(type) % 2 !== 0) blame('type', `${type} fills no whole registers`)
    else if (isBits(table) && type !== 'u16') blame('type', `a ${table} is one bit`)
    else if (address + sizeOf(type) / 2 > 0x10000) blame('address', 'the last register is 65535')
  }
  return faults
}
