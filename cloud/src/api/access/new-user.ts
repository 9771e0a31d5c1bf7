import { Id, StartError } from '@picket/devices'
import { Value } from 'typebox/value'
import type { AccountStore } from '../../stores/ports.ts'
import { hashPassword, type RandomBytes } from './password.ts'
import { hashSecret } from './secret.ts'

const SECRET_BYTES = 24
// What the program itself signs with: whoever had such a name would be taken for it.
const RESERVED = new Set(['files', 'cloud', 'shadow'])

/** Who is to be made. */
export interface NewUser {
  name: string
  role: 'admin' | 'viewer'
  /** With a token for programs that act for this person. */
  withToken: boolean
}

/**
 * Makes a further user: a life-safety rule needs a second person.
 *
 * @returns the password and the token, of which only hashes are kept: to be shown once
 * @throws StartError where the name cannot be had
 */
export async function makeUser(
  accounts: AccountStore,
  { name, role, withToken }: NewUser,
  randomBytes: RandomBytes,
): Promise<{ password: string; token: string | undefined }> {
  if (!Value.Check(Id, name) || RESERVED.has(name))
    throw new StartError('user-name', `"${name}" cannot be a user's name; use for example: li-wei`)
  if (accounts.user(name)) throw new StartError('user-exists', `there is a user ${name} already`)
  const secret = (): string => randomBytes(SECRET_BYTES).toString('base64url')
  const password = secret()
  const token = withToken ? secret() : undefined
  const passwordHash = await hashPassword(password, randomBytes)
  if (token !== undefined) accounts.putToken({ hash: hashSecret(token), name, role })
  accounts.putUser({ name, role, passwordHash })
  return { password, token }
}
