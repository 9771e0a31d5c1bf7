import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Level, Quantity } from '../api/shapes.ts'
import { deviceName, quantityName } from '../devices/names.ts'
import { QualityMark } from '../devices/quality-mark.tsx'
import { FaultNote } from '../frame/fault-note.tsx'
import { now, readClock } from '../live/now.ts'
import { language, t } from '../text/language.ts'
import { measureText, unitText } from '../text/measure.ts'
import { durationText, exactText, momentText } from '../text/time.ts'
import { ChartLegend } from './chart-legend.tsx'
import type { Episode, Threshold } from './overlays.ts'
import { newPicture, type Picture, type Scene } from './picture.ts'
import { columnsOf, gapOf } from './points.ts'
import { type SeriesData, useSeriesData } from './series-data.ts'
import { readTheme } from './theme.ts'
import { spanOf, type TimeView } from './time-view.ts'

interface ChartProps {
  device: string
  quantity: Quantity
  intervalMs: number | null
  view: TimeView
  episodes: readonly Episode[]
  onZoom(from: number, to: number): void
  onReset(): void
}

const SLIDE_MS = 5000
const NO_POINTS: SeriesData['points'] = []

/** One series over time, with its limits, its quality and the alarms of its device. */
export function SeriesChart(props: ChartProps) {
  const { device, quantity, view } = props
  const { data, fault } = useSeriesData(device, quantity.quantity, view)
  const pointed = useSignal<number | null>(null)
  const unit = quantity.unit ?? '1'
  const loaded = data.value
  const points = loaded?.points ?? NO_POINTS
  const thresholds = distinct(loaded?.thresholds ?? [], unit)
  const columns = useMemo(
    () => columnsOf(points, gapOf(points, loaded?.resolutionMs ?? 0, props.intervalMs)),
    [loaded, props.intervalMs],
  )
  const scene: Omit<Scene, 'theme'> = {
    columns,
    points,
    thresholds,
    episodes: props.episodes,
    span: spanOf(view, Math.max(readClock(), points.at(-1)?.t ?? 0), points[0]?.t ?? now.peek()),
  }
  const { place, onKeyDown, onPointerMove } = usePicture(scene, props, pointed)
  const last = points.at(-1)
  const at = pointed.value === null ? undefined : columns[0][pointed.value]
  const shown = points.find(point => point.t === at) ?? last
  const name = quantityName(quantity)
  return (
    <figure class="chart" data-testid="chart" data-series={`${device}/${quantity.quantity}`}>
      <figcaption>
        <h2>
          {name} {unitText(unit) && <small>{unitText(unit)}</small>}
        </h2>
        <output class="chart-readout">
          {shown && (
            <>
              <QualityMark flag={shown.q} />
              <b>{measureText(shown.v, unit)}</b>
              {shown.count > 1 && (
                <small>
                  {measureText(shown.min, unit)} … {measureText(shown.max, unit)}
                </small>
              )}
              <time>{exactText(shown.t)}</time>
            </>
          )}
        </output>
      </figcaption>
      <FaultNote fault={fault} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the cursor over the picture */}
      <div class="chart-frame" tabIndex={0} role="group" aria-label={label(props, name, last)} onKeyDown={onKeyDown}>
        <div
          class="chart-picture"
          ref={place}
          data-testid="chart-canvas"
          data-points={points.length}
          onPointerMove={onPointerMove}
        />
        {loaded && points.length === 0 && <p class="chart-empty">{t('chart.empty')}</p>}
      </div>
      <ChartLegend
        thresholds={thresholds}
        band={loaded && loaded.resolutionMs > 0 ? durationText(loaded.resolutionMs) : undefined}
        points={points}
        episodes={props.episodes.length > 0}
      />
    </figure>
  )
}

function label({ device, quantity }: ChartProps, name: string, last: SeriesData['points'][number] | undefined) {
  const value = last
    ? `${measureText(last.v, quantity.unit ?? '1')}, ${momentText(last.t, now.peek())}`
    : t('devices.noValue')
  return t('chart.label', { name, device: deviceName(device), value, hint: t('chart.hint') })
}

/** Two rules may set the same limit: it is drawn once. */
function distinct(thresholds: SeriesData['thresholds'], unit: string): Threshold[] {
  const seen = new Map<string, Threshold>()
  for (const { level, value } of thresholds) {
    seen.set(`${level} ${value}`, { level: level as Level, value, text: measureText(value, unit) })
  }
  return [...seen.values()].sort((a, b) => b.value - a.value)
}

/** Keeps the picture in step with its scene, its size, the colour scheme and the language. */
function usePicture(scene: Omit<Scene, 'theme'>, props: ChartProps, pointed: { value: number | null }) {
  const place = useRef<HTMLDivElement>(null)
  const picture = useRef<Picture | undefined>(undefined)
  const latest = useRef({ scene, props })
  latest.current = { scene, props }
  const theme = useSignal(0)
  const shownLanguage = language.value

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = (): void => {
      theme.value++
    }
    dark.addEventListener('change', repaint)
    return () => dark.removeEventListener('change', repaint)
  }, [])

  useEffect(() => {
    const element = place.current as HTMLDivElement
    const colours = readTheme(element)
    const drawn = newPicture(element, { ...latest.current.scene, theme: colours }, {
      pointed: index => {
        pointed.value = index
      },
      zoomed: (from, to) => latest.current.props.onZoom(from, to),
      reset: () => latest.current.props.onReset(),
    })
    picture.current = drawn
    const observer = new ResizeObserver(() => drawn.resize(element.clientWidth, element.clientHeight))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.remove()
      picture.current = undefined
    }
  }, [theme.value, shownLanguage])

  // A live view slides even while nothing comes.
  const slide = props.view.kind === 'live' ? Math.floor(now.value / SLIDE_MS) : 0
  useEffect(() => {
    const element = place.current as HTMLDivElement
    picture.current?.show({ ...latest.current.scene, theme: readTheme(element) })
  }, [scene.columns, scene.episodes, props.view, slide])

  const onKeyDown = (event: KeyboardEvent): void => {
    const [times, values] = latest.current.scene.columns
    const next = keyTarget(event.key, pointed.value, times.length)
    if (event.key === 'Escape') latest.current.props.onReset()
    if (next === undefined) return
    event.preventDefault()
    const direction = event.key === 'ArrowLeft' || event.key === 'End' ? -1 : 1
    let index = next
    while (values[index] === null) index += direction
    picture.current?.point(index)
  }
  const onPointerMove = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') picture.current?.pointAt(event.clientX)
  }
  return { place, onKeyDown, onPointerMove }
}

function keyTarget(key: string, index: number | null, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowLeft') return Math.max(0, (index ?? count) - 1)
  if (key === 'ArrowRight') return Math.min(count - 1, (index ?? -1) + 1)
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
