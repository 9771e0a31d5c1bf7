import { StartError } from '@picket/devices'
import Database from 'better-sqlite3'
import { ACCOUNTS_SCHEMA } from './accounts.ts'
import { SCHEMA } from './schema.ts'

export type Db = Database.Database

// Before 3.51.3 two connections could corrupt the file when the WAL is reset; queries use a second one.
const OLDEST_SAFE_SQLITE = [3, 51, 3]
const CACHE_KIB = 32 * 1024

/**
 * Opens the cloud's one database for writing: WAL, and a commit that returns has been synced to disk.
 *
 * @throws StartError where the file cannot be opened, another process has it, or SQLite is too old
 */
export function openDatabase(file: string): Db {
  let database: Db
  try {
    database = new Database(file, { timeout: 0 })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.pragma('foreign_keys = ON')
    database.exec(SCHEMA)
    database.exec(ACCOUNTS_SCHEMA)
  } catch (error) {
    throw new StartError(
      'database',
      `cannot open ${file}: ${(error as Error).message}; is another cloud using this folder?`,
    )
  }
  const version = database.prepare('SELECT sqlite_version()').pluck().get() as string
  if (isOlder(version)) {
    throw new StartError(
      'sqlite-version',
      `SQLite ${version} can corrupt its file; ${OLDEST_SAFE_SQLITE.join('.')} or later is needed`,
    )
  }
  return database
}

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [at, least] of OLDEST_SAFE_SQLITE.entries()) {
    if (parts[at] !== least) return (parts[at] ?? 0) < least
  }
  return false
}
