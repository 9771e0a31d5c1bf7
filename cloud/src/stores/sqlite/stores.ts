import { dirname } from 'node:path'
import { SqliteAccounts } from './accounts.ts'
import { SqliteAlarms } from './alarms.ts'
import { SqliteClockCorrections } from './clock-corrections.ts'
import { type Db, openDatabase } from './database.ts'
import { ReadingExpiry } from './expiry.ts'
import { SqliteFlags } from './flags.ts'
import { lockFolder } from './folder-lock.ts'
import { SqliteGateways } from './gateways.ts'
import { SqliteGuards } from './guards.ts'
import { Journal } from './journal.ts'
import { Ledger } from './ledger.ts'
import { SqliteNotifications } from './notifications.ts'
import { SqliteQuarantine } from './quarantine.ts'
import { QueryWorker } from './query-worker.ts'
import { SqliteTimeSeriesStore } from './readings.ts'
import { SqliteRuleSets } from './rule-sets.ts'

/** Everything that the cloud keeps, in one database and so in one transaction. */
export interface Stores {
  db: Db
  accounts: SqliteAccounts
  alarms: SqliteAlarms
  clocks: SqliteClockCorrections
  expiry: ReadingExpiry
  flags: SqliteFlags
  gateways: SqliteGateways
  guards: SqliteGuards
  journal: Journal
  ledger: Ledger
  notifications: SqliteNotifications
  quarantine: SqliteQuarantine
  readings: SqliteTimeSeriesStore
  ruleSets: SqliteRuleSets
  close(): Promise<void>
}

/** Opens the database and every store in it. @throws StartError */
export function openStores(file: string): Stores {
  const release = lockFolder(dirname(file))
  const db = openDatabase(file)
  const queries = new QueryWorker(file)
  return {
    db,
    accounts: new SqliteAccounts(db),
    alarms: new SqliteAlarms(db),
    clocks: new SqliteClockCorrections(db),
    expiry: new ReadingExpiry(db),
    flags: new SqliteFlags(db),
    gateways: new SqliteGateways(db),
    guards: new SqliteGuards(db),
    journal: new Journal(db),
    ledger: new Ledger(db),
    notifications: new SqliteNotifications(db),
    quarantine: new SqliteQuarantine(db),
    readings: new SqliteTimeSeriesStore(db, queries),
    ruleSets: new SqliteRuleSets(db),
    async close() {
      await queries.stop()
      db.close()
      release()
    },
  }
}
