import { type Static, Type } from 'typebox'
import { TimeFormat } from '../calendar-time.ts'
import { checkQuantities, type DescriptionFault } from '../described.ts'
import { Scaling } from '../numbers.ts'

const strict = { additionalProperties: false }
const Column = Type.Union([Type.String(), Type.Integer({ minimum: 1, maximum: 1000 })], {
  description: 'by its heading, or by its number from 1',
})

/** How the lines of a logger's table become readings. */
export const CsvMapping = Type.Object(
  {
    separator: Type.Optional(Type.Enum([',', ';', '\t', '|', ' '])),
    heading: Type.Optional(Type.Boolean({ description: 'the first line names the columns' })),
    device: Type.Optional(Column),
    time: Type.Optional(
      Type.Object(
        {
          column: Column,
          ...TimeFormat,
        },
        strict,
      ),
    ),
    columns: Type.Array(
      Type.Object(
        {
          quantity: Type.Optional(Type.String()),
          fact: Type.Optional(Type.String({ minLength: 1 })),
          column: Column,
          ...Scaling,
        },
        strict,
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  strict,
)
export type CsvMapping = Static<typeof CsvMapping>

/** What in a mapping cannot be right. */
export function checkCsvMapping(mapping: CsvMapping, quantities: readonly string[]): DescriptionFault[] {
  const faults = checkQuantities(
    mapping.columns.map(({ quantity }, index) => ({
      ...(quantity === undefined ? {} : { quantity }),
      path: ['columns', index, 'quantity'],
    })),
    quantities,
  )
  const blame = (path: DescriptionFault['path'], message: string): void => {
    faults.push({ path, fault: { code: 'model-csv', message } })
  }
  for (const [index, { quantity, fact, column }] of mapping.columns.entries()) {
    if ((quantity === undefined) === (fact === undefined))
      blame(['columns', index], 'a column is either a quantity or a fact')
    if (typeof column === 'string' && !mapping.heading)
      blame(['columns', index, 'column'], `there is no heading that could name "${column}"`)
  }
  if (typeof mapping.device === 'string' && !mapping.heading)
    blame(['device'], `there is no heading that could name "${mapping.device}"`)
  if (typeof mapping.time?.column === 'string' && !mapping.heading)
    blame(['time', 'column'], `there is no heading that could name "${mapping.time.column}"`)
  return faults
}
