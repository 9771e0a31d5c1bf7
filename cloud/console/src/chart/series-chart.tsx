import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Level, Quantity } from '../api/shapes.ts'
import { deviceName, quantityName } from '../devices/names.ts'
import { QualityMark } from '../devices/quality-mark.tsx'
import { FaultNote } from '../frame/fault-note.tsx'
import { now, readClock } from '../live/now.ts'
import { t } from '../text/language.ts'
import { measureText, unitText } from '../text/measure.ts'
import { durationText, exactText } from '../text/time.ts'
import { ChartLegend } from './chart-legend.tsx'
import type { Episode, Threshold } from './overlays.ts'
import type { Scene } from './picture.ts'
import { type PictureUser, usePicture } from './picture-on-page.ts'
import { columnsOf, gapOf } from './points.ts'
import { type SeriesData, useSeriesData } from './series-data.ts'
import { spanOf } from './time-view.ts'

interface ChartProps extends PictureUser {
  device: string
  quantity: Quantity
  intervalMs: number | null
  episodes: readonly Episode[]
}

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
        <p class="chart-readout" aria-hidden="true">
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
        </p>
      </figcaption>
      <FaultNote fault={fault} />
      {/* The arrow keys move along the points, and each is read out: that is what a slider does. */}
      <div
        class="chart-frame"
        role="slider"
        tabIndex={0}
        aria-label={t('chart.label', { name, device: deviceName(device), hint: t('chart.hint') })}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, points.length - 1)}
        aria-valuenow={shown ? points.indexOf(shown) : 0}
        aria-valuetext={shown ? `${measureText(shown.v, unit)}, ${exactText(shown.t)}` : t('chart.empty')}
        onKeyDown={onKeyDown}
      >
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

/** Two rules may set the same limit: it is drawn once. */
function distinct(thresholds: SeriesData['thresholds'], unit: string): Threshold[] {
  const seen = new Map<string, Threshold>()
  for (const { level, value } of thresholds) {
    seen.set(`${level} ${value}`, { level: level as Level, value, text: measureText(value, unit) })
  }
  return [...seen.values()].sort((a, b) => b.value - a.value)
}
