import { seriesName } from '@picket/devices'
import type { JournalPages } from './journal-pages.ts'

/** From the earliest to the latest time at which something changed, both inclusive. */
export interface Span {
  from: number
  to: number
}

// With more points than this in the tail InfluxDB is far behind, and is not asked at all.
const MOST_POINTS = 100_000

/** What of each series the journal holds and InfluxDB may not have. */
export class JournalTail {
  readonly #pages: Pick<JournalPages, 'after'>
  readonly #shipped: () => number
  readonly #spans = new Map<string, Span>()
  /** Up to this entry the spans tell of the journal. */
  #seen = 0
  /** When this entry is shipped, the spans are made anew. */
  #renewAt = 0
  #points = 0

  /** @param shipped - up to which entry everything is at the server */
  constructor(pages: Pick<JournalPages, 'after'>, shipped: () => number) {
    this.#pages = pages
    this.#shipped = shipped
  }

  /** Where a series must be read from here; `everywhere` where InfluxDB is too far behind to tell. */
  unshipped(device: string, quantity: string): Span | undefined | 'everywhere' {
    this.#catchUp()
    if (this.#points > MOST_POINTS) return 'everywhere'
    return this.#spans.get(seriesName(device, quantity))
  }

  // The spans only grow until all that they tell of is shipped; then they begin with what came since.
  #catchUp(): void {
    const shipped = this.#shipped()
    if (shipped >= this.#renewAt) {
      this.#spans.clear()
      this.#points = 0
      this.#seen = shipped
    }
    const isNew = this.#points === 0
    while (this.#points <= MOST_POINTS) {
      const page = this.#pages.after(this.#seen, MOST_POINTS)
      if (!page) break
      this.#seen = page.last
      this.#points += page.points.length
      for (const { device, quantity, t } of page.points) this.#widen(seriesName(device, quantity), t)
    }
    if (isNew) this.#renewAt = this.#seen
  }

  #widen(series: string, t: number): void {
    const span = this.#spans.get(series)
    if (!span) this.#spans.set(series, { from: t, to: t })
    else if (t < span.from) span.from = t
    else if (t > span.to) span.to = t
  }
}
