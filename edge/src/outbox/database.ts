import { join } from 'node:path'
import { StartError } from '@picket/devices'
import Database from 'better-sqlite3'

/** 3.7.0 to 3.51.2 can corrupt a database when the write-ahead log is reset. */
const OLDEST_SQLITE = [3, 51, 3]
// Half a megabyte of page cache: the outbox writes at its end and reads one run after the other.
const CACHE_KIB = 512
const JOURNAL_LIMIT_BYTES = 16 * 1024 * 1024
const LOCK_TIMEOUT_MS = 500

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS epoch (
    id INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL UNIQUE,
    next INTEGER NOT NULL,
    settled TEXT NOT NULL,
    announced TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY,
    epoch_id INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    lane INTEGER NOT NULL DEFAULT 1,
    checksum INTEGER
  );
  CREATE UNIQUE INDEX IF NOT EXISTS run_by_seq ON run (epoch_id, first_seq, count);
  CREATE TABLE IF NOT EXISTS kept (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
  ) WITHOUT ROWID;
  PRAGMA user_version = 3;
`
const ADD_LANE = 'ALTER TABLE run ADD COLUMN lane INTEGER NOT NULL DEFAULT 1'
const ADD_CHECKSUM = 'ALTER TABLE run ADD COLUMN checksum INTEGER'
const VERSION = 3

/** Its file in the data folder. */
export const DATABASE_FILE = 'outbox.db'

/**
 * Opens the outbox's database: WAL, every commit synced, held by this process alone.
 *
 * @throws StartError where another process holds it, it is damaged (`outbox-damaged`), or SQLite is too old
 */
export function openDatabase(folder: string): Database.Database {
  const file = join(folder, DATABASE_FILE)
  const database = new Database(file, { timeout: LOCK_TIMEOUT_MS })
  try {
    // Before any other statement: the wal-index then lives in this process's memory, and no -shm file is made.
    database.pragma('locking_mode = EXCLUSIVE')
    assertVersion(database.prepare('SELECT sqlite_version()').pluck().get() as string)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.pragma(`journal_size_limit = ${JOURNAL_LIMIT_BYTES}`)
    database.pragma('temp_store = MEMORY')
    const version = database.pragma('user_version', { simple: true }) as number
    if (version > VERSION)
      throw new StartError('outbox-version', `${file} was written by a newer Picket; update this one`)
    database
      .transaction(() => {
        if (version === 1) database.exec(ADD_LANE)
        if (version === 1 || version === 2) database.exec(ADD_CHECKSUM)
        database.exec(SCHEMA)
      })
      .immediate()
    return database
  } catch (error) {
    database.close()
    throw startError(error as Error & { code?: string }, file)
  }
}

/** True for the word of SQLite, or of `openDatabase`, that a file is not, or no longer, a sound database. */
export const isDamaged = ({ code = '' }: { code?: string }): boolean =>
  code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'outbox-damaged'

function assertVersion(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [at, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[at] ?? 0
    if (part > oldest) return
    if (part < oldest)
      throw new StartError(
        'sqlite-version',
        `SQLite ${version} can corrupt its log; ${OLDEST_SQLITE.join('.')} is needed`,
      )
  }
}

function startError(error: Error & { code?: string }, file: string): Error {
  const code = error.code ?? ''
  if (code.startsWith('SQLITE_BUSY'))
    return new StartError(
      'outbox-locked',
      `${file} is in use by another picket-edge; stop it or name another data folder`,
    )
  if (isDamaged(error))
    return new StartError(
      'outbox-damaged',
      `${file} is damaged (${error.message}); move it aside to start with an empty outbox`,
    )
  if (code.startsWith('SQLITE_'))
    return new StartError(
      'outbox-open',
      `cannot open ${file} (${code}: ${error.message}); check the disk and its free space`,
    )
  return error
}
