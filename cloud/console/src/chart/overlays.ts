import type uPlot from 'uplot'
import type { Level, Point } from '../api/shapes.ts'
import { t } from '../text/language.ts'
import type { ChartTheme } from './theme.ts'

/** A limit that a rule sets on this quantity. */
export interface Threshold {
  level: Level
  value: number
  /** The value with its unit. */
  text: string
}

/** An alarm episode; `to` is null while it runs. Times in ms UTC. */
export interface Episode {
  level: Level
  from: number
  to: number | null
}

const SUSPECT = 3
const FAIL = 4

/** What is drawn around the curve; sizes in CSS pixels times `scale`. */
export interface Overlays {
  theme: ChartTheme
  thresholds: readonly Threshold[]
  episodes: readonly Episode[]
  points: readonly Point[]
}

/** Alarm episodes as shaded stripes with a bar in their level's colour, behind everything. */
export function drawEpisodes(u: uPlot, { theme, episodes }: Overlays): void {
  const { ctx, bbox } = u
  const right = bbox.left + bbox.width
  ctx.save()
  for (const { level, from, to } of episodes) {
    const begin = Math.max(bbox.left, u.valToPos(from, 'x', true))
    const end = to === null ? right : Math.min(right, u.valToPos(to, 'x', true))
    if (end < bbox.left || begin > right) continue
    const width = Math.max(end - begin, 2 * devicePixelRatio)
    ctx.fillStyle = theme.levels[level]
    ctx.globalAlpha = 0.13
    ctx.fillRect(begin, bbox.top, width, bbox.height)
    ctx.globalAlpha = 0.9
    ctx.fillRect(begin, bbox.top, width, 3 * devicePixelRatio)
  }
  ctx.restore()
}

/** Threshold lines with level and value written on them. */
export function drawThresholds(u: uPlot, { theme, thresholds }: Overlays): void {
  const { ctx, bbox } = u
  const scale = devicePixelRatio
  ctx.save()
  ctx.font = theme.font.replace('12px', `600 ${11 * scale}px`)
  ctx.textAlign = 'left'
  ctx.textBaseline = 'bottom'
  ctx.lineWidth = 1.5 * scale
  for (const { level, value, text } of thresholds) {
    const y = u.valToPos(value, 'y', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = theme.levels[level]
    ctx.setLineDash([6 * scale, 4 * scale])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    const label = t('chart.threshold', { level: t(`level.${level}`), value: text })
    const labelTop = y - 13 * scale < bbox.top
    ctx.textBaseline = labelTop ? 'top' : 'bottom'
    // A halo keeps the words readable where the curve runs through them.
    ctx.setLineDash([])
    ctx.strokeStyle = theme.surface
    ctx.lineWidth = 4 * scale
    ctx.lineJoin = 'round'
    const labelY = labelTop ? y + 3 * scale : y - 2 * scale
    ctx.strokeText(label, bbox.left + 6 * scale, labelY)
    ctx.fillStyle = theme.levels[level]
    ctx.fillText(label, bbox.left + 6 * scale, labelY)
    ctx.lineWidth = 1.5 * scale
  }
  ctx.restore()
}

/** Suspect points as open diamonds, failed ones as crosses: told apart by shape, not by colour alone. */
export function drawQuality(u: uPlot, { theme, points }: Overlays): void {
  const { ctx, bbox } = u
  const scale = devicePixelRatio
  const r = 4.5 * scale
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left - r, bbox.top - r, bbox.width + 2 * r, bbox.height + 2 * r)
  ctx.clip()
  ctx.lineWidth = 1.75 * scale
  for (const { t: time, v, q } of points) {
    if (q !== SUSPECT && q !== FAIL) continue
    const x = u.valToPos(time, 'x', true)
    const y = u.valToPos(v, 'y', true)
    ctx.strokeStyle = q === FAIL ? theme.fail : theme.suspect
    ctx.beginPath()
    if (q === FAIL) {
      ctx.moveTo(x - r, y - r)
      ctx.lineTo(x + r, y + r)
      ctx.moveTo(x + r, y - r)
      ctx.lineTo(x - r, y + r)
    } else {
      ctx.moveTo(x, y - r)
      ctx.lineTo(x + r, y)
      ctx.lineTo(x, y + r)
      ctx.lineTo(x - r, y)
      ctx.closePath()
    }
    ctx.stroke()
  }
  ctx.restore()
}
