import type { Transition } from '../engine/event.ts'
import { LEVELS, type Level } from '../level.ts'

/** What the figures need of a transition. */
export type CountedTransition = Pick<
  Transition,
  'episode' | 'device' | 'kind' | 'level' | 'decidedAt' | 'retrospective'
> & { rule: { id: string } }

export interface LoadOptions {
  /** First instant looked at, ms UTC; ten-minute periods are counted from here. */
  from: number
  /** End, exclusive. */
  to: number
  /** Among how many operators the alarms were shared evenly; 1 if absent. */
  operators?: number
  /** An alarm that was over sooner is fleeting, ms; the standard leaves it to the site. One minute if absent. */
  fleetingMs?: number
}

/** An alarm, and how often it came. */
export interface AlarmCount {
  rule: string
  device: string
  count: number
}

/** How much the alarms asked of one operator. Shares are 0 to 1. */
export interface AlarmLoad {
  /** Times that alarms were announced, of all operators together: raises, and steps to a higher level. */
  announced: number
  /** Of one operator, as a mean. */
  perDay: number
  perHour: number
  perTenMinutes: number
  /** The worst ten minutes of one operator. */
  mostInTenMinutes: number
  /** Share of the ten-minute periods with more than ten alarms for one operator. */
  overloadedShare: number
  /** Times of flood, in order: from the period above ten to the first below five; `to` is exclusive. */
  floods: { from: number; to: number; announced: number }[]
  floodShare: number
  /** The ten that came most often, and their share in all. */
  worst: AlarmCount[]
  worstShare: number
  /** Came three times or more within a minute. */
  chattering: AlarmCount[]
  /** Came and went within `fleetingMs`, the chattering ones left out; how often. */
  fleeting: AlarmCount[]
  /** Most alarms that had stood for more than 24 h at the same time. */
  mostStale: number
  /** Share of each level in what was announced. */
  levels: Record<Level, number>
}

/**
 * What ISA-18.2 (clause 16), IEC 62682 and EEMUA 191 hold to be bearable for one operator over 30 days:
 * at most so much. `levels`: high, medium and low priority.
 */
export const LOAD_TARGETS = {
  perDay: 144,
  perDayAtMost: 288,
  perHour: 6,
  perTenMinutes: 1,
  overloadedShare: 0.01,
  floodShare: 0.01,
  worstShare: 0.05,
  chattering: 0,
  fleeting: 0,
  mostStale: 5,
  priorities: { low: 0.8, medium: 0.15, high: 0.05 },
} as const

const MINUTE_MS = 60_000
const PERIOD_MS = 10 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const FLOOD_ABOVE = 10
const FLOOD_ENDS_BELOW = 5
const CHATTERS_FROM = 3
const WORST = 10
const STALE_MS = DAY_MS

/** One episode as it was seen by the operator: `cleared` is Infinity while it stands. */
interface Standing {
  key: string
  raised: number
  cleared: number
}

/**
 * The load that alarms were, by the measures of ISA-18.2 (clause 16). An alarm counts at the instant at which it was
 * decided, which is when an operator learns of it; what was told only as past counts nowhere.
 *
 * @param transitions - in the order in which they were decided, from before `from` where alarms already stood then
 * @throws RangeError where `to` is not after `from`
 */
export function alarmLoad(transitions: readonly CountedTransition[], options: LoadOptions): AlarmLoad {
  const { from, to, operators = 1, fleetingMs = MINUTE_MS } = options
  if (!(to > from)) throw new RangeError('the load of no time: `to` must be after `from`')
  const live = transitions.filter(({ retrospective, decidedAt }) => !retrospective && decidedAt < to)
  const announced = live.filter(
    ({ kind, decidedAt }) => (kind === 'raised' || kind === 'escalated') && decidedAt >= from,
  )
  const timesOf = Map.groupBy(announced, keyOf)
  const chattering = [...timesOf].filter(([, times]) => chatters(times.map(({ decidedAt }) => decidedAt)))
  const standings = standingsOf(live)
  const periods = periodsOf(announced, { from, to })
  const perOperator = periods.map(count => count / operators)
  const floods = floodsOf(periods, { from, to, operators })
  const floodMs = floods.reduce((sum, flood) => sum + flood.to - flood.from, 0)
  const worst = mostFirst([...timesOf].map(([key, times]) => counted(key, times.length))).slice(0, WORST)
  const worstCount = worst.reduce((sum, { count }) => sum + count, 0)
  const each = (unitMs: number): number => (announced.length / operators) * (unitMs / (to - from))
  const shareOf = (count: number): number => (announced.length === 0 ? 0 : count / announced.length)
  return {
    announced: announced.length,
    perDay: each(DAY_MS),
    perHour: each(HOUR_MS),
    perTenMinutes: each(PERIOD_MS),
    mostInTenMinutes: perOperator.reduce((most, count) => Math.max(most, count), 0),
    overloadedShare: perOperator.filter(count => count > FLOOD_ABOVE).length / periods.length,
    floods,
    floodShare: floodMs / (to - from),
    worst,
    worstShare: shareOf(worstCount),
    chattering: mostFirst(chattering.map(([key, times]) => counted(key, times.length))),
    fleeting: fleetingOf(standings, {
      from,
      fleetingMs,
      chattering: new Set(chattering.map(([key]) => key)),
    }),
    mostStale: mostStale(standings, { from, to }),
    levels: Object.fromEntries(
      LEVELS.map(level => [level, shareOf(announced.filter(one => one.level === level).length)]),
    ) as Record<Level, number>,
  }
}

