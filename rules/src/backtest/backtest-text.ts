import { formatDuration } from '@picket/devices'
import { LOAD_TARGETS } from '../alarm/load.ts'
import type { BacktestResult, RuleSetReport } from './backtest.ts'
import type { Episode } from './episode-collector.ts'
import type { Label } from './labels.ts'
import type { LabelsLeftOut } from './present-ids.ts'
import type { SweepResult } from './sweep.ts'

const MOST_LINES = 30

/** A backtest in words and tables, for a terminal. Times are UTC. */
export function backtestText(result: BacktestResult): string {
  const { candidate, against, changes, readings, from, to } = result
  return [
    `${timeOf(from)} to ${timeOf(to)} UTC, ${readings} readings (with the warm-up from ${timeOf(result.warmUpFrom)}).`,
    'Judged as if every reading had come at the time at which it was measured.',
    '',
    ...table([
      ['', 'new', ...(against ? ['old'] : [])],
      ...FIGURES.map(([name, figure]) => [name, figure(candidate), ...(against ? [figure(against)] : [])]),
      ...scoreRows(candidate, against),
    ]),
    ...leftOutLines(result.labelsLeftOut),
    ...(changes
      ? [
          '',
          `${changes.gained.length} gained, ${changes.lost.length} lost, ${changes.earlier} earlier, ${changes.later} later, ` +
            `${changes.levelChanged} at another level, ${changes.split.length} split off, ${changes.merged.length} merged, ${changes.unchanged} unchanged`,
          ...listed('gained', changes.gained.map(episodeLine)),
          ...listed('lost', changes.lost.map(episodeLine)),
          ...listed(
            'moved',
            changes.moved.map(
              ({ candidate, raisedLaterMs, clearedLaterMs, level }) =>
                `${episodeLine(candidate)}: ${shiftOf('raised', raisedLaterMs)}, ${shiftOf('ended', clearedLaterMs)}` +
                (level ? `, ${level.from} to ${level.to}` : ''),
            ),
          ),
        ]
      : listed('episodes', candidate.episodes.map(episodeLine))),
    ...listed('events that no alarm told of', (candidate.score?.misses ?? []).map(labelLine)),
    ...listed(
      'worst',
      candidate.worst.map(
        ({ rule, device, episodes, minutesInAlarm }) =>
          `${rule} at ${device}: ${episodes} episodes, ${hours(minutesInAlarm)} h in alarm`,
      ),
    ),
    ...listed('stopped', [...candidate.ruleFaults, ...(against?.ruleFaults ?? [])]),
  ].join('\n')
}

const hours = (minutes: number): string => (minutes / 60).toFixed(1)
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const FIGURES: readonly [string, (report: RuleSetReport) => string][] = [
  ['rules', ({ rules }) => String(rules)],
  ['episodes', ({ episodeCount }) => String(episodeCount)],
  ['hours in alarm', ({ minutesInAlarm }) => hours(minutesInAlarm)],
  [`alarms a day, per operator (target ${LOAD_TARGETS.perDay})`, ({ load }) => load.perDay.toFixed(2)],
  ['most in ten minutes', ({ load }) => load.mostInTenMinutes.toFixed(1)],
  ['time in flood (target below 1 %)', ({ load }) => percent(load.floodShare)],
  ['chattering', ({ load }) => String(load.chattering.length)],
  ['fleeting', ({ load }) => String(load.fleeting.length)],
  [`most stale at a time (target ${LOAD_TARGETS.mostStale})`, ({ load }) => String(load.mostStale)],
]

function scoreRows(candidate: RuleSetReport, against: RuleSetReport | null): string[][] {
  if (!candidate.score) return []
  const row = (name: string, figure: (score: NonNullable<RuleSetReport['score']>) => string): string[] => [
    name,
    ...[candidate, against].flatMap(report => (report?.score ? [figure(report.score)] : [])),
  ]
  return [
    row('events hit', ({ hits, misses }) => `${hits} of ${hits + misses.length}`),
    row('events missed', ({ misses }) => String(misses.length)),
    row('false alarms', ({ falseAlarms }) => String(falseAlarms)),
    row('median lead', ({ leadMs }) => (leadMs ? signed(leadMs.median) : '-')),
  ]
}

function leftOutLines(leftOut: LabelsLeftOut | null): string[] {
  if (!leftOut) return []
  const { elsewhen, unknown } = leftOut
  return [
    ...(elsewhen > 0 ? [`Left out: events outside this time (${elsewhen}).`] : []),
    ...(unknown.length > 0
      ? [`Left out: events at what the registry does not know (${unknown.join(', ')}).`]
      : []),
  ]
}

const signed = (ms: number): string => `${ms < 0 ? '-' : ''}${formatDuration(Math.abs(ms))}`

function shiftOf(what: string, laterMs: number | null): string {
  if (laterMs === null) return `${what} in one of them only`
  if (laterMs === 0) return `${what} at the same time`
  return `${what} ${formatDuration(Math.abs(laterMs))} ${laterMs > 0 ? 'later' : 'earlier'}`
}

const episodeLine = ({ rule, device, raisedAt, clearedAt, highest, runningAtFrom }: Episode): string =>
  `${rule} at ${device}: ${highest}, ${timeOf(raisedAt)} to ${clearedAt === null ? 'after the end' : timeOf(clearedAt)}` +
  (runningAtFrom ? ' (ran already)' : '')

const labelLine = ({ begin, end, site, device }: Label): string =>
  [
    `${timeOf(begin)} to ${timeOf(end)}`,
    ...(site ? [`at ${site}`] : []),
    ...(device ? [`at ${device}`] : []),
  ].join(' ')

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const rest = lines.length - MOST_LINES
  return [
    '',
    `${title}:`,
    ...lines.slice(0, MOST_LINES).map(line => `  ${line}`),
    ...(rest > 0 ? [`  and ${rest} more (--json tells all)`] : []),
  ]
}

/** What a sweep found, as a table. */
export function sweepText({ rule, parameter, unit, present, points, labelsLeftOut }: SweepResult): string {
  const scored = points.some(({ score }) => score !== null)
  return [
    `${rule}: ${parameter} in ${unit}; the pack has ${present}`,
    '',
    ...table([
      [
        parameter,
        'episodes',
        'hours in alarm',
        ...(scored ? ['hit', 'missed', 'false alarms', 'median lead'] : []),
      ],
      ...points.map(({ value, episodes, minutesInAlarm, score }) => [
        String(value),
        String(episodes),
        hours(minutesInAlarm),
        ...(score
          ? [
              String(score.hits),
              String(score.misses.length),
              String(score.falseAlarms),
              score.leadMs ? signed(score.leadMs.median) : '-',
            ]
          : []),
      ]),
    ]),
    ...leftOutLines(labelsLeftOut),
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

const timeOf = (t: number): string => new Date(t).toISOString().slice(0, 16).replace('T', ' ')
