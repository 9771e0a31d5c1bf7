import {
  type AlarmState,
  fillMessage,
  type Level,
  nextAlarmState,
  rankOf,
  type Transition,
} from '@picket/rules'
import type { AlarmFilter, AlarmRecord, AlarmStore, CountedStep, TransitionRecord } from '../ports.ts'
import type { Db } from './database.ts'

interface AlarmRow {
  id: string
  rule: string
  revision: string
  name: string
  message: string
  device: string | null
  site: string
  level: Level
  highest_level: Level
  state: AlarmState
  onset: number
  raised_at: number
  cleared_at: number | null
  acknowledged_at: number | null
  acknowledged_by: string | null
  retrospective: number
  stale: number
}

const IN_STATE: Record<NonNullable<AlarmFilter['state']>, string> = {
  active: 'cleared_at IS NULL',
  open: "state <> 'normal'",
  cleared: 'cleared_at IS NOT NULL',
}

/** Alarm episodes and their transitions. */
export class SqliteAlarms implements AlarmStore {
  readonly #db: Db
  readonly #statements

  constructor(db: Db) {
    this.#db = db
    this.#statements = {
      get: db.prepare('SELECT * FROM alarm WHERE id = ?'),
      put: db.prepare(`INSERT INTO alarm (id, rule, revision, name, message, device, site, level, highest_level,
          state, onset, raised_at, cleared_at, acknowledged_at, acknowledged_by, retrospective, stale)
        VALUES (:id, :rule, :revision, :name, :message, :device, :site, :level, :highest_level,
          :state, :onset, :raised_at, :cleared_at, :acknowledged_at, :acknowledged_by, :retrospective, :stale)
        ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, message = excluded.message,
          level = excluded.level, highest_level = excluded.highest_level, state = excluded.state,
          onset = excluded.onset, cleared_at = excluded.cleared_at, acknowledged_at = excluded.acknowledged_at,
          acknowledged_by = excluded.acknowledged_by, retrospective = excluded.retrospective, stale = excluded.stale`),
      addTransition: db.prepare(
        'INSERT INTO transition (alarm, kind, level, at, decided_at, by, trace) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      transitions: db.prepare('SELECT * FROM transition WHERE alarm = ? ORDER BY id'),
      // Steps are written in the order in which they are decided.
      newestSteps: db.prepare(`SELECT alarm.id, rule, device, site, raised_at, retrospective,
          transition.kind, transition.level, decided_at
        FROM transition JOIN alarm ON alarm.id = alarm
        WHERE transition.kind IN ('raised', 'escalated', 'cleared') ORDER BY transition.id DESC`),
      standing: db.prepare(`SELECT id, rule, device, site, raised_at, retrospective, 'raised' AS kind, level,
          raised_at AS decided_at
        FROM alarm WHERE cleared_at IS NULL AND raised_at < ?`),
      running: db.prepare(
        'SELECT level, count(*) AS count FROM alarm WHERE cleared_at IS NULL AND retrospective = 0 GROUP BY level',
      ),
    }
  }

  /** Records a step within the caller's transaction. */
  record(transition: Transition): void {
    const before = this.#statements.get.get(transition.episode) as AlarmRow | undefined
    this.#statements.put.run(after(before, transition))
    const { episode, kind, level, at, decidedAt, by, trace } = transition
    this.#statements.addTransition.run(episode, kind, level, at, decidedAt, by ?? null, JSON.stringify(trace))
  }

  list({ state, level, sites, devices, from, to, retrospective, limit }: AlarmFilter): AlarmRecord[] {
    const conditions = state ? [IN_STATE[state]] : []
    const parameters: Record<string, unknown> = { limit }
    const only = (condition: string, name: string, value: unknown): void => {
      if (value === undefined) return
      conditions.push(condition)
      parameters[name] = value
    }
    only('level = :level', 'level', level)
    only('site IN (SELECT value FROM json_each(:sites))', 'sites', sites && JSON.stringify(sites))
    only('device IN (SELECT value FROM json_each(:devices))', 'devices', devices && JSON.stringify(devices))
    only(
      'retrospective = :retrospective',
      'retrospective',
      retrospective === undefined ? undefined : Number(retrospective),
    )
    Object.assign(parameters, from !== undefined && { from }, to !== undefined && { to })
    const rows = this.#db.prepare(newestOf(conditions, { from, to })).all(parameters)
    return (rows as AlarmRow[]).map(toRecord)
  }

  steps({ from, to, most }: { from: number; to: number; most: number }): CountedStep[] | undefined {
    const found: CountedStep[] = []
    const raised = new Set<string>()
    const earlier = new Map<string, StepRow>()
    for (const row of this.#statements.newestSteps.iterate() as Iterable<StepRow>) {
      if (row.decided_at < from) break
      if (row.decided_at >= to) continue
      if (found.length === most) return undefined
      found.push(stepOf(row))
      if (row.kind === 'raised') raised.add(row.id)
      else if (!raised.has(row.id)) earlier.set(row.id, row)
    }
    for (const row of this.#statements.standing.all(from) as StepRow[]) earlier.set(row.id, row)
    const before = [...earlier.values()].filter(({ id, raised_at }) => !raised.has(id) && raised_at < from)
    return [
      ...before.map(row => stepOf({ ...row, kind: 'raised', decided_at: row.raised_at })),
      ...found.toReversed(),
    ]
  }

  get(id: string): { alarm: AlarmRecord; transitions: TransitionRecord[] } | undefined {
    const row = this.#statements.get.get(id) as AlarmRow | undefined
    if (!row) return undefined
    const transitions = this.#statements.transitions.all(id) as {
      kind: TransitionRecord['kind']
      level: Level | null
      at: number
      decided_at: number
      by: string | null
      trace: string
    }[]
    return {
      alarm: toRecord(row),
      transitions: transitions.map(({ kind, level, at, decided_at, by, trace }) => ({
        alarm: id,
        kind,
        level,
        at,
        decidedAt: decided_at,
        by,
        trace: JSON.parse(trace),
      })),
    }
  }

