import { createHash, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { formatFileFault, readYaml, StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'

/** The credentials of the sensors, as a file of its own. */
export const SensorUsersFile = Type.Array(
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 128, description: 'user name, and the MQTT client id' }),
      password: Type.String({ minLength: 8 }),
      devices: Type.Optional(
        Type.Array(Type.String(), { description: 'ids it may speak for; without this, its own name' }),
      ),
    },
    { additionalProperties: false },
  ),
)

/** Who may connect in the field, and for which devices each may speak. */
export class SensorUsers {
  readonly #users = new Map<string, { digest: Buffer; devices: ReadonlySet<string> }>()

  constructor(users: Static<typeof SensorUsersFile>) {
    for (const { name, password, devices } of users)
      this.#users.set(name, { digest: digest(password), devices: new Set(devices ?? [name]) })
  }

  /**
   * True for the right password of a user whose client id is its name: the client id is what a message is
   * known by, so nobody may connect under another's.
   */
  accepts(clientId: string, username: string | undefined, password: Buffer | undefined): boolean {
    const user = this.#users.get(username ?? '')
    if (!user || !password || clientId !== username) return false
    return timingSafeEqual(user.digest, digest(password))
  }

  maySpeakFor(clientId: string, device: string): boolean {
    return this.#users.get(clientId)?.devices.has(device) ?? false
  }
}

/** @throws StartError where the file is missing, open to others, or not as it should be */
export function readSensorUsers(file: string): SensorUsers {
  if (!existsSync(file)) throw new StartError('users-missing', `no file of sensor credentials at ${file}`)
  if ((statSync(file).mode & 0o077) !== 0)
    throw new StartError(
      'users-readable',
      `${file} holds passwords and is open to other users; chmod 600 ${file}`,
    )
  const result = readYaml(readFileSync(file, 'utf8'), file, SensorUsersFile)
  if (!result.ok)
    throw new StartError('users-invalid', result.faults.slice(0, 5).map(formatFileFault).join('; '))
  return new SensorUsers(result.document.value)
}

const digest = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest()
