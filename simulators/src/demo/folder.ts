import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import { openDataFolder, substituteEnvironment } from '@picket/devices/runtime'
import type { Settings } from './settings.ts'

/** The data folder of the demonstration and what lies in it. */
export interface DemoFolder {
  config(name: string): string
  logs: string
  /** The admin's first password, until it has been shown; undefined when the cloud already has its users. */
  firstPassword: string | undefined
  /** The password has been shown: it exists nowhere in the clear from now on. */
  forgetFirstPassword(): void
}

// People add devices to it, by hand or over the API. It holds neither ports nor paths of this machine.
const REGISTRY = 'registry.yaml'

/** What the configuration files need that no user sets: folders of the checkout, and where alarms are told. */
export interface DemoParts {
  /** Of the configuration files' templates. */
  templates: string
  /** Of the built console. */
  console: string
  dutyUrl: string
}

/**
 * Makes the data folder: the configuration files from their templates, with ports and paths filled in, and at
 * the first start the registry, the gateway's secret and the admin's password.
 *
 * @throws StartError where the folder cannot be written
 */
export function prepareFolder(settings: Settings, parts: DemoParts): DemoFolder {
  const { dataFolder } = settings
  try {
    openDataFolder(dataFolder)
    return prepare(settings, parts)
  } catch (error) {
    if (error instanceof StartError) throw new StartError(error.code, `${error.message} in PICKET_DATA`)
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw new StartError(
      'data-folder',
      `cannot write in the data folder ${dataFolder} (${code}); make it writable or set PICKET_DATA to another`,
    )
  }
}

function prepare(settings: Settings, { templates, console, dutyUrl }: DemoParts): DemoFolder {
  const { dataFolder } = settings
  for (const folder of ['config', 'logs', 'secrets'])
    mkdirSync(join(dataFolder, folder), { recursive: true, mode: 0o700 })
  const values = {
    PICKET_DATA: dataFolder,
    PICKET_CONSOLE: console,
    PICKET_DUTY_URL: dutyUrl,
    PICKET_HTTP_PORT: String(settings.httpPort),
    PICKET_MQTT_PORT: String(settings.mqttPort),
    PICKET_FIELD_MQTT_PORT: String(settings.fieldPort),
  }
  for (const name of readdirSync(templates)) {
    const file = join(dataFolder, 'config', name)
    if (name === REGISTRY && existsSync(file)) continue
    writeFileSync(file, substituteEnvironment(readFileSync(join(templates, name), 'utf8'), values))
  }
  secret(join(dataFolder, 'secrets', 'gateway'), () => randomBytes(32).toString('base64url'))
  const passwordFile = join(dataFolder, 'secrets', 'first-password')
  const firstStart = existsSync(passwordFile) || !existsSync(join(dataFolder, 'cloud'))
  return {
    config: name => join(dataFolder, 'config', name),
    logs: join(dataFolder, 'logs'),
    firstPassword: firstStart
      ? (settings.adminPassword ?? secret(passwordFile, () => randomBytes(12).toString('base64url')))
      : undefined,
    forgetFirstPassword: () => rmSync(passwordFile, { force: true }),
  }
}

/** The text of a file that only its owner may read; made where it does not exist. */
function secret(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flush: true })
  return readFileSync(file, 'utf8')
}
