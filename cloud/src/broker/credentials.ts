import { createHash, timingSafeEqual } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { idsOf, type Registry, StartError } from '@picket/devices'

const MOST_SECRET_BYTES = 4096

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

// A path may come over the API: a pipe would hold everything up, and a device never ends.
function readSmallFile(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile() || stat.size > MOST_SECRET_BYTES)
      throw Object.assign(new Error('no small file'), {
        code: `no file of ${MOST_SECRET_BYTES} bytes or less`,
      })
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function readSecret(gateway: string, file: string): string {
  let secret: string
  try {
    secret = readSmallFile(file).trim()
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
