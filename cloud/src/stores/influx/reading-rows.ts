import { EARLIEST_TIME, LATEST_TIME } from '@picket/devices'
import { Buckets, worse } from '../buckets.ts'
import type { Point, RangeQuery } from '../ports.ts'
import { TAKEN_BACK } from './line-protocol.ts'

/** Time, value (null where only the flag was ever written) and quality flag. */
export type ReadingRow = [t: number, v: number | null, q: number]

/** Most readings that are asked for at once. */
export const ROWS_PER_PAGE = 10_000

/** A server's answer holds something else than rows of readings. */
export class NoReadings extends Error {
  override message = 'answered with what are no readings'
}

/** A time that servers can ask for, in nanoseconds too: no reading is earlier or later. */
export const timeWithin = (t: number): number => Math.min(Math.max(t, EARLIEST_TIME), LATEST_TIME + 1)

/**
 * Makes points of readings, page by page.
 *
 * @param readPage - answers with the first ROWS_PER_PAGE readings, in the order of time
 */
export async function pointsOf(
  query: RangeQuery,
  readPage: (query: RangeQuery) => Promise<ReadingRow[]>,
): Promise<Point[]> {
  const buckets = new Buckets(query)
  let { from } = query
  for (;;) {
    const rows = await readPage({ ...query, from })
    // Rows of the last time may go on in the next page.
    const cut = rows.length < ROWS_PER_PAGE ? undefined : rows.at(-1)?.[0]
    for (const { t, v, q } of mergedByTime(rows))
      if (t !== cut && !buckets.add(t, v, q)) return buckets.points
    if (cut === undefined) return buckets.points
    if (cut <= from) throw new Error('too many series of one name')
    from = cut
  }
}

// Where a device was moved, an amended reading is in the series of both sites: what says less in its favour counts.
function* mergedByTime(rows: readonly ReadingRow[]): Generator<{ t: number; v: number; q: number }> {
  for (let at = 0; at < rows.length; ) {
    let [t, v, q] = rows[at] as ReadingRow
    for (at++; rows[at]?.[0] === t; at++) {
      const [, other, otherQuality] = rows[at] as ReadingRow
      v ??= other
      q = q === TAKEN_BACK || otherQuality === TAKEN_BACK ? TAKEN_BACK : worse(q, otherQuality)
    }
    if (v !== null && q !== TAKEN_BACK) yield { t, v, q }
  }
}
