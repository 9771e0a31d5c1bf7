import type { Database, Statement } from 'better-sqlite3'
import type { AccountStore } from '../ports.ts'

type Role = 'admin' | 'viewer'

const SESSIONS_PER_USER = 50

/** Tables of users, API tokens and sessions; harmless where they stand. */
export const ACCOUNTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS account_users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
    password_hash TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS account_tokens (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'viewer'))
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS account_sessions (
    hash TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS account_sessions_by_user ON account_sessions (user, expires_at);
  CREATE INDEX IF NOT EXISTS account_sessions_by_end ON account_sessions (expires_at);
`

/** Accounts in SQLite. The tables of ACCOUNTS_SCHEMA must stand. */
export class SqliteAccounts implements AccountStore {
  readonly #database: Database
  // One for each of the few texts below.
  readonly #statements = new Map<string, Statement>()

  constructor(database: Database) {
    this.#database = database
  }

  user(name: string): { name: string; role: Role; passwordHash: string } | undefined {
    return this.#row(
      'SELECT name, role, password_hash AS passwordHash FROM account_users WHERE name = ?',
      name,
    )
  }

  putUser(user: { name: string; role: Role; passwordHash: string }): void {
    this.#run(
      'INSERT OR REPLACE INTO account_users VALUES (?, ?, ?)',
      user.name,
      user.role,
      user.passwordHash,
    )
  }

  token(hash: string): { name: string; role: Role } | undefined {
    return this.#row('SELECT name, role FROM account_tokens WHERE hash = ?', hash)
  }

  putToken(token: { hash: string; name: string; role: Role }): void {
    this.#run('INSERT OR REPLACE INTO account_tokens VALUES (?, ?, ?)', token.hash, token.name, token.role)
  }

  session(hash: string): { user: string; role: Role; expiresAt: number } | undefined {
    return this.#row('SELECT user, role, expires_at AS expiresAt FROM account_sessions WHERE hash = ?', hash)
  }

  putSession(session: { hash: string; user: string; role: Role; expiresAt: number }): void {
    const { hash, user, role, expiresAt } = session
    this.#database.transaction(() => {
      this.#run('INSERT OR REPLACE INTO account_sessions VALUES (?, ?, ?, ?)', hash, user, role, expiresAt)
      this.#run(
        `DELETE FROM account_sessions WHERE hash IN (
           SELECT hash FROM account_sessions WHERE user = ? AND hash <> ?
           ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
        user,
        hash,
        SESSIONS_PER_USER - 1,
      )
    })()
  }

  deleteSession(hash: string): void {
    this.#run('DELETE FROM account_sessions WHERE hash = ?', hash)
  }

  deleteExpiredSessions(now: number): void {
    this.#run('DELETE FROM account_sessions WHERE expires_at <= ?', now)
  }

  #row<T>(sql: string, key: string): T | undefined {
    return this.#statement(sql).get(key) as T | undefined
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values)
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
