import { type Static, Type } from 'typebox'
import type { DescriptionFault } from '../codecs/described.ts'
import { CONVERSION_CATALOGUE } from './catalogue.ts'
import type { Conversion, Numbers } from './conversion.ts'
import type { ModelConversions } from './model-conversions.ts'

const Sheet = Type.Record(Type.String(), Type.Number(), { maxProperties: 20 })
const MOST_SHEETS = 12

/**
 * The calibration sheet of a device, by the quantity that is computed with it; several where each is valid in a range of
 * its own, as the segments of a rating curve: the first that gives a value is taken.
 */
export const Calibration = Type.Record(
  Type.String(),
  Type.Union([Sheet, Type.Array(Sheet, { minItems: 1, maxItems: MOST_SHEETS })]),
  { maxProperties: 20 },
)
export type Calibration = Static<typeof Calibration>

export const sheetsOf = (entry: Calibration[string]): Numbers[] => (Array.isArray(entry) ? entry : [entry])

/** A sheet with the values that it leaves to the conversion. */
export const completed = (sheet: Numbers, { parameters }: Conversion): Numbers => ({
  ...Object.fromEntries(
    Object.entries(parameters).flatMap(([name, rule]) =>
      rule.default === undefined ? [] : [[name, rule.default]],
    ),
  ),
  ...sheet,
})

/** What is wrong with a device's calibration, seen by what its model computes. */
export function checkCalibration(
  calibration: Calibration,
  conversions: ModelConversions = {},
): DescriptionFault[] {
  return Object.entries(calibration).flatMap(([quantity, entry]) => {
    const described = Object.hasOwn(conversions, quantity) ? conversions[quantity] : undefined
    const conversion = CONVERSION_CATALOGUE.get(described?.by ?? '')
    if (!described || !conversion) {
      const computed = Object.keys(conversions).join(', ')
      return [
        fault(
          [quantity],
          `the model computes no ${quantity}`,
          computed ? `it computes ${computed}` : undefined,
        ),
      ]
    }
    return sheetsOf(entry).flatMap((sheet, at) => {
      const place = Array.isArray(entry) ? [quantity, at] : [quantity]
      return [
        ...sheetFaults(sheet, conversion, place),
        ...inputFaults(sheet, conversion, described.from, place),
      ]
    })
  })
}

type Place = (string | number)[]

function sheetFaults(sheet: Numbers, { parameters }: Conversion, place: Place): DescriptionFault[] {
  const given = (name: string): boolean => Object.hasOwn(sheet, name)
  const missing = Object.entries(parameters).filter(
    ([name, { default: usual, optional, with: other }]) =>
      !given(name) && usual === undefined && !optional && (other === undefined || given(other)),
  )
  return [
    ...missing.map(([name, { unit }]) => fault(place, `${name} [${unit}] is missing`)),
    ...Object.entries(sheet).flatMap(([name, value]) => {
      const rule = Object.hasOwn(parameters, name) ? parameters[name] : undefined
      if (!rule) {
        return [
          fault([...place, name], `there is no ${name}`, `known: ${Object.keys(parameters).join(', ')}`),
        ]
      }
      if (!(value >= rule.least && value <= rule.most))
        return [
          fault([...place, name], `${name} is ${value}, not from ${rule.least} to ${rule.most} ${rule.unit}`),
        ]
      if (rule.with !== undefined && !given(rule.with))
        return [fault([...place, name], `${name} is of no use without ${rule.with}`)]
      return []
    }),
  ]
}

const inputFaults = (
  sheet: Numbers,
  { inputs }: Conversion,
  from: ModelConversions[string]['from'],
  place: Place,
): DescriptionFault[] =>
  Object.entries(inputs).flatMap(([input, rule]) =>
    rule.with !== undefined && Object.hasOwn(sheet, rule.with) && !Object.hasOwn(from, input)
      ? [fault([...place, rule.with], `the model says nowhere where the ${input} comes from`)]
      : [],
  )

const fault = (path: Place, message: string, hint?: string): DescriptionFault => ({
  path,
  fault: { code: 'registry-calibration', message, ...(hint === undefined ? {} : { hint }) },
})
