import { decodeBody, type Reading } from '@picket/devices'
import type { DerivedValue } from '../ports.ts'
import type { Db } from '../sqlite/database.ts'

/** What some entries of the journal in a row changed. */
export interface JournalPage {
  /** Ordinal of the last of these entries. */
  last: number
  /** When the first of these entries was written, engine time, ms UTC. */
  writtenAt: number
  /** In the order of the journal; a later one of a series and time stands over an earlier one. */
  points: DerivedValue[]
  /** Entries after the ordinal asked for that are kept no more. */
  missing: number
}

interface Row {
  ordinal: number
  now: number
  kind: string
  count: number
  body: Buffer | null
}

/** Reads the journal for those who ship it, on a connection of their own. */
export class JournalPages {
  readonly #after
  readonly #last

  constructor(db: Db) {
    this.#after = db.prepare(
      `SELECT ordinal, now, kind, count, CASE WHEN kind IN ('readings', 'amend', 'recorded') THEN body END AS body
        FROM journal WHERE ordinal > ? ORDER BY ordinal`,
    )
    this.#last = db.prepare('SELECT max(ordinal) FROM journal').pluck()
  }

  /** Ordinal of the newest entry; 0 where there is none. */
  last(): number {
    return (this.#last.get() as number | null) ?? 0
  }

  /** The entries after an ordinal, until they hold so many points; undefined where there is none. */
  after(ordinal: number, enough: number): JournalPage | undefined {
    let page: JournalPage | undefined
    for (const { ordinal: at, now, kind, count, body } of this.#after.iterate(ordinal) as Iterable<Row>) {
      page ??= { last: at, writtenAt: now, points: [], missing: at - ordinal - 1 }
      page.last = at
      if (body) for (const point of pointsOf(kind, body, count)) page.points.push(point)
      if (page.points.length >= enough) break
    }
    return page
  }
}

function pointsOf(kind: string, body: Buffer, count: number): readonly DerivedValue[] {
  if (kind === 'recorded') return JSON.parse(body.toString()) as DerivedValue[]
  return decodeBody(body, count) as Reading[]
}
