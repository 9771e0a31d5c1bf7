const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The time ranges that the charts offer; `all` is everything there is. */
export const RANGES = ['1h', '6h', '1d', '7d', 'all'] as const
export type Range = (typeof RANGES)[number]

const LENGTH_MS: Record<Exclude<Range, 'all'>, number> = {
  '1h': HOUR,
  '6h': 6 * HOUR,
  '1d': DAY,
  '7d': 7 * DAY,
}

/** What the charts show: a range that ends now and moves on, or a fixed piece of the past. Times in ms UTC. */
export type TimeView = { kind: 'live'; range: Range } | { kind: 'fixed'; from: number; to: number }

/** A piece of time: `from` included, `to` excluded. */
export interface Span {
  from: number
  to: number
}

/** The shortest piece that can be zoomed into. */
const SHORTEST_MS = 10_000

/**
 * The piece of time that a view means at `now`.
 *
 * @param earliest - begin of `all`, ms UTC
 */
export function spanOf(view: TimeView, now: number, earliest: number): Span {
  if (view.kind === 'fixed') return view
  return { from: view.range === 'all' ? Math.min(earliest, now) : now - LENGTH_MS[view.range], to: now }
}

/** The view half a span earlier. */
export function earlier(span: Span): TimeView {
  const half = Math.round((span.to - span.from) / 2)
  return { kind: 'fixed', from: span.from - half, to: span.to - half }
}

/** The view half a span later; it stops at `now`. */
export function later(span: Span, now: number): TimeView {
  const half = Math.min(Math.round((span.to - span.from) / 2), Math.max(0, now - span.to))
  return { kind: 'fixed', from: span.from + half, to: span.to + half }
}

/** The view of a piece that was drawn with the mouse; the order of the ends does not matter. */
export function zoomed(a: number, b: number): TimeView {
  const middle = (a + b) / 2
  const half = Math.max(Math.abs(b - a), SHORTEST_MS) / 2
  return { kind: 'fixed', from: Math.round(middle - half), to: Math.round(middle + half) }
}
