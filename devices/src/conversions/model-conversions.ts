import { type Static, Type } from 'typebox'
import type { DescriptionFault } from '../codecs/described.ts'
import { parseDuration } from '../duration.ts'
import { isSameKind, parseUnit } from '../units/unit.ts'
import { CONVERSION_CATALOGUE } from './catalogue.ts'
import type { Conversion } from './conversion.ts'

const strict = { additionalProperties: false }

/** Where a conversion has an input from: a quantity of the device, or of the devices at its site. */
const Origin = Type.Union([Type.String(), Type.Object({ site: Type.String() }, strict)])

const ModelConversion = Type.Object(
  {
    by: Type.String({ description: 'name of the conversion' }),
    from: Type.Record(Type.String(), Origin, {
      description: "quantity for each input; { site: air_pressure } looks at the site's other devices too",
    }),
    within: Type.String({ description: 'how far apart in time the inputs may be, for example 5m' }),
  },
  strict,
)

/** What the model's devices have computed, by quantity, where the registry has their calibration for it. */
export const ModelConversions = Type.Record(Type.String(), ModelConversion)
export type ModelConversions = Static<typeof ModelConversions>

/** Inputs that are never further apart than a week: what they are looked up in is bounded. */
const LONGEST_WITHIN_MS = 7 * 86_400_000

type Quantities = Readonly<Record<string, { unit: string }>>

/** What one of a quantity is in another unit of its kind; undefined where the two have nothing in common. */
export function ratioOf(from: string, to: string): number | undefined {
  const [a, b] = [parseUnit(from), parseUnit(to)]
  if (!a.ok || !b.ok || !isSameKind(a.unit, b.unit) || a.unit.point !== b.unit.point) return undefined
  return a.unit.factor / b.unit.factor
}

/** What cannot be computed as it is described. */
export function checkConversions(conversions: ModelConversions, quantities: Quantities): DescriptionFault[] {
  const faults: DescriptionFault[] = []
  const report = (path: string[], message: string, hint?: string): void => {
    faults.push({
      path,
      fault: { code: 'model-conversion', message, ...(hint === undefined ? {} : { hint }) },
    })
  }
  for (const [result, { by, from, within }] of Object.entries(conversions)) {
    const conversion = CONVERSION_CATALOGUE.get(by)
    const withinMs = parseDuration(within) ?? 0
    if (!(withinMs > 0 && withinMs <= LONGEST_WITHIN_MS))
      report([result, 'within'], `"${within}" is no time up to 7d`, 'write for example 5m')
    if (!conversion) {
      report(
        [result, 'by'],
        `there is no conversion "${by}"`,
        `known: ${[...CONVERSION_CATALOGUE.keys()].join(', ')}`,
      )
      continue
    }
    const unit = unitOf(quantities, result)
    if (unit === undefined) report([result], `${result} is no quantity of this model`)
    else if (ratioOf(conversion.unit, unit) === undefined)
      report([result], `${by} gives ${conversion.unit}, which is not in ${unit}`)
    checkInputs(conversion, from, quantities, (path, message, hint) =>
      report([result, ...path], message, hint),
    )
    if (reaches(result, result, conversions)) report([result], `${result} is computed from itself`)
  }
  return faults
}

function checkInputs(
  { inputs }: Conversion,
  from: ModelConversions[string]['from'],
  quantities: Quantities,
  report: (path: string[], message: string, hint?: string) => void,
): void {
  const known = Object.entries(inputs).filter(([, { before }]) => before === undefined)
  for (const [input, rule] of known)
    if (rule.with === undefined && !Object.hasOwn(from, input))
      report(['from'], `the input ${input} is missing`)
  for (const [input, origin] of Object.entries(from)) {
    const rule = known.find(([name]) => name === input)?.[1]
    if (!rule) {
      report(
        ['from', input],
        `there is no input "${input}"`,
        `inputs: ${known.map(([name]) => name).join(', ')}`,
      )
      continue
    }
    if (typeof origin !== 'string') {
      if (input === known[0]?.[0]) report(['from', input], 'the first input must be of the device itself')
      continue
    }
    const unit = unitOf(quantities, origin)
    if (unit === undefined) report(['from', input], `${origin} is no quantity of this model`)
    else if (ratioOf(unit, rule.unit) === undefined)
      report(['from', input], `${origin} is in ${unit}, and ${input} wants ${rule.unit}`)
  }
}

const unitOf = (quantities: Quantities, name: string): string | undefined =>
  Object.hasOwn(quantities, name) ? quantities[name]?.unit : undefined

/** True where computing `name` comes to need `sought`. */
function reaches(
  sought: string,
  name: string,
  conversions: ModelConversions,
  seen = new Set<string>(),
): boolean {
  if (seen.has(name) || !Object.hasOwn(conversions, name)) return false
  seen.add(name)
  return Object.values(conversions[name]?.from ?? {}).some(origin => {
    const quantity = typeof origin === 'string' ? origin : origin.site
    return quantity === sought || reaches(sought, quantity, conversions, seen)
  })
}
