import type { ParameterValue } from '@picket/devices'
import type { Parameter } from '../rule.ts'
import { compileSeasonalValues } from './compile-season.ts'

/**
 * What is wrong with a value that a device or a site has of its own for a rule's parameter: a value that the rule
 * would not have taken for itself, or days that no calendar has.
 *
 * @returns undefined where nothing is
 */
export function overrideFault({ name, min, max, unit }: Parameter, own: ParameterValue): string | undefined {
  const faults: string[] = []
  const seasons = typeof own === 'number' ? {} : own.seasons
  const seasonal = compileSeasonalValues(name, seasons, (_, { message }) => faults.push(message))
  const values = [typeof own === 'number' ? own : own.value, ...seasonal.map(({ value }) => value)]
  const refused = values.find(value => value < min || value > max)
  if (refused !== undefined) faults.push(`${name} may be ${min} to ${max} ${unit}, not ${refused}`)
  return faults[0]
}
