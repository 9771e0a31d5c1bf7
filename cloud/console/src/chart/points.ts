import type { LiveReading, Point } from '../api/shapes.ts'

const QUALITY = 0x0f

/** Most points that one chart keeps; the oldest go first. */
export const MOST_POINTS = 5000

/** The index of the first point at or after `t`. */
export function indexFrom(points: readonly Point[], t: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]!.t < t) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Takes a live reading into ascending points: as its own point, or into its bucket where the points are
 * buckets of `resolutionMs` (0: they are not). A reading whose time is there already is left out, as the
 * store does: the first stays. Keeps at most MOST_POINTS.
 */
export function appendReading(points: Point[], reading: LiveReading, resolutionMs: number): void {
  const { v } = reading
  const q = reading.q & QUALITY
  const t = resolutionMs > 0 ? Math.floor(reading.t / resolutionMs) * resolutionMs : reading.t
  const index = indexFrom(points, t)
  const there = points[index]
  if (there?.t !== t) points.splice(index, 0, { t, v, min: v, max: v, count: 1, q })
  else if (resolutionMs > 0) points[index] = withValue(there, v, q)
  if (points.length > MOST_POINTS) points.splice(0, points.length - MOST_POINTS)
}

function withValue(bucket: Point, v: number, q: number): Point {
  const count = bucket.count + 1
  return {
    t: bucket.t,
    v: bucket.v + (v - bucket.v) / count,
    min: Math.min(bucket.min, v),
    max: Math.max(bucket.max, v),
    count,
    q: worse(bucket.q, q),
  }
}

// From good to bad: pass, not evaluated, suspect, fail; missing says nothing of a value that is there.
const BADNESS: Record<number, number> = { 9: 0, 1: 1, 2: 2, 3: 3, 4: 4 }
const worse = (a: number, b: number): number => ((BADNESS[b] ?? 0) > (BADNESS[a] ?? 0) ? b : a)

/** A series as the chart draws it: times, values, lowest and highest, each a column of its own. */
export type Columns = [t: number[], v: (number | null)[], min: (number | null)[], max: (number | null)[]]

/**
 * The points as columns, with a hole wherever two neighbours are further apart than `gapMs`: a line across
 * a silence would claim values that nobody measured.
 */
export function columnsOf(points: readonly Point[], gapMs: number): Columns {
  const columns: Columns = [[], [], [], []]
  let before: number | undefined
  for (const { t, v, min, max } of points) {
    if (before !== undefined && t - before > gapMs) {
      columns[0].push(Math.round((before + t) / 2))
      for (const column of [columns[1], columns[2], columns[3]]) column.push(null)
    }
    columns[0].push(t)
    columns[1].push(v)
    columns[2].push(min)
    columns[3].push(max)
    before = t
  }
  return columns
}

const GAP_INTERVALS = 3.5

/** How far apart two points may be before there is a hole between them. */
export function gapOf(points: readonly Point[], resolutionMs: number, intervalMs: number | null): number {
  const usual = Math.max(resolutionMs, intervalMs ?? medianStep(points))
  return usual > 0 ? usual * GAP_INTERVALS : Number.POSITIVE_INFINITY
}

function medianStep(points: readonly Point[]): number {
  const steps = points.slice(1).map(({ t }, index) => t - points[index]!.t)
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0
}
