import { idsOf, type Site } from '@picket/devices'
import { worse } from '../../stores/buckets.ts'
import type { Point, RangeQuery } from '../../stores/ports.ts'
import { ApiError } from '../errors.ts'
import { SeriesByNameQuery, SeriesParams, SeriesQuery, SeriesView } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'
import { unknownDevice } from './devices.ts'
import { findDevice, intervalOf, type KnownDevice, quantityWords, selects } from './directory.ts'
import { readResolution, readTimeRange, stepFor } from './time-range.ts'

const MAX_POINTS = 10_000
// Above this a chart is better served by buckets.
const MAX_RAW_IN_AUTO = 2000

/** The readings of one series, for charts and programs. */
export function seriesRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/series/:device/:quantity`,
    {
      schema: {
        operationId: 'getSeries',
        summary: 'The points of one series between two times, with the limits that rules set on it',
        tags: ['devices'],
        params: SeriesParams,
        querystring: SeriesQuery,
        response: { 200: SeriesView, ...refusals },
      },
    },
    async ({ params, query }) => viewOf(services, { ...params, ...query }),
  )

  // Proxies rewrite paths: they resolve dots, and some encode a second time. They leave a query as it is.
  api.get(
    `${BASE}/series`,
    {
      schema: {
        operationId: 'findSeries',
        summary: 'As `series/{device}/{quantity}`, for names that would not pass through a path unharmed',
        tags: ['devices'],
        querystring: SeriesByNameQuery,
        response: { 200: SeriesView, ...refusals },
      },
    },
    async ({ query }) => viewOf(services, query),
  )
}

async function viewOf(services: Services, asked: SeriesByNameQuery): Promise<SeriesView> {
  const { quantity } = asked
  const device = findDevice(services, asked.device)
  if (!device) throw unknownDevice(asked.device)
  const words = quantityWords(services, device, quantity)
  const latest = services.series.latest()
  const stored = idsOf(device).some(id => latest.has(`${id}/${quantity}`))
  if (words.unit === null && !stored) {
    throw new ApiError('not-found', `the device "${device.id}" has no series "${quantity}"`)
  }
  const range = readTimeRange(asked, services.clock.now())
  const read = await readPoints(services, {
    ...range,
    device,
    quantity,
    resolution: readResolution(asked.resolution),
  })
  return {
    device: device.id,
    quantity,
    ...words,
    ...range,
    resolutionMs: read.resolutionMs,
    points: read.points.slice(0, MAX_POINTS),
    next: read.points[MAX_POINTS]?.t ?? null,
    thresholds: thresholds(services, device, quantity),
  }
}

interface Wanted {
  device: KnownDevice
  quantity: string
  from: number
  to: number
  resolution: number | 'auto'
}

/** One point more than may be answered, where there are more. */
async function readPoints(
  services: Services,
  wanted: Wanted,
): Promise<{ resolutionMs: number; points: Point[] }> {
  const { from, to, quantity, resolution } = wanted
  const read = async (resolutionMs: number, limit: number) => {
    const query = { quantity, from, to, resolutionMs, limit: limit + 1 }
    return { resolutionMs, points: await readAll(services, wanted.device, query) }
  }
  if (resolution !== 'auto') return read(resolution, MAX_POINTS)
  const step = stepFor(to - from)
  const intervalMs = intervalOf(services, wanted.device)
  // Buckets shorter than the reporting interval would hold one reading each.
  if (intervalMs === undefined || step <= intervalMs) {
    const raw = await read(0, MAX_RAW_IN_AUTO)
    if (raw.points.length <= MAX_RAW_IN_AUTO) return raw
  }
  return read(step, MAX_POINTS)
}

// What was stored under a former id is the device's own; where both have a time, the present id's goes before.
async function readAll(
  { series }: Services,
  device: KnownDevice,
  query: Omit<RangeQuery, 'device'>,
): Promise<Point[]> {
  const [own = [], ...former] = await Promise.all(
    idsOf(device).map(id => series.range({ ...query, device: id })),
  )
  if (former.every(points => points.length === 0)) return own
  const byTime = new Map<number, Point>()
  for (const point of [...former.reverse(), own].flat()) {
    const there = query.resolutionMs > 0 ? byTime.get(point.t) : undefined
    byTime.set(point.t, there ? bucketOf(there, point) : point)
  }
  return [...byTime.values()].sort((a, b) => a.t - b.t).slice(0, query.limit)
}

const bucketOf = (a: Point, b: Point): Point => ({
  t: a.t,
  v: (a.v * a.count + b.v * b.count) / (a.count + b.count),
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
  count: a.count + b.count,
  q: worse(a.q, b.q),
})

const thresholds = (services: Services, device: KnownDevice, quantity: string): SeriesView['thresholds'] =>
  services
    .rules([device.parameters ?? {}, siteParameters(services, device)])
    .rules.filter(rule => selects(services, rule, device))
    .flatMap(rule =>
      rule.thresholds
        .filter(threshold => threshold.quantity === quantity)
        .map(({ level, value }) => ({ rule: rule.id, level, value })),
    )

const siteParameters = (services: Services, { site }: KnownDevice): NonNullable<Site['parameters']> =>
  services.registry().sites.find(({ id }) => id === site)?.parameters ?? {}
