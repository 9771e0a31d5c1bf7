import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@picket/devices/runtime'
import { afterEach, expect, it } from 'vitest'
import { copyStore } from './store-copy.ts'
import { openStores } from './stores/sqlite/stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'picket-store-copy-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('takes a registry whose devices have values for parameters of rules, which a copy does not read', async () => {
  mkdirSync(join(folder, 'data'))
  await openStores(join(folder, 'data', 'cloud.db')).close()
  writeFileSync(
    join(folder, 'registry.yaml'),
    `sites: [{ id: slope, name: { en: Slope, zh: 边坡 } }]
gateways: [{ id: gate, passwordFile: password }]
devices: [{ id: crack, model: crack-meter, site: slope, gateways: [gate], parameters: { creep: 5 } }]
`,
  )
  const result = await copyStore({
    config: {
      data: 'data',
      http: { host: '127.0.0.1', port: 0 },
      mqtt: { host: '127.0.0.1', port: 0 },
      registry: 'registry.yaml',
      notify: { channels: [] },
      influx: { url: 'http://127.0.0.1:1', version: 2, org: '', bucket: 'picket', read: 'local' },
    },
    resolve: path => (path.startsWith('/') ? path : join(folder, path)),
    clock: systemClock,
    screen: { write: () => true },
  })
  expect(result).toEqual({ series: 0, readings: 0, dropped: 0, differences: [] })
})
