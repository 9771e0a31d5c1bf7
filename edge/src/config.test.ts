import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewayConfig } from './config.ts'
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
      sources: [{ type: 'mqtt' }],
      floods: { perSecond: 1000, burst: 10_000 },
      devices: [],
      cloud: { url: 'mqtt://127.0.0.1:1883', passwordFile: './password' },
      outputs: {},
      outbox: {
        maxBytes: 2_000_000_000,
        maxAgeMs: 34_560_000_000,
        tailMs: 86_400_000,
        tailMaxBytes: 500_000_000,
      },
      commitEveryMs: 50,
      statusIntervalMs: 30_000,
    })
  })

  it('takes ports from the environment', () => {
    const example = new URL('../gateway.example.yaml', import.meta.url).pathname
    const { sources, cloud } = loadConfig(example, GatewayConfig, { PICKET_FIELD_MQTT_PORT: '2884' }).config
    expect(sources[0]).toMatchObject({ type: 'mqtt', port: 2884 })
    expect(cloud.url).toBe('mqtt://127.0.0.1:1883')
  })

  it.each([
    ['an unknown setting', `${LEAST}sqeed: 1\n`, /gateway\.yaml:4: .*sqeed/],
    ['a source without a type', `${LEAST}sources:\n  - port: 1884\n`, /gateway\.yaml:5: sources\.0/],
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
