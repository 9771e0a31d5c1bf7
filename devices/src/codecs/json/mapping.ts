import { type Static, Type } from 'typebox'
import { TimeFormat } from '../calendar-time.ts'
import { checkQuantities, type DescriptionFault } from '../described.ts'
import { Scaling } from '../numbers.ts'
import { parsePath } from './path.ts'

const strict = { additionalProperties: false }
const PathText = Type.String({
  minLength: 1,
  maxLength: 300,
  description: 'for example data.level or values[0].v',
})
const What = {
  quantity: Type.Optional(Type.String({ description: 'of this model' })),
  fact: Type.Optional(Type.String({ minLength: 1, description: 'name of a value that is no quantity' })),
}

/** How a JSON message of any shape becomes readings. */
export const JsonMapping = Type.Object(
  {
    each: Type.Optional({ ...PathText, description: 'items in the message; a star is each member: data.*' }),
    device: Type.Optional({ ...PathText, description: 'who speaks; else the topic does' }),
    time: Type.Optional(Type.Object({ path: PathText, ...TimeFormat }, strict)),
    values: Type.Optional(
      Type.Array(Type.Object({ ...What, path: PathText, ...Scaling }, strict), {
        minItems: 1,
        maxItems: 1000,
      }),
    ),
    named: Type.Optional(
      Type.Object(
        {
          name: { ...PathText, description: 'where the item says what was measured' },
          value: PathText,
          names: Type.Record(Type.String(), Type.Object({ ...What, ...Scaling }, strict), {
            maxProperties: 1000,
            description: 'the names of the message; one that is not here is a fact',
          }),
        },
        { ...strict, description: 'where items are pairs of name and value' },
      ),
    ),
  },
  strict,
)
export type JsonMapping = Static<typeof JsonMapping>

/** What in a mapping cannot be right. */
export function checkJsonMapping(mapping: JsonMapping, quantities: readonly string[]): DescriptionFault[] {
  const { each, device, time, values = [], named } = mapping
  const entries: { path: (string | number)[]; what: { quantity?: string; fact?: string } }[] = [
    ...values.map((what, index) => ({ path: ['values', index], what })),
    ...Object.entries(named?.names ?? {}).map(([name, what]) => ({ path: ['named', 'names', name], what })),
  ]
  const faults = checkQuantities(
    entries.map(({ path, what: { quantity } }) => ({
      ...(quantity === undefined ? {} : { quantity }),
      path: [...path, 'quantity'],
    })),
    quantities,
  )
  const blame = (path: DescriptionFault['path'], message: string): void => {
    faults.push({ path, fault: { code: 'model-json', message } })
  }
  if (values.length === 0 && !named) blame([], 'there are no values and nothing named')
  for (const { path, what } of entries)
    if ((what.quantity === undefined) === (what.fact === undefined))
      blame(path, 'a value is either a quantity or a fact')
  const stars = (each?.match(/\*/g) ?? []).length
  const check = (path: DescriptionFault['path'], text: string | undefined): void => {
    const parsed = text === undefined ? undefined : parsePath(text)
    if (text === undefined) return
    if (!parsed) blame(path, `"${text}" is no path`)
    else if ('star' in parsed && parsed.star >= stars)
      blame(path, `"each" has no star number ${parsed.star + 1}`)
    else if ('steps' in parsed && parsed.steps.includes('*') && path[0] !== 'each')
      blame(path, `"${text}" has a star, which only "each" may have`)
  }
  check(['each'], each)
  check(['device'], device)
  check(['time', 'path'], time?.path)
  for (const [index, { path }] of values.entries()) check(['values', index, 'path'], path)
  check(['named', 'name'], named?.name)
  check(['named', 'value'], named?.value)
  return faults
}