  /** Active, not retrospective, by level. */
  running(): Map<Level, number> {
    const rows = this.#statements.running.all() as { level: Level; count: number }[]
    return new Map(rows.map(({ level, count }) => [level, count]))
  }
}

/**
 * The episodes that fulfil conditions and were active within a span, the newest onset first, by indices however many there
 * are: those that began in it, and those that began before and had not ended (`+` keeps SQLite from walking all of these by
 * their onset).
 */
function newestOf(conditions: readonly string[], span: { from?: number; to?: number }): string {
  const isBefore = span.to === undefined ? [] : ['onset < :to']
  const select = (order: string, further: readonly string[]): string => {
    const all = [...conditions, ...further]
    const where = all.length > 0 ? `WHERE ${all.join(' AND ')}` : ''
    return `SELECT * FROM alarm ${where} ORDER BY ${order} DESC LIMIT :limit`
  }
  if (span.from === undefined) return select('onset', isBefore)
  const began = select('onset', ['onset >= :from', ...isBefore])
  const wentOn = select('+onset', [
    '+onset < :from',
    ...isBefore.map(condition => `+${condition}`),
    '(cleared_at IS NULL OR cleared_at >= :from)',
  ])
  return `SELECT * FROM (SELECT * FROM (${began}) UNION ALL SELECT * FROM (${wentOn})) ORDER BY onset DESC LIMIT :limit`
}

function after(before: AlarmRow | undefined, transition: Transition): AlarmRow {
  const { kind, level, at, onset, rule, retrospective } = transition
  const state = nextState(before, transition)
  const present = level ?? before?.level ?? 'blue'
  const levels = [before?.highest_level, present, ...(transition.trace.history ?? []).map(step => step.level)]
  const highest = levels.reduce<Level>(
    (most, one) => (one && rankOf(one) > rankOf(most) ? one : most),
    present,
  )
  return {
    id: transition.episode,
    rule: rule.id,
    revision: rule.revision,
    name: JSON.stringify(rule.name),
    // The message tells of the raise or the latest change of level, not of the values that ended it.
    message: level === null && before ? before.message : JSON.stringify(messageOf(transition, present)),
    device: transition.device,
    site: transition.site,
    level: present,
    highest_level: highest,
    state,
    onset,
    raised_at: before?.raised_at ?? at,
    cleared_at: kind === 'cleared' ? at : kind === 'raised' ? null : (before?.cleared_at ?? null),
    acknowledged_at:
      kind === 'acknowledged' ? at : kind === 'raised' ? null : (before?.acknowledged_at ?? null),
    acknowledged_by:
      kind === 'acknowledged'
        ? (transition.by ?? null)
        : kind === 'raised'
          ? null
          : (before?.acknowledged_by ?? null),
    retrospective: Number(retrospective),
    stale: Number(isStale(before, kind)),
  }
}

const ENDS_STALENESS = new Set<Transition['kind']>(['raised', 'refreshed', 'cleared'])

const isStale = (before: AlarmRow | undefined, kind: Transition['kind']): boolean =>
  kind === 'stale' || (before?.stale === 1 && !ENDS_STALENESS.has(kind))

// Nobody is asked to acknowledge what is told as past; an episode that comes to the present starts anew.
function nextState(before: AlarmRow | undefined, { kind, retrospective, rule }: Transition): AlarmState {
  if (retrospective) return 'normal'
  if (kind === 'raised') return 'unacknowledged'
  return nextAlarmState(before?.state, kind, rule.latch) ?? before?.state ?? 'normal'
}

function messageOf({ rule, trace, device, site }: Transition, level: Level): { en: string; zh: string } {
  const values = { ...trace.values, device: device ?? site, site, level }
  return { en: fillMessage(rule.message.en, values, 'en'), zh: fillMessage(rule.message.zh, values, 'zh') }
}

interface StepRow {
  id: string
  rule: string
  device: string | null
  site: string
  raised_at: number
  retrospective: number
  kind: CountedStep['kind']
  level: Level | null
  decided_at: number
}

const stepOf = ({
  id,
  rule,
  device,
  site,
  kind,
  level,
  decided_at,
  retrospective,
}: StepRow): CountedStep => ({
  ...{ episode: id, rule, device, site, kind, level },
  decidedAt: decided_at,
  retrospective: retrospective === 1,
})

const toRecord = (row: AlarmRow): AlarmRecord => ({
  id: row.id,
  rule: row.rule,
  ruleRevision: row.revision,
  name: JSON.parse(row.name),
  message: JSON.parse(row.message),
  device: row.device,
  site: row.site,
  level: row.level,
  highestLevel: row.highest_level,
  state: row.state,
  onset: row.onset,
  raisedAt: row.raised_at,
  clearedAt: row.cleared_at,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  retrospective: row.retrospective === 1,
  stale: row.stale === 1,
})
