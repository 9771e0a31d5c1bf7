import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createLog, systemClock } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCloud, startCloud } from './cloud.ts'
import type { CloudConfig } from './config.ts'
import { copyStore } from './store-copy.ts'
import { InfluxQlReadings } from './stores/influx/influxql.ts'
import { isInstalled, type ServerProcess, startInfluxdb } from './stores/influx/server-processes.ts'

const TOKEN = 'a-token-of-more-than-thirty-two-characters'
const log = createLog('test')
log.level = 'silent'

describe.skipIf(!isInstalled('influxd'))('a cloud with influxdb 1.6.7', () => {
  let server: ServerProcess
  let folder: string
  let config: CloudConfig
  let cloud: RunningCloud

  beforeAll(async () => {
    server = await startInfluxdb()
    folder = mkdtempSync(join(tmpdir(), 'picket-cloud-'))
    writeFileSync(join(folder, 'registry.yaml'), 'sites: []\ngateways: []\ndevices: []\n')
    config = {
      data: 'data',
      http: { host: '127.0.0.1', port: 0 },
      mqtt: { host: '127.0.0.1', port: 0 },
      registry: 'registry.yaml',
      notify: { channels: [] },
      influx: { url: server.url, version: 1, org: '', bucket: 'picket', read: 'influxql' },
    }
    cloud = await startCloud({
      config,
      resolve: path => resolve(folder, path),
      clock: systemClock,
      log,
      adminToken: TOKEN,
      onFailure(error) {
        throw error
      },
    })
  })
  afterAll(async () => {
    await cloud.stop()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const span = { from: Date.now() - 60_000, to: Date.now() + 600_000, resolutionMs: 0, limit: 100 }
  const disk = { device: 'picket-cloud', quantity: 'disk_free', ...span }

  it('ships what it stores, shows it, and copies it', async () => {
    const remote = new InfluxQlReadings(config.influx!)
    let there = await remote.range(disk)
    // Its own series begin with the start; they are shipped within half a second.
    while (there.length === 0) {
      await new Promise(resolve => setTimeout(resolve, 50))
      there = await remote.range(disk)
    }
    expect(there[0]?.v).toBeGreaterThan(0)
    const answer = await fetch(
      `http://127.0.0.1:${cloud.httpPort}/api/v1/series/picket-cloud/disk_free?resolution=raw`,
      { headers: { authorization: `Bearer ${TOKEN}` } },
    )
    expect(((await answer.json()) as { points: unknown }).points).toEqual(there)
    const said: string[] = []
    const result = await copyStore({
      config,
      resolve: path => resolve(folder, path),
      clock: systemClock,
      screen: { write: text => said.push(text) },
    })
    expect(result).toMatchObject({ dropped: 0, differences: [] })
    expect(result.readings).toBeGreaterThanOrEqual(4)
    expect(said.at(-1)).toMatch(/^\[#{30}\] 100 %, \d+ of \d+ readings, \d+\/s\n$/)
  })
})
