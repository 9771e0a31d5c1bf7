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
  const validator = validatorOf(schema)
  if (validator.Check(value)) return { ok: true, value: value as Static<S> }
  const faults = [...validator.Errors(value)].slice(0, 10).map(({ instancePath, message: what }) => ({
    code: `${codec}-message`,
    message: `${instancePath.slice(1).replaceAll('/', '.') || 'the message'} ${what}`,
  }))
  return { ok: false, faults }
}
