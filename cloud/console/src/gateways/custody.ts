import type { EpochCustody } from '../api/shapes.ts'

/** What can become of a record. */
export const FATES = ['committed', 'quarantined', 'dropped', 'lost', 'missing'] as const
type Fate = (typeof FATES)[number]

type Ranges = EpochCustody['committed']

/** How many numbers inclusive ranges hold. */
export const countOf = (ranges: Ranges): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)

/** A piece of an epoch's bar: where it begins and how wide it is, both as a share of the whole. */
export interface Piece {
  fate: Fate
  begin: number
  width: number
}

// What is narrower cannot be seen; it is widened, because a single lost record must be seen.
const NARROWEST = 0.004
/** Most pieces of one fate that are drawn. */
const MOST_PIECES = 200

/** The bar of an epoch, the good fates first so that the bad ones are drawn over them. */
export function piecesOf(epoch: EpochCustody): Piece[] {
  const first = Math.min(epoch.next, ...FATES.flatMap(fate => epoch[fate].map(([begin]) => begin)))
  const whole = epoch.next - first
  if (whole <= 0) return []
  return FATES.flatMap(fate =>
    epoch[fate].slice(0, MOST_PIECES).map(([begin, end]) => {
      const width = Math.max((end - begin + 1) / whole, NARROWEST)
      return { fate, begin: Math.min((begin - first) / whole, 1 - width), width }
    }),
  )
}

/** Ranges as people write them: `4–9, 12`, and how many more there are than `most`. */
export function rangesText(ranges: Ranges, most: number): { text: string; more: number } {
  const text = ranges
    .slice(0, most)
    .map(([first, last]) => (first === last ? String(first) : `${first}–${last}`))
    .join(', ')
  return { text, more: Math.max(0, ranges.length - most) }
}
