interface Point {
  lat: number
  lon: number
}

// A triangle with its first point again at the end (CAP 1.2, 3.2.4).
const FEWEST_POINTS = 4

/** Why a list of points is no outline of a place, or undefined where it is one. */
export function polygonFault(points: readonly Point[]): string | undefined {
  if (points.length < FEWEST_POINTS)
    return `${points.length} points; it takes ${FEWEST_POINTS}, the first again at the end`
  const [first, last] = [points[0], points.at(-1)]
  if (first?.lat !== last?.lat || first?.lon !== last?.lon)
    return 'it is not closed: the last point must be the first'
  const lons = points.map(({ lon }) => lon)
  // Outlines are drawn as they are written: one over the date line would go round the Earth.
  if (Math.max(...lons) - Math.min(...lons) > 180) return 'it spans more than half of the Earth'
  const edges = points.slice(1).map((to, at): [Point, Point] => [points[at] as Point, to])
  const still = edges.findIndex(([from, to]) => same(from, to))
  if (still >= 0) return `point ${still + 2} is there twice in a row`
  for (const [at, edge] of edges.entries()) {
    for (let other = at + 1; other < edges.length; other++) {
      const isNext = other === at + 1 || (at === 0 && other === edges.length - 1)
      const next = edges[other] as [Point, Point]
      if (isNext ? doublesBack(edge, next) : touch(edge, next))
        return `it crosses itself: edge ${at + 1} meets edge ${other + 1}`
    }
  }
  return undefined
}

/** Which way three points turn: above 0 to the left, 0 straight on. */
const turn = (a: Point, b: Point, c: Point): number =>
  Math.sign((b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon))

const isWithin = (a: Point, b: Point, c: Point): boolean =>
  Math.min(a.lon, b.lon) <= c.lon &&
  c.lon <= Math.max(a.lon, b.lon) &&
  Math.min(a.lat, b.lat) <= c.lat &&
  c.lat <= Math.max(a.lat, b.lat)

function touch([a, b]: [Point, Point], [c, d]: [Point, Point]): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)]
  if (abc !== abd && cda !== cdb) return true
  return (
    (abc === 0 && isWithin(a, b, c)) ||
    (abd === 0 && isWithin(a, b, d)) ||
    (cda === 0 && isWithin(c, d, a)) ||
    (cdb === 0 && isWithin(c, d, b))
  )
}

// Two edges with a common corner: one must not lie on the other.
function doublesBack(one: [Point, Point], next: [Point, Point]): boolean {
  const corner = same(one[1], next[0]) ? one[1] : one[0]
  const [a, b] = [other(one, corner), other(next, corner)]
  if (turn(a, corner, b) !== 0) return false
  return (a.lon - corner.lon) * (b.lon - corner.lon) + (a.lat - corner.lat) * (b.lat - corner.lat) > 0
}

const same = (a: Point, b: Point): boolean => a.lat === b.lat && a.lon === b.lon
const other = ([from, to]: [Point, Point], corner: Point): Point => (same(from, corner) ? to : from)
