import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Fault } from '../fault.ts'

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
  if (Value.Check(schema, value)) return { ok: true, value: value as Static<S> }
  const faults = [...Value.Errors(schema, value)].slice(0, 10).map(({ instancePath, message: what }) => ({
    code: `${codec}-message`,
    message: `${instancePath.slice(1).replaceAll('/', '.') || 'the message'} ${what}`,
  }))
  return { ok: false, faults }
}
