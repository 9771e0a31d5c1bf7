/** Grafana's `templateSrv.replace` with the formatting left to the caller. */
export type Replace = (text: string, format: (value: unknown) => string) => string

/** Names that are asked for; undefined for all. An empty list is nothing: a variable may have no value. */
export type Names = readonly string[] | undefined

// $name, ${name}, ${name:format}, [[name]]: Grafana's ways to refer to a variable.
const REFERENCE = /^(\$\w+|\$\{[^{}]+\}|\[\[[^[\]]+\]\])$/

/**
 * Ids, with each reference to a variable replaced by the variable's values. A value is taken as it is: it is not looked
 * into for further variables, separators or escapes, so whatever it holds is one name.
 */
export function expandNames(saved: readonly string[], replace: Replace): Names {
  if (saved.length === 0) return undefined
  return [...new Set(saved.flatMap(name => (REFERENCE.test(name) ? valuesOf(name, replace) : [name])))]
}

function valuesOf(reference: string, replace: Replace): string[] {
  let values: string[] | undefined
  replace(reference, value => {
    values = (Array.isArray(value) ? value : [value]).map(String).filter(Boolean)
    return ''
  })
  return values ?? [reference]
}

/** Whether a name is among those asked for. */
export const isAsked = (asked: Names, name: string | null): boolean =>
  asked === undefined || (name !== null && asked.includes(name))