const keyOf = ({ rule, device }: CountedTransition): string => JSON.stringify([rule.id, device])

function counted(key: string, count: number): AlarmCount {
  const [rule, device] = JSON.parse(key) as [string, string]
  return { rule, device, count }
}

const mostFirst = (counts: AlarmCount[]): AlarmCount[] => counts.sort((a, b) => b.count - a.count)

// Alarms announced in each ten minutes; the last period may be shorter.
function periodsOf(announced: readonly CountedTransition[], { from, to }: LoadOptions): number[] {
  const counts = new Array<number>(Math.ceil((to - from) / PERIOD_MS)).fill(0)
  for (const { decidedAt } of announced) {
    const period = Math.floor((decidedAt - from) / PERIOD_MS)
    counts[period] = (counts[period] as number) + 1
  }
  return counts
}

function floodsOf(
  periods: readonly number[],
  { from, to, operators }: { from: number; to: number; operators: number },
): AlarmLoad['floods'] {
  const floods: AlarmLoad['floods'] = []
  let running: AlarmLoad['floods'][number] | undefined
  periods.forEach((count, period) => {
    const begin = from + period * PERIOD_MS
    if (!running && count / operators > FLOOD_ABOVE) {
      running = { from: begin, to: begin, announced: 0 }
      floods.push(running)
    } else if (running && count / operators < FLOOD_ENDS_BELOW) running = undefined
    if (!running) return
    running.to = Math.min(begin + PERIOD_MS, to)
    running.announced += count
  })
  return floods
}

// Whether three in a row fall into one minute; `times` ascend.
const chatters = (times: readonly number[]): boolean =>
  times.some(
    (time, index) => time - (times[index - CHATTERS_FROM + 1] ?? Number.NEGATIVE_INFINITY) < MINUTE_MS,
  )

function standingsOf(live: readonly CountedTransition[]): Standing[] {
  const standings: Standing[] = []
  const running = new Map<string, Standing>()
  for (const transition of live) {
    const { episode, kind, decidedAt } = transition
    if (kind === 'raised') {
      const standing = { key: keyOf(transition), raised: decidedAt, cleared: Number.POSITIVE_INFINITY }
      standings.push(standing)
      running.set(episode, standing)
    } else if (kind === 'cleared') {
      const standing = running.get(episode)
      if (standing) standing.cleared = decidedAt
      running.delete(episode)
    }
  }
  return standings
}

function fleetingOf(
  standings: readonly Standing[],
  { from, fleetingMs, chattering }: { from: number; fleetingMs: number; chattering: ReadonlySet<string> },
): AlarmCount[] {
  const short = standings.filter(
    ({ key, raised, cleared }) => raised >= from && cleared - raised < fleetingMs && !chattering.has(key),
  )
  return mostFirst(
    [...Map.groupBy(short, ({ key }) => key)].map(([key, times]) => counted(key, times.length)),
  )
}

function mostStale(standings: readonly Standing[], { from, to }: { from: number; to: number }): number {
  const changes = standings.flatMap(({ raised, cleared }) => {
    const begin = Math.max(raised + STALE_MS, from)
    const end = Math.min(cleared, to)
    return begin < end
      ? [
          { at: begin, by: 1 },
          { at: end, by: -1 },
        ]
      : []
  })
  // Of two changes at one instant the end comes first.
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let standing = 0
  let most = 0
  for (const { by } of changes) {
    standing += by
    most = Math.max(most, standing)
  }
  return most
}
