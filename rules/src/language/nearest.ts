/**
 * Words for a name that does not exist: the known name that was probably meant, or all of them.
 *
 * @returns for example `did you mean "displacement"?` or `known: battery, displacement`
 */
export function didYouMean(name: string, known: readonly string[]): string {
  const [best] = known
    .map(candidate => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance)
  if (best) return `did you mean "${best.candidate}"?`
  return known.length > 0 ? `known: ${known.join(', ')}` : 'there is none to choose from'
}

// Levenshtein 1966; names are short, so one row of the table is all that is kept.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1]?.toLowerCase() === b[j - 1]?.toLowerCase() ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length] as number
}
