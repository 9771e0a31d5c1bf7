import { type AlarmAnswer, ruleName } from './alarms.ts'
import type { Span } from './client.ts'
import type { Field, Frame } from './frame.ts'
import { colorOf, LEVELS } from './levels.ts'
import type { PicketQuery } from './query.ts'
import type { Alarm } from './shapes.ts'
import { type Language, say, type TextKey } from './text.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
// ISA-18.2 (16.4) and EEMUA 191 judge alarm load by tens of minutes, hours and days.
const BUCKETS_MS = [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS]
const MAX_BUCKETS = 500

/** How many alarms operators were given within the span: what was only found to have been is no load. */
export function alarmLoad(
  { alarms, notices }: AlarmAnswer,
  { refId, by }: { refId: string; by: 'time' | Grouping },
  { span, language }: { span: Span; language: Language },
): Frame {
  const told = alarms.filter(alarm => !alarm.retrospective && isWithin(alarm.raisedAt, span))
  const frame = by === 'time' ? overTime(told, span) : byName(told, by, span, language)
  return { ...frame, refId, meta: { ...frame.meta, notices } }
}

const isWithin = (time: number, { from, to }: Span): boolean => time >= from && time < to

type Grouping = Exclude<PicketQuery['by'], 'time' | 'measures'>
type Unnamed = Omit<Frame, 'refId'>

/** Alarms raised in each bucket, by their highest level. */
function overTime(alarms: readonly Alarm[], { from, to }: Span): Unnamed {
  const bucketMs =
    BUCKETS_MS.find(length => (to - from) / length <= MAX_BUCKETS) ?? Math.ceil((to - from) / MAX_BUCKETS)
  const first = Math.floor(from / bucketMs)
  const times = Array.from(
    { length: Math.ceil(to / bucketMs) - first },
    (_, index) => (first + index) * bucketMs,
  )
  const counts = new Map(LEVELS.map(level => [level as string, times.map(() => 0)]))
  for (const alarm of alarms) {
    const row = counts.get(alarm.highestLevel)
    const index = Math.floor(alarm.raisedAt / bucketMs) - first
    if (row?.[index] !== undefined) row[index] += 1
  }
  return {
    name: 'alarm load',
    fields: [
      { name: 'time', type: 'time', values: times, config: {} },
      ...[...counts].map(([level, values]) => ({
        name: level,
        type: 'number' as const,
        values,
        config: colored(level),
      })),
    ],
    meta: { preferredVisualisationType: 'graph' },
  }
}

const colored = (level: string): Field['config'] => ({ color: { mode: 'fixed', fixedColor: colorOf(level) } })

/** Who gives the most alarms, the worst first. */
function byName(alarms: readonly Alarm[], by: Grouping, span: Span, language: Language): Unnamed {
  const groups = new Map<string, Alarm[]>()
  for (const alarm of alarms) {
    const id = alarm[by] ?? alarm.site
    groups.set(id, [...(groups.get(id) ?? []), alarm])
  }
  const rows = [...groups.values()].sort((a, b) => b.length - a.length)
  const column = (
    name: string,
    key: TextKey,
    type: Field['type'],
    value: (group: Alarm[]) => string | number | null,
  ): Field => ({ name, type, values: rows.map(value), config: { displayName: say(key, language) } })
  const duration = (field: Field): Field => ({ ...field, config: { ...field.config, unit: 'ms' } })
  return {
    name: 'alarm load',
    fields: [
      column(by, by, 'string', group => nameOf(group[0] as Alarm, by, language)),
      column('count', 'count', 'number', group => group.length),
      duration(
        column('active', 'activeMs', 'number', group => sum(group.map(alarm => activeMs(alarm, span)))),
      ),
      duration(column('toAcknowledge', 'toAcknowledge', 'number', meanToAcknowledge)),
    ],
    meta: { preferredVisualisationType: 'table' },
  }
}

const nameOf = (alarm: Alarm, by: Grouping, language: Language): string =>
  by === 'rule' ? ruleName(alarm, language) : (alarm[by] ?? alarm.site)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const activeMs = (alarm: Alarm, span: Span): number =>
  Math.max(0, Math.min(alarm.clearedAt ?? span.to, span.to) - Math.max(alarm.onset, span.from))

function meanToAcknowledge(group: readonly Alarm[]): number | null {
  const waits = group.flatMap(alarm =>
    alarm.acknowledgedAt === null ? [] : [alarm.acknowledgedAt - alarm.raisedAt],
  )
  return waits.length === 0 ? null : sum(waits) / waits.length
}
