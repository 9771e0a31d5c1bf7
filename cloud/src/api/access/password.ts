import { randomBytes as cryptoRandomBytes, scrypt, timingSafeEqual } from 'node:crypto'

// OWASP Password Storage Cheat Sheet, scrypt at 16 MiB: N = 2^14, r = 8, p = 5.
const COST = { N: 2 ** 14, r: 8, p: 5 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Longest password, in UTF-16 units. */
export const MAX_PASSWORD_LENGTH = 1024

export type RandomBytes = (size: number) => Buffer

/** The hash of a password with a salt of its own: `scrypt$N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(
  password: string,
  randomBytes: RandomBytes = cryptoRandomBytes,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return format(salt, await derive(password, salt, COST))
}

/** A hash that nobody knows a password for: checking against it takes as long as against any other. */
export const hashOfNobody = (): string => format(cryptoRandomBytes(SALT_BYTES), cryptoRandomBytes(HASH_BYTES))

const format = (salt: Buffer, hash: Buffer): string =>
  ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$')

/** True where the password fits the hash. A hash that cannot be read fits no password. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [kind, N, r, p, salt, hash] = stored.split('$')
  if (kind !== 'scrypt' || !salt || !hash) return false
  const expected = Buffer.from(hash, 'base64')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const actual = await derive(password, Buffer.from(salt, 'base64'), cost)
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

// NFKC, so that a password typed on another keyboard is the same password (RFC 8265, section 4.2).
function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Derives keys a few at a time; each takes 16 MiB and a thread of the pool for a while. */
export class PasswordChecks {
  readonly #atOnce: number
  readonly #mayWait: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number, mayWait: number) {
    this.#atOnce = atOnce
    this.#mayWait = mayWait
  }

  /** The answer of `verifyPassword`, or `busy` where too many wait already. */
  async verify(password: string, stored: string): Promise<boolean | 'busy'> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mayWait) return 'busy'
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await verifyPassword(password, stored)
    } finally {
      // The place is handed on, so that nobody can slip in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
