import { StartError } from '@picket/devices'
import type { AccountStore } from '../../stores/ports.ts'
import { hashPassword, MAX_PASSWORD_LENGTH, type RandomBytes } from './password.ts'
import { hashSecret } from './secret.ts'

const ADMIN_USER = 'admin'
const MIN_TOKEN_LENGTH = 32
const MAX_TOKEN_LENGTH = 512
const GENERATED_PASSWORD_BYTES = 15

/**
 * Makes the admin account, and an admin token if one is given, where there is no admin account yet.
 *
 * @returns the password that was generated, to be shown once; nothing where one was given or the account stands
 * @throws StartError where the given password or token cannot be used; nothing is written then
 */
export async function ensureFirstRunAccounts(
  accounts: AccountStore,
  given: { adminPassword?: string | undefined; adminToken?: string | undefined; randomBytes: RandomBytes },
): Promise<{ generatedPassword?: string }> {
  if (accounts.user(ADMIN_USER)) return {}
  const { adminToken } = given
  if (adminToken) checkToken(adminToken)
  if (given.adminPassword && given.adminPassword.length > MAX_PASSWORD_LENGTH) {
    throw new StartError(
      'admin-password',
      `PICKET_ADMIN_PASSWORD is too long; use at most ${MAX_PASSWORD_LENGTH} characters`,
    )
  }
  const generated = given.adminPassword
    ? undefined
    : given.randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url')
  const password = given.adminPassword || (generated as string)
  const passwordHash = await hashPassword(password, given.randomBytes)
  // The user comes last: where this is cut short, the next start does all of it again.
  if (adminToken) accounts.putToken({ hash: hashSecret(adminToken), name: ADMIN_USER, role: 'admin' })
  accounts.putUser({ name: ADMIN_USER, role: 'admin', passwordHash })
  return generated === undefined ? {} : { generatedPassword: generated }
}

function checkToken(token: string): void {
  if (token.length < MIN_TOKEN_LENGTH || token.length > MAX_TOKEN_LENGTH) {
    throw new StartError(
      'admin-token',
      `PICKET_ADMIN_TOKEN has ${token.length} characters; use ${MIN_TOKEN_LENGTH} to ${MAX_TOKEN_LENGTH}, for example from: openssl rand -hex 32`,
    )
  }
  // What may stand in an Authorization header without quoting.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new StartError(
      'admin-token',
      'PICKET_ADMIN_TOKEN may hold only visible ASCII characters without blanks; use for example: openssl rand -hex 32',
    )
  }
}
