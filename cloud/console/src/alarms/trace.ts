import type { Level } from '../api/shapes.ts'
import { LEVELS_DOWN } from './alarm-order.ts'

/** A rung of the rule's ladder as it stood: what it asked, what that was (null: unknown), and its timers. */
export interface TracedCondition {
  level: Level
  when: string
  on: boolean | null
  until: string | null
  off: boolean | null
  since: number | null
  forMs: number
  clearingSince: number | null
  clearForMs: number
}

/** Why a transition happened, as far as it could be read. */
export interface Trace {
  cause: string | undefined
  values: [name: string, value: number | null][]
  conditions: TracedCondition[]
  missing: boolean
  outOfSeason: boolean
  lastSample: number | null
  quality: [quantity: string, flag: number][]
  /** What each device said, by feature, where it is not the alarm's own device alone. */
  inputs: Record<string, [device: string, value: number | null][]>
  ruleRevision: string | undefined
  note: string | undefined
  /** Who was told of the step, why, and what kept others from being told; undefined where that was no question. */
  telling: Telling | undefined
}

export interface Telling {
  told: string[]
  reason: string | undefined
  withheld: Withheld[]
}

/** What keeps an alarm from being told: a kind of flag, or `inhibited`, `held`, `flapping` and so on. */
export interface Withheld {
  by: string
  until: number | undefined
  episode: string | undefined
  flag: string | undefined
  channel: string | undefined
}

type Fields = Record<string, unknown>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null
const verdictOf = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null)

/**
 * Reads a stored trace. Traces are kept for years, so one of an older or newer cloud may lack parts: what is
 * not there is left out, and nothing throws.
 *
 * @returns undefined where nothing can be read
 */
export function readTrace(stored: unknown): Trace | undefined {
  const fields = fieldsOf(stored)
  const trace: Trace = {
    cause: textOf(fields.cause),
    values: Object.entries(fieldsOf(fields.values)).map(([name, value]) => [name, numberOf(value)]),
    conditions: (Array.isArray(fields.conditions) ? fields.conditions : []).flatMap(readCondition),
    missing: fields.missing === true,
    outOfSeason: fields.outOfSeason === true,
    lastSample: numberOf(fields.lastSample),
    quality: Object.entries(fieldsOf(fields.quality)).flatMap(([name, flag]) =>
      typeof flag === 'number' ? [[name, flag] as [string, number]] : [],
    ),
    inputs: Object.fromEntries(
      Object.entries(fieldsOf(fields.inputs)).map(([name, values]) => [
        name,
        Object.entries(fieldsOf(values)).map(([device, value]) => [device, numberOf(value)] as const),
      ]),
    ) as Trace['inputs'],
    ruleRevision: textOf(fields.ruleRevision),
    note: textOf(fields.note),
    telling: readTelling(fields.telling),
  }
  const { cause, values, conditions, missing, quality, ruleRevision, note } = trace
  const parts = values.length + conditions.length + quality.length
  return parts > 0 || missing || cause || ruleRevision || note ? trace : undefined
}

function readTelling(stored: unknown): Telling | undefined {
  const { told, reason, withheld } = fieldsOf(stored)
  if (!Array.isArray(told)) return undefined
  return {
    told: told.filter(one => typeof one === 'string'),
    reason: textOf(reason),
    withheld: readWithheld(withheld),
  }
}

/** Reads what withholds an alarm, as a trace or the cloud tells it. */
export const readWithheld = (stored: unknown): Withheld[] =>
  (Array.isArray(stored) ? stored : []).flatMap(one => {
    const { by, until, episode, flag, channel } = fieldsOf(one)
    const name = textOf(by)
    if (!name) return []
    return [
      {
        by: name,
        until: numberOf(until) ?? undefined,
        episode: textOf(episode),
        flag: textOf(flag),
        channel: textOf(channel),
      },
    ]
  })

function readCondition(stored: unknown): TracedCondition[] {
  const fields = fieldsOf(stored)
  const when = textOf(fields.when)
  const level = LEVELS_DOWN.find(one => one === fields.level)
  if (!when || !level) return []
  return [
    {
      level,
      when,
      on: verdictOf(fields.on),
      until: textOf(fields.until) ?? null,
      off: verdictOf(fields.off),
      since: numberOf(fields.since),
      forMs: numberOf(fields.forMs) ?? 0,
      clearingSince: numberOf(fields.clearingSince),
      clearForMs: numberOf(fields.clearForMs) ?? 0,
    },
  ]
}
