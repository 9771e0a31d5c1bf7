import { formatDuration } from '@picket/devices'
import type { Telling, Trace, Withheld } from '../engine/event.ts'
import { formatNumber } from '../language/index.ts'
import type { Level } from '../level.ts'

type Condition = Trace['conditions'][number]

const QUALITY = new Map([
  [1, 'pass'],
  [2, 'not evaluated'],
  [3, 'suspect'],
  [4, 'fail'],
  [9, 'missing'],
])

const CAUSES: Record<Trace['cause'], string> = {
  reading: 'a reading',
  timer: 'a delay was over',
  silence: 'no readings came',
  'late readings': 'readings that came late',
  operator: 'a person',
  'rule changed': 'the rule was changed',
  'rule withdrawn': 'the rule was withdrawn',
  'begun anew': 'its gateway began another without ending it',
  season: "the rule's season",
}

const REASONS: Record<NonNullable<Telling['reason']>, string> = {
  unacknowledged: 'nobody had acknowledged it',
  'no longer withheld': 'what had kept it back was over',
  flapping: 'it began to come and go too often',
  steady: 'it had become steady again',
}

export const causeText = (cause: Trace['cause']): string => CAUSES[cause]

/** An instant as ISO 8601 in UTC, without a fraction of 0. */
export const timeText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/**
 * What a rule saw and what it was waiting for, one line each.
 *
 * @param inForce - the level in force, whose end is told of too
 */
export function traceLines(trace: Trace, inForce: Level | null): string[] {
  const { values, inputs = {}, conditions, quality, history, telling, note } = trace
  const flags = Object.entries(quality).map(([name, flag]) => `${name} ${QUALITY.get(flag) ?? flag}`)
  return [
    ...(note === undefined ? [] : [`note: ${note}`]),
    ...(Object.keys(values).length > 0 ? [`values: ${valuesText(values)}`] : []),
    ...Object.entries(inputs).map(([feature, of]) => `${feature} by device: ${valuesText(of)}`),
    ...(flags.length > 0 ? [`quality: ${flags.join(', ')}`] : []),
    ...conditions.flatMap(condition => conditionLines(condition, inForce)),
    ...(trace.outOfSeason ? ['not in force at this time of the year'] : []),
    ...(trace.missing ? [silenceText(trace.lastSample)] : []),
    ...(history ?? []).map(
      ({ kind, level, at }) => `before, untold: ${kind}${ofLevel(level)} ${timeText(at)}`,
    ),
    ...(telling ? tellingLines(telling) : []),
  ]
}

const ofLevel = (level: Level | null): string => (level === null ? '' : ` ${level}`)

const valueText = (value: number | null): string => (value === null ? 'unknown' : formatNumber(value))

const valuesText = (values: Record<string, number | null>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ')

const silenceText = (lastSample: number | null): string =>
  `too long without readings; ${lastSample === null ? 'there was none yet' : `the newest is of ${timeText(lastSample)}`}`

function conditionLines(condition: Condition, inForce: Level | null): string[] {
  const { level, when, on, since, forMs } = condition
  const lines = [`${level}: "${when}" ${verdictText(on, since)}${delayText(on, since, forMs)}`]
  if (level === inForce) lines.push(endText(condition))
  return lines
}

function verdictText(verdict: boolean | null, since: number | null): string {
  if (verdict === null) return 'cannot be told: something in it is unknown'
  if (!verdict) return 'does not hold'
  return since === null ? 'holds' : `holds since ${timeText(since)}`
}

function delayText(on: boolean | null, since: number | null, forMs: number): string {
  if (forMs === 0 || on === false) return ''
  const asked = `; it must hold for ${formatDuration(forMs)}`
  if (since === null) return asked
  return on === null ? `${asked}, and the time so far is kept` : `${asked}: at ${timeText(since + forMs)}`
}

function endText({ level, until, off, clearingSince, clearForMs }: Condition): string {
  const what = until === null ? 'that no longer holds' : `"${until}" holds`
  const state = until !== null && off === null ? ', which cannot be told' : ''
  const delay = clearForMs === 0 ? '' : ` for ${formatDuration(clearForMs)}`
  const runs = clearingSince === null ? '' : `; that is so since ${timeText(clearingSince)}`
  return `${level} ends when ${what}${delay}${state}${runs}`
}

function tellingLines({ told, reason, withheld }: Telling): string[] {
  const why = reason === undefined ? '' : `, because ${REASONS[reason]}`
  return [
    ...(told.length > 0 ? [`told: ${told.join(', ')}${why}`] : []),
    ...withheld.map(one => `not told: ${withheldText(one)}`),
  ]
}

/** What keeps an alarm from being told. */
export function withheldText(withheld: Withheld): string {
  switch (withheld.by) {
    case 'inhibited':
      return `hidden by the alarm ${withheld.episode}`
    case 'held':
      return `waits until ${timeText(withheld.until)} whether an alarm comes that hides it`
    case 'flapping':
      return 'it comes and goes too often'
    case 'retrospective':
      return 'it was over before its readings came'
    case 'never told':
      return 'nobody was told that it began'
    case 'no such channel':
      return `the cloud has no channel "${withheld.channel}"`
    case 'nobody named':
      return 'the rule names nobody'
    default:
      return `${withheld.by} until ${timeText(withheld.until)} (flag ${withheld.flag})`
  }
}
