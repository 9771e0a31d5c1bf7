import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { tickNumber } from '../text/measure.ts'
import { tickText } from '../text/time.ts'
import { drawEpisodes, drawQuality, drawThresholds, type Overlays } from './overlays.ts'
import type { Columns } from './points.ts'
import type { Span } from './time-view.ts'
import { valueRange } from './value-range.ts'

const SHORTEST_DRAG_PX = 8

/** Everything that a chart shows at one instant. */
export interface Scene extends Overlays {
  columns: Columns
  span: Span
}

/** What a person does with a chart. */
export interface PictureListener {
  /** The index of the point under the cursor; null when there is none. */
  pointed(index: number | null): void
  zoomed(from: number, to: number): void
  reset(): void
}

/** A chart on the page: a thin layer over uPlot that draws scenes. */
export interface Picture {
  show(scene: Scene): void
  resize(width: number, height: number): void
  /** Moves the cursor onto a point. */
  point(index: number): void
  /** Moves the cursor to a place of the screen. */
  pointAt(clientX: number): void
  remove(): void
}

export function newPicture(place: HTMLElement, first: Scene, listener: PictureListener): Picture {
  let scene = first
  const size = { width: place.clientWidth, height: place.clientHeight }
  const plot = new uPlot(
    options(size, () => scene, listener),
    scene.columns,
    place,
  )
  return {
    show: next => {
      scene = next
      plot.setData(next.columns)
    },
    resize: (width, height) => plot.setSize({ width, height }),
    point: index => {
      const [times, values] = scene.columns
      const time = times[index]
      const value = values[index]
      if (time === undefined || value == null) return
      plot.setCursor({ left: plot.valToPos(time, 'x'), top: plot.valToPos(value, 'y') })
    },
    pointAt: clientX => {
      const box = plot.over.getBoundingClientRect()
      plot.setCursor({ left: Math.min(Math.max(clientX - box.left, 0), box.width), top: box.height / 2 })
    },
    remove: () => plot.destroy(),
  }
}

function options(
  size: { width: number; height: number },
  scene: () => Scene,
  listener: PictureListener,
): uPlot.Options {
  const { theme } = scene()
  const axis: uPlot.Axis = {
    stroke: theme.text,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { stroke: theme.grid, width: 1, size: 5 },
  }
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
  return {
    ...size,
    ms: 1,
    padding: [10, 22, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [scene().span.from, scene().span.to] },
      y: {
        range: (_plot, min, max) =>
          min == null || max == null
            ? [0, 1]
            : valueRange(
                min,
                max,
                scene().thresholds.map(({ value }) => value),
              ),
      },
    },
    series: [{}, { stroke: theme.line, width: 1.75, points: { size: 5 } }, edge, edge],
    bands: [{ series: [3, 2], fill: theme.band }],
    axes: [
      {
        ...axis,
        space: 70,
        size: 30,
        values: (_plot, ticks, _axis, _space, step) => ticks.map(tick => tickText(tick, step)),
      },
      {
        ...axis,
        size: 58,
        values: (_plot, ticks, _axis, _space, step) => ticks.map(tick => tickNumber(tick, step)),
      },
    ],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 9, fill: theme.surface, stroke: theme.line, width: 2 },
      y: false,
      bind: {
        dblclick: () => () => {
          listener.reset()
          return null
        },
      },
    },
    hooks: {
      drawClear: [plot => drawEpisodes(plot, scene())],
      draw: [
        plot => {
          drawThresholds(plot, scene())
          drawQuality(plot, scene())
        },
      ],
      setCursor: [plot => listener.pointed(plot.cursor.idx ?? null)],
      setSelect: [
        plot => {
          const { left, width } = plot.select
          if (width < SHORTEST_DRAG_PX) return
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          listener.zoomed(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
        },
      ],
    },
  }
}
