import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { idsOf, type Registry, StartError } from '@picket/devices'

const digest = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest()

// Compared where a gateway is unknown, so that an unknown id takes as long as a wrong password.
const NOBODY = digest('')

/** The gateways' passwords, kept as digests. */
export class Credentials {
  readonly #digests = new Map<string, Buffer>()

  /**
   * @param resolve - turns a path of the registry into one to open
   * @throws StartError where a password file cannot be read or is empty
   */
  constructor(registry: Registry, resolve: (path: string) => string) {
    for (const { id, formerly, passwordFile } of registry.gateways) {
      const secret = digest(readSecret(id, resolve(passwordFile)))
      for (const name of idsOf({ id, formerly })) this.#digests.set(name, secret)
    }
  }

  /** Whether it is the password of the gateway that has, or had, this id. */
  check(gateway: string, password: Buffer | undefined): boolean {
    const known = this.#digests.get(gateway)
    const same = timingSafeEqual(known ?? NOBODY, digest(password ?? ''))
    return same && known !== undefined && password !== undefined && password.length > 0
  }

  /** Ids under which somebody could speak, and in `later` cannot with the same password. */
  revokedBy(later: Credentials): string[] {
    return [...this.#digests].flatMap(([id, known]) => {
      const other = later.#digests.get(id)
      return other && timingSafeEqual(known, other) ? [] : [id]
    })
  }
}

function readSecret(gateway: string, file: string): string {
  let secret: string
  try {
    secret = readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(
      'gateway-password',
      `cannot read the password of gateway ${gateway} from ${file} (${code})`,
    )
  }
  if (secret.length < 8) {
    throw new StartError(
      'gateway-password',
      `the password of gateway ${gateway} in ${file} is shorter than 8 characters`,
    )
  }
  return secret
}
