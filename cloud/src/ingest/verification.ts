import { existsSync } from 'node:fs'
import { StartError } from '@picket/devices'
import type { Log } from '@picket/devices/runtime'
import Database from 'better-sqlite3'
import { SqliteAlarms } from '../stores/sqlite/alarms.ts'
import { type Db, openDatabase } from '../stores/sqlite/database.ts'
import { SqliteFlags } from '../stores/sqlite/flags.ts'
import { Journal } from '../stores/sqlite/journal.ts'
import { SqliteNotifications } from '../stores/sqlite/notifications.ts'
import { SqliteTimeSeriesStore } from '../stores/sqlite/readings.ts'
import { EffectRecorder } from './effect-recorder.ts'
import { Engines } from './engines.ts'
import { replay } from './recovery.ts'
import { type Refused, StandIns } from './stand-in.ts'

/** What was recorded live, set beside what a replay of the journal gives. */
export interface Verification {
  entries: number
  readings: number
  transitions: number
  notifications: number
  /** Flags that were set or have ended. */
  flags: number
  /** Values of derived series. */
  derived: number
  /** The first differences, in words; empty where live and replay are equal. */
  differences: string[]
  /** Times that are not compared: what was in force then does not compile any more. */
  refused: Refused[]
}

const MOST_DIFFERENCES = 20

// What must be equal, in the order in which it was decided. Delivery is no matter of the engine.
// `IN_TIME(column)` stands for a condition on a time.
const COMPARED = {
  transitions: `SELECT alarm, kind, level, at, decided_at, by, trace FROM transition
    WHERE IN_TIME(decided_at) ORDER BY id`,
  flags: 'SELECT flag, change, at, by, reason, body FROM flag_change WHERE IN_TIME(at) ORDER BY id',
  derived: `SELECT device, quantity, t, v, q FROM derived_series JOIN series ON series.id = derived_series.series
    JOIN reading ON reading.series = derived_series.series WHERE IN_TIME(t) ORDER BY device, quantity, t`,
  notifications: `SELECT idempotency_key, channel, body, created_at FROM notification
    WHERE IN_TIME(created_at) ORDER BY id`,
}

/** A query without what was decided in these times. */
const outside = (refused: readonly Refused[], query: string): string =>
  query.replace(/IN_TIME\((\w+)\)/, (_, column) =>
    ['true', ...refused.map(({ from, to }) => `${column} NOT BETWEEN ${from} AND ${to}`)].join(' AND '),
  )

/**
 * Replays the journal of a cloud from its first entry, through an engine that starts empty, and compares every
 * transition with its trace, every flag, every value of a derived series and every notification with what was recorded live.
 * Where a configuration does not compile any more, what was put in its place is replayed, and its own time is not compared.
 *
 * @param file - the cloud's database; it is only read, and the cloud may be running
 * @param channels - names of the notification channels that the cloud has, for what its journal does not say them of
 * @throws StartError where there is no database, or its journal does not reach back to the first entry
 */
export function verifyJournal(file: string, channels: ReadonlySet<string>, log: Log): Verification {
  if (!existsSync(file)) throw new StartError('database-missing', `there is no ${file}`)
  const live = new Database(file, { readonly: true })
  const again = openDatabase(':memory:')
  try {
    // One instant of the store, whatever is committed meanwhile.
    live.exec('BEGIN')
    const journal = new Journal(live)
    if (journal.first !== 1)
      throw new StartError(
        'journal-begins-late',
        `the journal begins with entry ${journal.first}: what came before is pruned, and nothing older can be replayed`,
      )
    const standIns = new StandIns(journal)
    const counts = record(journal, { into: again, channels, log, compile: one => standIns.next(one) })
    const { refused } = standIns
    const compared = (query: string) => compare(live, again, outside(refused, query))
    const [transitions, flags, derived, notifications] = [
      compared(COMPARED.transitions),
      compared(COMPARED.flags),
      compared(COMPARED.derived),
      compared(COMPARED.notifications),
    ]
    const differences = [transitions, flags, derived, notifications].flatMap(one => one.differences)
    return {
      ...counts,
      transitions: transitions.count,
      flags: flags.count,
      derived: derived.count,
      notifications: notifications.count,
      differences: differences.slice(0, MOST_DIFFERENCES),
      refused,
    }
  } finally {
    live.close()
    again.close()
  }
}

function record(
  journal: Journal,
  {
    into,
    channels,
    log,
    compile,
  }: { into: Db; channels: ReadonlySet<string>; log: Log; compile: Parameters<typeof replay>[1]['compile'] },
): { entries: number; readings: number } {
  const stores = {
    alarms: new SqliteAlarms(into),
    flags: new SqliteFlags(into),
    notifications: new SqliteNotifications(into),
    // Nobody asks it for charts.
    readings: new SqliteTimeSeriesStore(into, { range: () => Promise.resolve([]) }),
  }
  const recorder = new EffectRecorder(stores, channels, log)
  let entries = 0
  let readings = 0
  const engines = new Engines()
  for (const { entry, effects } of replay(journal, { engines, after: 0, compile })) {
    if (entry.kind === 'configure') recorder.configure(entry.configuration)
    recorder.record(effects)
    entries++
    if (entry.kind === 'readings') readings += entry.readings.length
  }
  return { entries, readings }
}

function compare(live: Db, again: Db, query: string): { count: number; differences: string[] } {
  const differences: string[] = []
  const replayed = again.prepare(query).iterate()
  let count = 0
  for (const row of live.prepare(query).iterate()) {
    count++
    const other = replayed.next()
    if (differences.length >= MOST_DIFFERENCES) continue
    const [recorded, found] = [JSON.stringify(row), other.done ? 'nothing' : JSON.stringify(other.value)]
    if (recorded !== found) differences.push(`recorded: ${recorded}; replayed: ${found}`)
  }
  for (const row of replayed)
    if (differences.length < MOST_DIFFERENCES)
      differences.push(`recorded: nothing; replayed: ${JSON.stringify(row)}`)
  return { count, differences }
}
