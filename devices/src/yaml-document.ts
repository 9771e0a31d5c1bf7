import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { FileFault } from './fault.ts'

/** A YAML text that knows the line of each of its values. */
export interface YamlDocument<T> {
  value: T
  /** The line (from 1) of the value at a path such as `['rules', 0, 'levels']`, or of its nearest parent. */
  lineOf(path: readonly (string | number)[]): number
}

export type YamlResult<T> = { ok: true; document: YamlDocument<T> } | { ok: false; faults: FileFault[] }

// What the parser notes for a text such as 100,000 brackets; it does not throw.
const STACK_SPENT = 'Maximum call stack size exceeded'

// Alias bombs: a document may expand to at most this many aliases.
const MAX_ALIASES = 100

/**
 * Reads a YAML text against a schema.
 *
 * @param text - the document; a text of more than one document is a fault
 * @param file - the name to put into faults
 * @param schema - what the document must look like; defaults are filled in
 * @returns the typed value with its lines, or every fault with file and line; never throws
 */
export function readYaml<S extends TSchema>(text: string, file: string, schema: S): YamlResult<Static<S>> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map(error => ({
    code: 'yaml-syntax',
    file,
    line: lines.linePos(error.pos[0]).line,
    message: error.message.startsWith(STACK_SPENT) ? 'nested too deeply to be read' : error.message,
  }))
  if (syntax.length > 0) return { ok: false, faults: syntax }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}
  } catch (error) {
    return { ok: false, faults: [{ code: 'yaml-aliases', file, line: 1, message: (error as Error).message }] }
  }
  const lineOf = (path: readonly (string | number)[]): number => lineAt(document, lines, path)
  const checked = checkPart(schema, value, { file, lineOf })
  return checked.ok ? { ok: true, document: { value: checked.value, lineOf } } : checked
}

/**
 * Checks a value that was taken from a YAML text.
 *
 * @param place - the file, and the lines of paths within the value
 * @returns the typed value with defaults filled in, or every fault with file and line
 */
export function checkPart<S extends TSchema>(
  schema: S,
  value: unknown,
  { file, lineOf }: { file: string; lineOf: YamlDocument<unknown>['lineOf'] },
): { ok: true; value: Static<S> } | { ok: false; faults: FileFault[] } {
  const filled = Value.Default(schema, value)
  if (Value.Check(schema, filled)) return { ok: true, value: filled as Static<S> }
  return { ok: false, faults: schemaFaults(schema, filled, file, lineOf) }
}

type SchemaError = ReturnType<typeof Value.Errors>[number]

function schemaFaults(
  schema: TSchema,
  value: unknown,
  file: string,
  lineOf: (path: readonly (string | number)[]) => number,
): FileFault[] {
  const faults = new Map<string, FileFault>()
  const errors = Value.Errors(schema, value)
  for (const error of errors) {
    const path = error.instancePath.split('/').slice(1).map(unescapePointer)
    const { additionalProperties } = error.params as { additionalProperties?: string[] }
    const what = wordsFor(error, errors)
    if (what === undefined) continue
    const at = path.length > 0 ? path.join('.') : 'the document'
    const line = lineOf(additionalProperties?.length ? [...path, additionalProperties[0] as string] : path)
    const message = `${at} ${what}`
    faults.set(`${line} ${message}`, { code: 'yaml-schema', file, line, message })
  }
  return [...faults.values()]
}

/** What is wrong, in the words of a file's author; undefined where another error says it better. */
function wordsFor(error: SchemaError, all: readonly SchemaError[]): string | undefined {
  const { keyword, instancePath, message } = error
  const { additionalProperties: unknown, requiredProperties: missing } = error.params as {
    additionalProperties?: string[]
    requiredProperties?: string[]
  }
  // Said again by the object that does not know the property.
  if (keyword === 'boolean') return undefined
  if (unknown?.length) return `has no key ${unknown.join(', ')}; check the spelling`
  if (missing?.length) return `lacks ${missing.join(', ')}`
  // Each member of a union tells what it would have liked.
  const choices = all
    .filter(one => one.keyword === 'const' && one.instancePath === instancePath)
    .map(one => (one.params as { allowedValue: unknown }).allowedValue)
  if (keyword === 'const') return `must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`
  if (keyword === 'type' && choices.some(one => typeof one === (error.params as { type: unknown }).type))
    return undefined
  const isToldWithin = all.some(one => one !== error && one.instancePath.startsWith(instancePath))
  return keyword === 'anyOf' && isToldWithin ? undefined : message
}

// RFC 6901, section 4.
const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

function lineAt(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    if (length === 1 && document.contents === null) break
    const container = length === 1 ? document.contents : parent
    if (isMap(container)) {
      const pair = container.items.find(
        item => String((item.key as { value?: unknown })?.value) === String(key),
      )
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range
      if (range) return lines.linePos(range[0]).line
    }
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined
    if (node?.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
