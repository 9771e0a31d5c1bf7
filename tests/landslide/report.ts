import { type Comparison, compare } from './comparison.ts'
import type { Episode, Played } from './play.ts'
import { type Day, HOUR_MS, UTC_OFFSET_MS } from './record.ts'

export interface ReportOptions {
  days: readonly Day[]
  /** A landslide day counts for an episode when at most so many hours lie between them. */
  nearHours: number
}

const NONE = '-'

/** Episodes beside landslide days as text: a table per gauge, and one that counts. Times are the record's own. */
export function reportOn(played: readonly Played[], { days, nearHours }: ReportOptions): string {
  const compared = played.map(one => ({
    ...one,
    comparison: compare(one.episodes, days, nearHours * HOUR_MS),
  }))
  return [
    `Hours above P3 >= 88.9 mm - 0.67 P15, beside ${days.length} landslide days near Mukilteo (UTC-8).`,
    `~ marks a day outside of the episode but within ${nearHours} h of it. A false alarm is an episode without either:`,
    'the list knows of no landslide at other places, and Paine Field is the gauge nearest to Mukilteo.',
    ...compared.flatMap(one => ['', ...gaugeLines(one)]),
    '',
    ...table([COUNT_HEADINGS, ...compared.map(countsOf)]),
  ].join('\n')
}

function gaugeLines({ gauge, summary, stored, comparison }: Played & { comparison: Comparison }): string[] {
  const missed = comparison.days
    .filter(({ verdict }) => verdict === 'missed')
    .map(({ day }) => dateOf(day.begin))
  return [
    `${gauge.id.toUpperCase()}  ${gauge.place}`,
    `  ${summary.sent} readings sent, ${summary.acknowledged} acknowledged, ${stored.length} in the cloud`,
    ...table([
      ['begin', 'end', 'hours above', 'P3 mm', 'P15 mm', 'landslide days'],
      ...comparison.episodes.map(({ episode, days }) => [
        ...episodeCells(episode),
        days.map(({ day, verdict }) => `${verdict === 'near' ? '~' : ''}${dateOf(day.begin)}`).join(' ') ||
          'none: false alarm',
      ]),
    ]),
    `  missed: ${missed.join(' ') || 'none'}`,
  ]
}

// P3 and P15 are those of the reading that began the episode.
const episodeCells = ({ begin, end, hours, p3, p15 }: Episode): string[] => [
  hourOf(begin),
  end === null ? 'not yet' : hourOf(end),
  String(hours.length),
  p3?.toFixed(1) ?? NONE,
  p15?.toFixed(1) ?? NONE,
]

const COUNT_HEADINGS = [
  'gauge',
  'episodes',
  'hours above',
  'with landslides',
  'false alarms',
  'days in an episode',
  'days near one',
  'days missed',
]

function countsOf({ gauge, episodes, comparison }: Played & { comparison: Comparison }): string[] {
  const alone = comparison.episodes.filter(({ days }) => days.length === 0).length
  const count = (wanted: string): number => comparison.days.filter(({ verdict }) => verdict === wanted).length
  return [
    gauge.id.toUpperCase(),
    ...[
      episodes.length,
      episodes.reduce((sum, { hours }) => sum + hours.length, 0),
      episodes.length - alone,
      alone,
      count('in'),
      count('near'),
      count('missed'),
    ].map(String),
  ]
}

/** Rows of equal length, with columns as wide as their widest cell; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  return rows.map(row =>
    `  ${row
      .map((cell, column) => {
        const isNumber = /^[\d.]+$/.test(rows[1]?.[column] ?? '')
        return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
      })
      .join('  ')}`.trimEnd(),
  )
}

const hourOf = (t: number): string => new Date(t + UTC_OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ')
const dateOf = (t: number): string => hourOf(t).slice(0, 10)
