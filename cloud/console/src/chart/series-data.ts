import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type Answer, cloud } from '../api/client.ts'
import type { ApiFault } from '../api/fault.ts'
import type { LiveReading, Point, Series } from '../api/shapes.ts'
import { readClock } from '../live/now.ts'
import { resource, useResource } from '../live/resource.ts'
import { onReadings } from '../live/watch.ts'
import { appendReading, indexFrom } from './points.ts'
import { spanOf, type TimeView } from './time-view.ts'

/** No sensor measured before 1990: the API takes no earlier time. */
const EARLIEST = Date.UTC(1990, 0, 1)
const PAINT_GAP_MS = 250
const RELOAD_GAP_MS = 2000

/** A series that follows the cloud. */
export interface SeriesData {
  device: string
  quantity: string
  points: Point[]
  /** 0: every reading is its own point. */
  resolutionMs: number
  thresholds: Series['thresholds']
}

/** Loads the points of a view; of `all` the begin is found first, then its points are asked for finely. */
async function loadSeries(device: string, quantity: string, view: TimeView): Promise<Answer<Series>> {
  const span = spanOf(view, readClock(), EARLIEST)
  const to = Math.ceil(span.to) + 1
  const from = Math.max(EARLIEST, Math.floor(span.from))
  const answer = await cloud.series({ device, quantity }, { from, to })
  const first = answer.ok ? answer.value.points[0] : undefined
  if (view.kind === 'fixed' || view.range !== 'all' || !first) return answer
  return cloud.series({ device, quantity }, { from: Math.min(first.t, to - 1), to })
}

/**
 * The points of a view, and in a live view every reading that comes after them. The returned signal changes
 * a few times a second at most.
 */
export function useSeriesData(
  device: string,
  quantity: string,
  view: TimeView,
): { data: Signal<SeriesData | undefined>; fault: ApiFault | undefined } {
  const source = useMemo(
    () => resource<Series>(() => loadSeries(device, quantity, view), RELOAD_GAP_MS),
    [device, quantity, view],
  )
  const loaded = useResource(source)
  const data = useSignal<SeriesData | undefined>(undefined)
  const newest = useRef<LiveReading | undefined>(undefined)
  useEffect(() => {
    if (!loaded) return
    const points = loaded.points.slice()
    // Whatever came while the answer was on its way.
    if (newest.current && view.kind === 'live') takeIn(points, newest.current, loaded.resolutionMs)
    data.value = {
      device,
      quantity,
      points,
      resolutionMs: loaded.resolutionMs,
      thresholds: loaded.thresholds,
    }
  }, [loaded])
  useEffect(() => {
    if (view.kind === 'fixed') return
    let painting: ReturnType<typeof setTimeout> | undefined
    const stop = onReadings(readings => {
      const own = readings.filter(one => one.device === device && one.quantity === quantity)
      const present = data.peek()
      newest.current = own.at(-1) ?? newest.current
      if (own.length === 0 || !present) return
      for (const reading of own) appendReading(present.points, reading, present.resolutionMs)
      painting ??= setTimeout(() => {
        painting = undefined
        const current = data.peek()
        if (current) data.value = { ...current, points: withoutPast(current.points, view) }
      }, PAINT_GAP_MS)
    })
    return () => {
      stop()
      clearTimeout(painting)
    }
  }, [device, quantity, view])
  return { data, fault: source.fault.value }
}

// In a bucket the reading may be counted already; only one beyond the last bucket is surely not.
function takeIn(points: Point[], reading: LiveReading, resolutionMs: number): void {
  const last = points.at(-1)
  if (!last || reading.t >= last.t + resolutionMs) appendReading(points, reading, resolutionMs)
}

/** The points without those that have moved out of a live view, but for one, which leads the line in. */
function withoutPast(points: Point[], view: TimeView): Point[] {
  const { from } = spanOf(view, readClock(), EARLIEST)
  const first = indexFrom(points, from)
  return first > 1 ? points.slice(first - 1) : points
}
