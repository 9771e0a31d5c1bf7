import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { ApiError } from './errors.ts'

type Properties = Record<string, { type?: string }>

/**
 * Checks a part of a request against its schema. Query and path parameters arrive as text and are read as the
 * type that the schema names; a body must have the right types by itself.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  const properties = (schema as { properties?: Properties }).properties ?? {}
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : readTexts(given as Record<string, unknown>, properties)
    if (validator.Check(value)) return { value }
    return { error: new ApiError('bad-parameter', describe(validator.Errors(value)[0], value, properties)) }
  }
}

// Strict: what is no whole number or true or false stays text, and fails the check.
function readTexts(given: Record<string, unknown>, properties: Properties): Record<string, unknown> {
  const value: Record<string, unknown> = { ...given }
  for (const [name, { type }] of Object.entries(properties)) {
    const text = value[name]
    if (typeof text !== 'string') continue
    if (type === 'integer' && /^-?\d{1,15}$/.test(text)) value[name] = Number(text)
    if (type === 'boolean' && (text === 'true' || text === 'false')) value[name] = text === 'true'
  }
  return value
}

function describe(
  error: TLocalizedValidationError | undefined,
  value: unknown,
  properties: Properties,
): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const unknown = isObject ? Object.keys(value).find(name => !Object.hasOwn(properties, name)) : undefined
  if (unknown !== undefined) {
    return `there is no parameter "${unknown.slice(0, 40)}"; allowed: ${Object.keys(properties).join(', ')}`
  }
  if (!error) return 'a parameter is wrong'
  const name = error.instancePath.split('/').slice(1).join('.') || 'the body'
  const { allowedValues } = error.params as { allowedValues?: unknown[] }
  return `${name} ${error.message}${allowedValues ? `: ${allowedValues.join(', ')}` : ''}`
}
