import type { Condition } from '../rule.ts'

/**
 * A value of the one feature that both conditions of a level read, at which the level begins and ends at once: its end was
 * written the wrong way round. Looked for between and beyond the numbers with which they compare it.
 *
 * @param parameters - with the values of the rule itself
 * @returns undefined where there is none, or where the two read several features
 */
export function beginsAndEndsAt(
  { on, off }: { on: Condition; off: Condition },
  parameters: Readonly<Record<string, number>>,
): number | undefined {
  const [feature, ...others] = new Set([...on.features, ...off.features])
  if (feature === undefined || others.length > 0) return undefined
  const names = [feature, ...Object.keys(parameters)]
  const places = new Map(names.map((name, place) => [name, place]))
  const values = [Number.NaN, ...Object.values(parameters)]
  const [begins, ends] = [on.cuts(places), off.cuts(places)]
  if (!begins || !ends) return undefined
  const cuts = [...begins, ...ends]
    .map(({ at }) => at(values))
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const [lowest, highest] = [cuts[0], cuts.at(-1)]
  if (lowest === undefined || highest === undefined) return undefined
  const between = cuts.slice(1).map((cut, at) => (cut + (cuts[at] as number)) / 2)
  // A value that is itself compared with, as 5 is in `>= 5` and `<= 5`, may belong to both.
  return [lowest - 1, ...between, highest + 1].find(value => {
    const seen = { ...parameters, [feature]: value }
    return !cuts.includes(value) && on.test(seen) === true && off.test(seen) === true
  })
}
