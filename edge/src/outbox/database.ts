import { join } from 'node:path'
import { StartError } from '@picket/devices'
import Database from 'better-sqlite3'

/** 3.7.0 to 3.51.2 can corrupt a database when the write-ahead log is reset. */
const OLDEST_SQLITE = [3, 51, 3]
// Two megabytes of page cache: the outbox writes at its end and reads what is new.
const CACHE_KIB = 2048
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
    body BLOB NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS run_by_seq ON run (epoch_id, first_seq, count);
  PRAGMA user_version = 1;
`

/**
 * Opens the outbox's database: WAL, every commit synced, held by this process alone.
 *
 * @param maxBytes - the file may grow a quarter beyond this before SQLite answers SQLITE_FULL
 * @throws StartError where another process holds it, it is damaged, or SQLite is too old
 */
export function openDatabase(folder: string, maxBytes: number): Database.Database {
  const file = join(folder, 'outbox.db')
  const database = new Database(file, { timeout: LOCK_TIMEOUT_MS })
  try {
    assertVersion(database.prepare('SELECT sqlite_version()').pluck().get() as string)
    // Before WAL: the wal-index then lives in this process's memory, and no -shm file is made.
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.pragma(`journal_size_limit = ${JOURNAL_LIMIT_BYTES}`)
    database.pragma('temp_store = MEMORY')
    const pageBytes = database.pragma('page_size', { simple: true }) as number
    database.pragma(`max_page_count = ${Math.ceil((maxBytes * 1.25) / pageBytes)}`)
    const version = database.pragma('user_version', { simple: true }) as number
    if (version > 1)
      throw new StartError('outbox-version', `${file} was written by a newer Picket; update this one`)
    database.transaction(() => database.exec(SCHEMA)).immediate()
    return database
  } catch (error) {
    database.close()
    throw startError(error as Error & { code?: string }, file)
  }
}

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
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
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
