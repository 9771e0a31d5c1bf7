import { LevelBadge } from '../alarms/level-badge.tsx'
import type { Point } from '../api/shapes.ts'
import { QualityMark } from '../devices/quality-mark.tsx'
import { t } from '../text/language.ts'
import type { Threshold } from './overlays.ts'

interface LegendProps {
  thresholds: readonly Threshold[]
  /** Length of a bucket as text, where the points are buckets. */
  band: string | undefined
  points: readonly Point[]
  episodes: boolean
}

/** What the lines, shades and marks of a chart mean; thresholds stand here even when they are far away. */
export function ChartLegend({ thresholds, band, points, episodes }: LegendProps) {
  const flags = [3, 4].filter(flag => points.some(({ q }) => q === flag))
  if (thresholds.length + flags.length === 0 && !band && !episodes) return null
  return (
    <ul class="chart-legend">
      {thresholds.map(({ level, value, text }) => (
        <li key={`${level} ${value}`}>
          <LevelBadge level={level} /> {text}
        </li>
      ))}
      {band && (
        <li>
          <i class="swatch band" aria-hidden="true" /> {t('chart.band', { bucket: band })}
        </li>
      )}
      {flags.map(flag => (
        <li key={flag}>
          <QualityMark flag={flag} />
        </li>
      ))}
      {episodes && (
        <li>
          <i class="swatch episode" aria-hidden="true" /> {t('chart.episode')}
        </li>
      )}
    </ul>
  )
}
