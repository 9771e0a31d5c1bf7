import { type Static, Type } from 'typebox'
import { checkQuantities, type DescriptionFault } from '../described.ts'
import { Scaling } from '../numbers.ts'

/** What an object of a station is. */
const Point = Type.Object(
  {
    quantity: Type.Optional(Type.String()),
    fact: Type.Optional(Type.String({ minLength: 1 })),
    address: Type.Integer({ minimum: 0, maximum: 0xffffff, description: 'information object address' }),
    ...Scaling,
  },
  { additionalProperties: false },
)

/** The objects of a type of station by their addresses. */
export const Points = Type.Array(Point, { minItems: 1, maxItems: 10_000 })
export type Points = Static<typeof Points>

/** What in a list of points cannot be right. */
export function checkPoints(points: Points, quantities: readonly string[]): DescriptionFault[] {
  const faults = checkQuantities(
    points.map(({ quantity }, index) => ({
      ...(quantity === undefined ? {} : { quantity }),
      path: [index, 'quantity'],
    })),
    quantities,
  )
  const seen = new Set<number>()
  for (const [index, { quantity, fact, address }] of points.entries()) {
    const blame = (message: string): void => {
      faults.push({ path: [index, 'address'], fault: { code: 'model-points', message } })
    }
    if ((quantity === undefined) === (fact === undefined)) blame('a point is either a quantity or a fact')
    if (seen.has(address)) blame(`the address ${address} stands here twice`)
    seen.add(address)
  }
  return faults
}
