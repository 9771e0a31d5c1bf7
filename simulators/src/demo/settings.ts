import { resolve } from 'node:path'
import { StartError } from '@picket/devices'

/** What a user of `npm start` may set, by environment variables. */
export interface Settings {
  dataFolder: string
  httpPort: number
  mqttPort: number
  fieldPort: number
  adminPassword: string | undefined
  adminToken: string | undefined
}

const MIN_TOKEN_LENGTH = 32

/** @throws StartError that names the variable and what it may hold */
export function settingsFrom(environment: Record<string, string | undefined>): Settings {
  const settings = {
    dataFolder: resolve(environment.PICKET_DATA || './data'),
    httpPort: portFrom(environment, 'PICKET_HTTP_PORT', 8080),
    mqttPort: portFrom(environment, 'PICKET_MQTT_PORT', 1883),
    fieldPort: portFrom(environment, 'PICKET_FIELD_MQTT_PORT', 1884),
    adminPassword: environment.PICKET_ADMIN_PASSWORD || undefined,
    adminToken: environment.PICKET_ADMIN_TOKEN || undefined,
  }
  const ports = [settings.httpPort, settings.mqttPort, settings.fieldPort]
  if (new Set(ports).size < ports.length)
    throw new StartError(
      'setting-ports',
      'PICKET_HTTP_PORT, PICKET_MQTT_PORT and PICKET_FIELD_MQTT_PORT must differ',
    )
  if (settings.adminToken !== undefined && settings.adminToken.length < MIN_TOKEN_LENGTH)
    throw new StartError(
      'setting-token',
      `PICKET_ADMIN_TOKEN is shorter than ${MIN_TOKEN_LENGTH} characters; give a longer one, such as the output of "openssl rand -hex 32"`,
    )
  return settings
}

function portFrom(environment: Record<string, string | undefined>, name: string, fallback: number): number {
  const text = environment[name]
  if (!text) return fallback
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new StartError('setting-port', `${name} is "${text}"; give a port from 1 to 65535`)
}
