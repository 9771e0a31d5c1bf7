import { randomBytes } from 'node:crypto'
import { StartError } from '@picket/devices'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { ACCOUNTS_SCHEMA, SqliteAccounts } from '../../stores/sqlite/accounts.ts'
import { ensureFirstRunAccounts } from './first-run.ts'
import { hashPassword, PasswordChecks, verifyPassword } from './password.ts'
import { hashSecret } from './secret.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'

let accounts: SqliteAccounts
beforeEach(() => {
  const database = new Sqlite(':memory:')
  database.exec(ACCOUNTS_SCHEMA)
  accounts = new SqliteAccounts(database)
})

describe('the first start', () => {
  it('generates a password that works', async () => {
    const { generatedPassword } = await ensureFirstRunAccounts(accounts, { randomBytes })
    expect(generatedPassword).toMatch(/^[\w-]{20}$/)
    const admin = accounts.user('admin')
    expect(admin?.role).toBe('admin')
    expect(admin?.passwordHash).not.toContain(generatedPassword)
    expect(await verifyPassword(generatedPassword as string, admin?.passwordHash as string)).toBe(true)
  })

  it('takes the given password and token', async () => {
    const given = { adminPassword: 'päss', adminToken: TOKEN, randomBytes }
    expect(await ensureFirstRunAccounts(accounts, given)).toEqual({})
    expect(await verifyPassword('päss', accounts.user('admin')?.passwordHash as string)).toBe(true)
    expect(accounts.token(hashSecret(TOKEN))).toEqual({ name: 'admin', role: 'admin' })
  })

  it.each([
    ['a token of 31 characters', { adminToken: TOKEN.slice(1) }, '31 characters'],
    ['a token with a blank', { adminToken: `${TOKEN} x` }, 'without blanks'],
    ['a token beyond ASCII', { adminToken: `${TOKEN}é` }, 'ASCII'],
    ['a password without end', { adminPassword: 'x'.repeat(1025) }, 'PICKET_ADMIN_PASSWORD'],
  ])('refuses %s in one line and writes nothing', async (_what, given, message) => {
    const error = await ensureFirstRunAccounts(accounts, { ...given, randomBytes }).catch(caught => caught)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toContain(message)
    expect(error.message).not.toMatch(/\n|0123456789abcdef/)
    expect(accounts.user('admin')).toBeUndefined()
  })

  it('changes nothing at later starts', async () => {
    await ensureFirstRunAccounts(accounts, { adminPassword: 'first', randomBytes })
    const later = { adminPassword: 'second', adminToken: TOKEN, randomBytes }
    expect(await ensureFirstRunAccounts(accounts, later)).toEqual({})
    expect(await verifyPassword('first', accounts.user('admin')?.passwordHash as string)).toBe(true)
    expect(accounts.token(hashSecret(TOKEN))).toBeUndefined()
  })
})

describe('passwords', () => {
  it('have a salt of their own', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'))
  })

  it('are equal however their letters were typed', async () => {
    expect(await verifyPassword('a\u0308', await hashPassword('ä'))).toBe(true)
  })

  it.each(['', 'plain', 'scrypt$16384$8$5$$', 'md5$1$2$3$c2FsdA==$aGFzaA=='])(
    'do not fit %j',
    async stored => {
      expect(await verifyPassword('', stored)).toBe(false)
    },
  )

  it('are checked a few at a time', async () => {
    const checks = new PasswordChecks(1, 1)
    const stored = await hashPassword('right')
    expect(
      await Promise.all([
        checks.verify('right', stored),
        checks.verify('wrong', stored),
        checks.verify('right', stored),
      ]),
    ).toEqual([true, false, 'busy'])
    expect(await checks.verify('right', stored)).toBe(true)
  })
})
