import type { ShadowReport } from './rule-sets.ts'

type Difference = ShadowReport['differences'][number]

const MINUTE_MS = 60_000

/** What a shadow did otherwise, in words, one line each. */
export function shadowText(report: ShadowReport): string {
  const { number, since, at, counts, differences, beyond, notCompared, faults } = report
  const lines = [
    `rule set ${number} runs in the shadow since ${timeText(since)}, judged up to ${timeText(at)}`,
    `episodes: ${counts.gained} gained, ${counts.lost} lost, ${counts.split} split off, ${counts.merged} merged, ${counts.moved} moved (${counts.earlier} raised earlier, ${counts.later} later, ${counts.levelChanged} of another level), ${counts.unchanged} unchanged`,
    ...differences.map(differenceText),
    ...faults.map(
      ({ rule, scope, message }) => `stopped: ${rule}${scope === null ? '' : ` at ${scope}`}: ${message}`,
    ),
  ]
  if (beyond > 0) lines.push(`and ${beyond} earlier differences`)
  if (notCompared > 0) lines.push(`${notCompared} episodes were not compared: too many at once`)
  return lines.join('\n')
}

function differenceText({ kind, rule, device, live, shadow, raisedLaterMs }: Difference): string {
  const what = `${rule} at ${device}`
  if (!live || !shadow)
    return `${kind === 'lost' || kind === 'merged' ? '-' : '+'} ${kind}: ${what}, ${spanText(live ?? shadow)}`
  const minutes = Math.abs(raisedLaterMs) / MINUTE_MS
  const moved =
    raisedLaterMs === 0
      ? 'raised alike'
      : `raised ${rounded(minutes)} min ${raisedLaterMs < 0 ? 'earlier' : 'later'}`
  return `~ ${what}: ${moved}; live ${spanText(live)}; shadow ${spanText(shadow)}`
}

function spanText(had: Difference['live']): string {
  if (!had) return 'nothing'
  const end = had.clearedAt === null ? 'runs' : `to ${timeText(had.clearedAt)}`
  return `${had.highest} ${timeText(had.raisedAt)} ${end}`
}

const rounded = (value: number): number => Math.round(value * 10) / 10

const timeText = (t: number): string => new Date(t).toISOString()
