import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Value } from 'typebox/value'
import type { Fault } from '../fault.ts'

const validators = new WeakMap<TSchema, Validator>()

/** A schema as a compiled check; each is made once. */
function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema) ?? Compile(schema)
  validators.set(schema, known)
  return known
}

/**
 * A message that shall be encoded, against the schema of its codec.
 *
 * @returns the typed message with its defaults, or every fault with the path of the value
 */
export function checkMessage<S extends TSchema>(
  schema: S,
  message: unknown,
  codec: string,
): { ok: true; value: Static<S> } | { ok: false; faults: Fault[] } {
  const value = Value.Default(schema, Value.Clone(message))
  if (validatorOf(schema).Check(value)) return { ok: true, value: value as Static<S> }
  const fault = (what: string): Fault => ({ code: `${codec}-message`, message: what })
  const variant = variantOf(schema, value)
  if (typeof variant === 'string') return { ok: false, faults: [fault(variant)] }
  const faults = [...validatorOf(variant).Errors(value)]
    // An unknown property is told once, by the object that does not know it.
    .filter(({ keyword }) => keyword !== 'boolean')
    .slice(0, 10)
    .map(({ instancePath, keyword, params, message: what }) => {
      const where = instancePath.slice(1).replaceAll('/', '.') || 'the message'
      const unknown = keyword === 'additionalProperties' && (params as { additionalProperties: string[] })
      return fault(`${where} ${unknown ? `does not know ${unknown.additionalProperties.join(', ')}` : what}`)
    })
  return { ok: false, faults: faults.length > 0 ? faults : [fault('the message does not fit its schema')] }
}

/** Of several shapes of a message the one that it comes nearest to, or what it needs where it is near none. */
function variantOf(schema: TSchema, value: unknown): TSchema | string {
  const variants = (schema as { anyOf?: { properties?: object; required?: string[] }[] }).anyOf
  if (variants === undefined) return schema
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const scores = variants.map(({ properties = {}, required = [] }) => {
    const known = keys.filter(key => Object.hasOwn(properties, key)).length
    const missing = required.filter(key => !keys.includes(key)).length
    return known === 0 ? Number.NEGATIVE_INFINITY : known - missing
  })
  const best = Math.max(...scores)
  if (best !== Number.NEGATIVE_INFINITY) return variants[scores.indexOf(best)] as TSchema
  return `the message needs ${variants.map(({ required = [] }) => required.join(', ')).join('; or ')}`
}
