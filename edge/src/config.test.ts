import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { checkFieldHost, GatewayConfig } from './config.ts'
import { Folders } from './testing/test-gateway.ts'

const folders = new Folders()
afterEach(() => folders.remove())

const load = (text: string, environment = {}): GatewayConfig => {
  const file = join(folders.make(), 'gateway.yaml')
  writeFileSync(file, text)
  return loadConfig(file, GatewayConfig, environment).config
}
const LEAST = 'id: g\ndata: ./data\ncloud: { passwordFile: ./password }\n'

describe('the gateway file', () => {
  it('needs no more than an id, a folder and a password', () => {
    expect(load(LEAST)).toEqual({
      id: 'g',
      data: './data',
      field: { host: '127.0.0.1', port: 1884 },
      cloud: { url: 'mqtt://127.0.0.1:1883', passwordFile: './password' },
      outbox: { maxBytes: 2_000_000_000, tailMs: 86_400_000, tailMaxBytes: 500_000_000 },
      statusIntervalMs: 30_000,
    })
  })

  it('takes ports from the environment', () => {
    const example = new URL('../gateway.example.yaml', import.meta.url).pathname
    const { field, cloud } = loadConfig(example, GatewayConfig, { PICKET_FIELD_MQTT_PORT: '2884' }).config
    expect(field.port).toBe(2884)
    expect(cloud.url).toBe('mqtt://127.0.0.1:1883')
  })

  it.each([
    ['an unknown setting', `${LEAST}sqeed: 1\n`, /gateway\.yaml:4: .*sqeed/],
    ['a port that is none', `${LEAST}field:\n  port: 99999\n`, /gateway\.yaml:5: field\.port/],
    [
      'credentials in the address',
      'id: g\ndata: d\ncloud:\n  url: mqtt://a:b@c\n  passwordFile: p\n',
      /:4: cloud\.url/,
    ],
    ['no password', 'id: g\ndata: d\ncloud: {}\n', /gateway\.yaml:3: .*passwordFile/],
    ['a variable that is not set', `${LEAST}statusIntervalMs: \${NOWHERE}\n`, /NOWHERE is not set/],
  ])('is refused with %s, by file and line', (_, text, message) => {
    expect(() => load(text)).toThrow(message)
  })
})

describe('the host that sensors connect to', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('may be %s', host => {
    expect(() => checkFieldHost({ host, port: 1 })).not.toThrow()
  })

  it.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.local', '127.example.org'])(
    'may be %s only with credentials',
    host => {
      expect(() => checkFieldHost({ host, port: 1 })).toThrow(/usersFile/)
      expect(() => checkFieldHost({ host, port: 1, usersFile: 'x' })).not.toThrow()
    },
  )
})
