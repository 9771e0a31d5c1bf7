import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { formatFileFault, StartError } from '../fault.ts'
import { readYaml, type YamlDocument } from '../yaml-document.ts'

/**
 * Reads a configuration file; `${NAME:-fallback}` in it stands for an environment variable.
 *
 * @returns the value, `resolve` for the paths in it, which count from the file's own folder, and `lineOf` for what is
 *   checked later
 * @throws StartError with file, line and what is wrong
 */
export function loadConfig<S extends TSchema>(
  file: string,
  schema: S,
  environment: Record<string, string | undefined> = process.env,
): {
  config: Static<S>
  resolve: (path: string) => string
  lineOf: YamlDocument<unknown>['lineOf']
} {
  if (!existsSync(file))
    throw new StartError('config-missing', `no configuration file at ${file}; name one with --config`)
  const result = readYaml(substituteEnvironment(readFileSync(file, 'utf8'), environment), file, schema)
  if (!result.ok)
    throw new StartError('config-invalid', result.faults.slice(0, 5).map(formatFileFault).join('; '))
  const folder = dirname(resolve(file))
  const { value, lineOf } = result.document
  return { config: value, resolve: path => resolve(folder, path), lineOf }
}

/** Replaces `${NAME}` and `${NAME:-fallback}` in a text by environment variables, before it is parsed. */
export function substituteEnvironment(text: string, environment: Record<string, string | undefined>): string {
  return text.replace(
    /\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback: string | undefined) => {
      const value = environment[name] || fallback
      if (value === undefined)
        throw new StartError('config-environment', `the environment variable ${name} is not set`)
      return value
    },
  )
}
