import type { Client, Span } from './client.ts'
import type { Context } from './context.ts'
import type { Field, Frame, Notice } from './frame.ts'
import { expandNames, isAsked } from './names.ts'
import type { PicketQuery } from './query.ts'
import type { Alarm } from './shapes.ts'
import { type Language, LEFT_OUT, nameIn, say, type TextKey } from './text.ts'

const PAGE = 1000
const MAX_PAGES = 10

export interface AlarmAnswer {
  /** The newest onset first. */
  alarms: Alarm[]
  notices: Notice[]
}

/** The episodes that were active within the span; those that are active or wait for an operator, of all times. */
export async function readAlarms(query: PicketQuery, context: Context): Promise<AlarmAnswer> {
  const sites = expandNames(query.sites, context.replace)
  const devices = expandNames(query.devices, context.replace)
  const levels = expandNames(query.levels, context.replace)
  const filter = {
    ...(sites?.length === 1 ? { site: sites[0] } : {}),
    ...(query.state === 'any' ? {} : { state: query.state }),
  }
  const isPresent = query.state === 'active' || query.state === 'open'
  // What stands now is shown whole, however long ago it began or ended.
  const { alarms, isCut } = await readPages(context.client, filter, isPresent ? {} : context.span)
  return {
    alarms: alarms.filter(
      ({ site, device, level }) => isAsked(sites, site) && isAsked(devices, device) && isAsked(levels, level),
    ),
    notices: isCut
      ? [{ severity: 'warning', text: LEFT_OUT[context.language].alarms(PAGE * MAX_PAGES) }]
      : [],
  }
}

// The API gives the newest first, at most 1,000. The next page ends with the instant at which this one began, since
// several may have one onset.
async function readPages(
  client: Client,
  filter: { site?: string; state?: string },
  { from, to: end }: Partial<Span>,
): Promise<{ alarms: Alarm[]; isCut: boolean }> {
  const byId = new Map<string, Alarm>()
  let to = end
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await client.alarms({ ...filter, from, to, limit: PAGE })
    for (const alarm of found) byId.set(alarm.id, alarm)
    const earliest = found.at(-1)?.onset
    if (found.length < PAGE || earliest === undefined) return { alarms: [...byId.values()], isCut: false }
    if (to !== undefined && earliest + 1 >= to) break
    to = earliest + 1
  }
  return { alarms: [...byId.values()], isCut: true }
}

/** One row for each episode. */
export function alarmTable({ alarms, notices }: AlarmAnswer, refId: string, language: Language): Frame {
  const column = (
    name: string,
    key: TextKey,
    type: Field['type'],
    value: (alarm: Alarm) => string | number | null,
  ): Field => ({ name, type, values: alarms.map(value), config: { displayName: say(key, language) } })
  return {
    refId,
    name: 'alarms',
    fields: [
      column('onset', 'onset', 'time', alarm => alarm.onset),
      column('level', 'level', 'string', alarm => alarm.level),
      column('state', 'state', 'string', alarm => say(`state.${alarm.state}`, language)),
      column('alarm', 'alarm', 'string', alarm => alarm.name[language]),
      column('message', 'message', 'string', alarm => alarm.message[language]),
      column('device', 'device', 'string', alarm => alarm.device),
      column('site', 'site', 'string', alarm => alarm.site),
      column('cleared', 'cleared', 'time', alarm => alarm.clearedAt),
      column('acknowledged', 'acknowledged', 'time', alarm => alarm.acknowledgedAt),
      column('acknowledgedBy', 'acknowledgedBy', 'string', alarm => alarm.acknowledgedBy),
      column('highest', 'highest', 'string', alarm => alarm.highestLevel),
      column('rule', 'rule', 'string', alarm => alarm.rule),
      column('id', 'alarm', 'string', alarm => alarm.id),
    ],
    meta: { preferredVisualisationType: 'table', notices },
  }
}

/** Episodes as regions over charts; one that goes on reaches to the end of the span. */
export function alarmAnnotations(
  { alarms, notices }: AlarmAnswer,
  refId: string,
  { span, language }: Pick<Context, 'span' | 'language'>,
): Frame {
  const column = (
    name: string,
    type: Field['type'],
    value: (alarm: Alarm) => Field['values'][number],
  ): Field => ({ name, type, values: alarms.map(value), config: {} })
  return {
    refId,
    name: 'alarms',
    fields: [
      column('time', 'time', alarm => alarm.onset),
      column('timeEnd', 'time', alarm => alarm.clearedAt ?? Math.max(alarm.onset, span.to)),
      column('title', 'string', alarm => alarm.name[language]),
      // Grafana shows the text as HTML that it has cleaned; what a rule's author wrote is meant as text.
      column('text', 'string', alarm => escapeHtml(alarm.message[language])),
      column('tags', 'other', tagsOf),
      column('id', 'string', alarm => alarm.id),
    ],
    meta: { notices },
  }
}

const tagsOf = (alarm: Alarm): string[] => [
  alarm.level,
  alarm.site,
  ...(alarm.device === null ? [] : [alarm.device]),
  ...(alarm.retrospective ? ['retrospective'] : []),
]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')

/** What people call a rule, from one of its alarms. */
export const ruleName = (alarm: Alarm, language: Language): string => nameIn(language, alarm.name, alarm.rule)
