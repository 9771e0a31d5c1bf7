import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { ACCOUNTS_SCHEMA, SqliteAccounts } from './accounts.ts'

let database: Sqlite.Database
let accounts: SqliteAccounts
beforeEach(() => {
  database = new Sqlite(':memory:')
  database.exec(ACCOUNTS_SCHEMA)
  accounts = new SqliteAccounts(database)
})

const session = (hash: string, expiresAt: number, user = 'admin') =>
  ({ hash, user, role: 'admin', expiresAt }) as const

describe('accounts', () => {
  it('can be opened twice', () => {
    expect(() => database.exec(ACCOUNTS_SCHEMA)).not.toThrow()
  })

  it('keeps users and replaces them by name', () => {
    expect(accounts.user('admin')).toBeUndefined()
    accounts.putUser({ name: 'admin', role: 'admin', passwordHash: 'one' })
    accounts.putUser({ name: 'admin', role: 'viewer', passwordHash: 'two' })
    expect(accounts.user('admin')).toEqual({ name: 'admin', role: 'viewer', passwordHash: 'two' })
  })

  it('keeps tokens by their hash', () => {
    accounts.putToken({ hash: 'h', name: 'ops', role: 'viewer' })
    expect(accounts.token('h')).toEqual({ name: 'ops', role: 'viewer' })
    expect(accounts.token('H')).toBeUndefined()
  })

  it('refuses a role that does not exist', () => {
    const role = 'root' as 'admin'
    expect(() => accounts.putToken({ hash: 'h', name: 'ops', role })).toThrow(/CHECK/)
  })

  it('ends sessions one by one and when they expire', () => {
    for (const [hash, end] of [
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ] as const)
      accounts.putSession(session(hash, end))
    expect(accounts.session('a')).toEqual({ user: 'admin', role: 'admin', expiresAt: 10 })
    accounts.deleteExpiredSessions(20)
    expect(accounts.session('b')).toBeUndefined()
    accounts.deleteSession('c')
    expect(accounts.session('c')).toBeUndefined()
  })

  it('keeps the newest 50 sessions of each user', () => {
    accounts.putSession(session('other', 1, 'viewer'))
    for (let count = 0; count < 60; count++) accounts.putSession(session(`s${count}`, 1000 + count))
    expect(accounts.session('s9')).toBeUndefined()
    expect(accounts.session('s10')).toBeDefined()
    expect(accounts.session('s59')).toBeDefined()
    expect(accounts.session('other')).toBeDefined()
  })
})
