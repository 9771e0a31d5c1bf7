import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@picket/devices/runtime'
import { expect, it } from 'vitest'
import { ConfigurationKeeper } from './configuration-keeper.ts'

it('what is wrong with the registry at the start is told by its file and line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-keeper-'))
  const registry = join(folder, 'fleet.yaml')
  writeFileSync(registry, 'sites: []\ngateways:\n  - { id: gw, site: dam, passwordFile: x }\ndevices: []\n')
  const start = () => new ConfigurationKeeper({ packs: [], models: [], registry }, [], createLog('test'))
  expect(start).toThrow(`${registry}:3: gateway "gw" stands at the unknown site "dam"`)
  rmSync(folder, { recursive: true })
})
