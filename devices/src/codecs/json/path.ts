/** One step of a path: the key of an object, the index of an array, or each member of either. */
export type Step = string | number | '*'

/** Where a value stands in a JSON message. */
export type Path =
  /** A key that a star of `each` stood for, counted from 0. */
  | { star: number }
  /** Steps from the whole message, or from the item. */
  | { fromWhole: boolean; steps: Step[] }

/** Longest path. */
const MAX_STEPS = 20

/**
 * A path as people write it: `data.level`, `values[0].v`, `["a.b"]` for keys with dots; `.` is the item itself, `$.id`
 * begins at the whole message, `@1` is the key of the first star of `each`. Undefined where it is none.
 */
export function parsePath(text: string): Path | undefined {
  const star = /^@([1-9])$/.exec(text)?.[1]
  if (star !== undefined) return { star: Number(star) - 1 }
  const fromWhole = text.startsWith('$')
  const rest = fromWhole ? text.slice(1) : text
  if (rest === '.' || (fromWhole && rest === '')) return { fromWhole, steps: [] }
  const steps: Step[] = []
  const step = /\.?([^.[\]*"$@][^.[\]]*)|\[(\d{1,6})\]|\["([^"]+)"\]|\.?(\*)/y
  let at = 0
  while (at < rest.length && steps.length < MAX_STEPS) {
    step.lastIndex = at
    const [whole = '', key, index, quoted, every] = step.exec(rest) ?? []
    if (whole === '' || (at === 0 && whole.startsWith('.') && !fromWhole)) return
    if (at > 0 && !/^[.[]/.test(whole)) return
    steps.push(index === undefined ? ((key ?? quoted ?? every) as string) : Number(index))
    at = step.lastIndex
  }
  return at === rest.length && steps.length > 0 ? { fromWhole, steps } : undefined
}

/** The value at the end of the steps; undefined where there is none. */
export function valueAt(value: unknown, steps: readonly Step[]): unknown {
  let here = value
  for (const step of steps) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return
    here = (here as Record<Step, unknown>)[step]
  }
  return here
}

/** What the steps lead to where some are stars, with the keys that the stars stood for. */
export function* itemsAt(
  value: unknown,
  steps: readonly Step[],
  stars: readonly string[] = [],
): Generator<{ item: unknown; stars: readonly string[] }> {
  const [step, ...rest] = steps
  if (step === undefined) {
    yield { item: value, stars }
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (step === '*') {
    for (const [key, member] of Object.entries(value)) yield* itemsAt(member, rest, [...stars, key])
  } else if (Object.hasOwn(value, step)) yield* itemsAt((value as Record<Step, unknown>)[step], rest, stars)
}
