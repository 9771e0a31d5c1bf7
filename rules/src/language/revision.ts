import { createHash } from 'node:crypto'

/** The same JSON for the same meaning: keys sorted, undefined left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** Twelve hexadecimal digits of the SHA-256 of a value's canonical JSON. */
export const revisionOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12)
