import type { Fault, FileFault } from '@picket/devices'
import { isPlausibleTime } from '@picket/devices'
import { CsvTable } from './csv-table.ts'
import type { Episode } from './episode-collector.ts'

/** Something that really happened, and that an alarm should have told of. */
export interface Label {
  /** ms UTC. */
  begin: number
  /** Exclusive; after `begin`. */
  end: number
  /** Where; anywhere if both are absent. */
  site?: string
  device?: string
}

/** The time that a backtest judges, ms UTC; `to` is exclusive. */
export interface Span {
  from: number
  to: number
}

/** How well alarms told of what happened. */
export interface Score {
  /** Labels that some episode told of, and those that none did. */
  hits: number
  misses: Label[]
  /** Episodes that tell of nothing; only at the devices for which the labels speak. */
  falseAlarms: number
  /** Share of the labels that were hit, of the episodes that tell of something; null where there are none. */
  hitShare: number | null
  rightShare: number | null
  /** How long before the event the first episode that tells of it was raised, ms; negative: after its begin. */
  leadMs: { median: number; shortest: number; longest: number } | null
}

/**
 * Holds episodes against labels: an episode tells of an event when it runs at some instant from `nearMs` before the event
 * until `nearMs` after it. A label with a site or a device is told of only by episodes there; then episodes at places of
 * which no label speaks are neither right nor wrong. Labels outside the span are neither hit nor missed.
 */
export function scoreEpisodes(
  episodes: readonly Episode[],
  labels: readonly Label[],
  { from, to, nearMs }: Span & { nearMs: number },
): Score {
  const judged = episodes.filter(episode => labels.some(label => speaksOf(label, episode)))
  const tells = (label: Label, episode: Episode): boolean =>
    speaksOf(label, episode) &&
    episode.onset < label.end + nearMs &&
    (episode.clearedAt ?? to) > label.begin - nearMs
  const right = judged.filter(episode => labels.some(label => tells(label, episode)))
  const leads: number[] = []
  const misses: Label[] = []
  const within = labels.filter(label => isWithin(label, { from, to }))
  for (const label of within) {
    const first = Math.min(...judged.filter(one => tells(label, one)).map(({ raisedAt }) => raisedAt))
    if (first === Number.POSITIVE_INFINITY) misses.push(label)
    else leads.push(label.begin - first)
  }
  leads.sort((a, b) => a - b)
  return {
    hits: leads.length,
    misses,
    falseAlarms: judged.length - right.length,
    hitShare: within.length === 0 ? null : leads.length / within.length,
    rightShare: judged.length === 0 ? null : right.length / judged.length,
    leadMs:
      leads.length === 0
        ? null
        : {
            median: leads[Math.floor((leads.length - 1) / 2)] as number,
            shortest: leads[0] as number,
            longest: leads.at(-1) as number,
          },
  }
}

export const isWithin = ({ begin, end }: Label, { from, to }: Span): boolean => begin < to && end > from

const speaksOf = ({ site, device }: Label, episode: Episode): boolean =>
  (site === undefined || site === episode.site) && (device === undefined || device === episode.device)

const HINT = 'columns: begin, end, site, device; begin is needed, times as 2026-05-01T08:00:00+08:00'

/** Reads labels from CSV, one event a line; without an end an event is an instant. Never throws. */
export function readLabels(
  text: string,
  file: string,
): { ok: true; labels: Label[] } | { ok: false; faults: FileFault[] } {
  const table = CsvTable.read(text, file, { needed: ['begin'], optional: ['end', 'site', 'device'] })
  if (!table.ok) return table
  const faults: FileFault[] = []
  const labels: Label[] = []
  for (const row of table.table.rows()) {
    const report = (fault: Fault) => faults.push({ ...fault, file, line: row.line })
    const begin = readTime(row.cell('begin'))
    const end = row.cell('end') === '' ? (begin ?? 0) + 1 : readTime(row.cell('end'))
    if (begin === undefined || end === undefined) {
      const text = begin === undefined ? row.cell('begin') : row.cell('end')
      report({ code: 'label-time', message: `"${text}" is no time with a zone`, hint: HINT })
    } else if (end <= begin) report({ code: 'label-time', message: 'the event ends before it begins' })
    else {
      const [site, device] = [row.cell('site'), row.cell('device')]
      labels.push({ begin, end, ...(site && { site }), ...(device && { device }) })
    }
  }
  if (faults.length === 0 && labels.length === 0)
    faults.push({ code: 'labels-empty', message: 'there is no event in it', hint: HINT, file, line: 1 })
  return faults.length > 0 ? { ok: false, faults } : { ok: true, labels }
}

// RFC 3339, section 5.6; the zone is required, for a time without one means another instant on every machine.
const ZONED_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** A time in ms UTC, written as ms since 1970 or as RFC 3339 with a zone; undefined where it is neither. */
export function readTime(text: string): number | undefined {
  const time = ZONED_TIME.test(text) ? Date.parse(text) : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return isPlausibleTime(time) ? time : undefined
}
