import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SteppedClock } from '@picket/devices/runtime'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RangeQuery, StoredReading } from '../ports.ts'
import { openStores, type Stores } from '../sqlite/stores.ts'
import { CopyBrokenOff, type CopyParts, copyHistory } from './copy.ts'
import { CopyProgress, CopySource } from './copy-source.ts'
import { InfluxQlReadings } from './influxql.ts'
import { LineWriter } from './line-protocol.ts'
import type { RemoteReadings } from './readings.ts'
import { InfluxSender } from './send.ts'
import { isInstalled, type ServerProcess, startInfluxdb } from './server-processes.ts'

const T = Date.UTC(2026, 4, 1)
const COUNT = 10_500
const reading = (device: string, t: number, v: number, q = 1): StoredReading => {
  return { device, quantity: 'x', t: T + t, v, q }
}

describe.skipIf(!isInstalled('influxd'))('a copy of the store to influxdb 1.6.7', () => {
  let server: ServerProcess
  let folder: string
  let stores: Stores
  let parts: CopyParts
  let sender: InfluxSender
  let source: CopySource
  let progress: CopyProgress
  let remote: RemoteReadings
  let copied: number

  let databases = 0

  beforeAll(async () => {
    server = await startInfluxdb()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    const bucket = `copy_${databases++}`
    const body = new URLSearchParams({ q: `CREATE DATABASE ${bucket}` })
    await fetch(`${server.url}/query`, { method: 'POST', body })
    folder = mkdtempSync(join(tmpdir(), 'picket-copy-'))
    stores = openStores(join(folder, 'cloud.db'))
    stores.readings.append(Array.from({ length: COUNT }, (_, t) => reading('a', t, t / 7, 1 + (t % 4))))
    stores.readings.append([reading("it's, b", 0, 0.1 + 0.2), reading("it's, b", 5, -1e-9)])
    const config = { url: server.url, version: 1, org: '', bucket, read: 'influxql' } as const
    sender = new InfluxSender(config)
    source = new CopySource(stores.db.name)
    progress = new CopyProgress(join(folder, 'influx-copy.db'))
    remote = new InfluxQlReadings(config)
    copied = 0
    parts = {
      source,
      progress,
      lines: new LineWriter(),
      send: lines => sender.send(lines),
      remote,
      clock: new SteppedClock(T),
      onCopied: readings => {
        copied += readings
      },
    }
  })
  afterEach(async () => {
    sender.close()
    source.close()
    progress.close()
    await stores.close()
    rmSync(folder, { recursive: true })
  })

  const there = (query: Partial<RangeQuery> = {}) =>
    remote.range({
      device: 'a',
      quantity: 'x',
      from: T,
      to: T + COUNT,
      resolutionMs: 0,
      limit: COUNT,
      ...query,
    })

  it('has every reading there, and nothing to do the second time', async () => {
    expect(await copyHistory(parts)).toEqual({ series: 2, readings: COUNT + 2, dropped: 0, differences: [] })
    expect(copied).toBe(COUNT + 2)
    const here = { from: T, to: T + COUNT, resolutionMs: 0, limit: COUNT, quantity: 'x' }
    for (const device of ['a', "it's, b"])
      expect(await there({ device })).toEqual(await stores.readings.range({ ...here, device }))
    expect(await copyHistory(parts)).toMatchObject({ readings: 0, differences: [] })
    stores.readings.append([reading('a', COUNT, 1)])
    expect(await copyHistory(parts)).toMatchObject({ readings: 1 })
  })

  it('that broke off goes on where it was', async () => {
    let requests = 0
    const broken = copyHistory({
      ...parts,
      remote: {
        range: query =>
          ++requests === 2 ? Promise.reject(new Error('answered with status 500')) : remote.range(query),
      },
    })
    await expect(broken).rejects.toThrow(CopyBrokenOff)
    expect(copied).toBe(5000)
    expect(source.remaining(progress)).toBe(COUNT + 2 - 5000)
    expect(await copyHistory(parts)).toMatchObject({ readings: COUNT + 2 - 5000, differences: [] })
    expect(await there()).toHaveLength(COUNT)
  })

  it('writes again what changed meanwhile', async () => {
    let isFirst = true
    const result = await copyHistory({
      ...parts,
      async send(lines) {
        const outcome = await sender.send(lines)
        if (isFirst) {
          stores.readings.amend([reading('a', 3, 3 / 7, 4)])
          stores.readings.record([{ ...reading('a', 4, 0), v: null }])
        }
        isFirst = false
        return outcome
      },
    })
    expect(result).toMatchObject({ readings: COUNT + 1, differences: [] })
    expect((await there()).slice(2, 5).map(({ t, q }) => [t - T, q])).toEqual([
      [2, 3],
      [3, 4],
      [5, 2],
    ])
  })

  it('says where what is read back differs, and does not count it as copied', async () => {
    const result = await copyHistory({
      ...parts,
      send: lines => sender.send(lines.filter(line => !line.includes(`${T + 6000}`))),
    })
    expect(result.differences).toEqual([
      'a/x from 2026-05-01T00:00:05.000Z to 2026-05-01T00:00:09.999Z: 5000 readings here, 4999 there',
    ])
    expect(result.readings).toBe(5002)
    expect(await copyHistory(parts)).toMatchObject({ readings: COUNT - 5000, differences: [] })
  })

  it('looks at what the server kept, where that is not all', async () => {
    const keeps = (some: (line: string) => boolean) => async (lines: readonly string[]) => {
      await sender.send(lines.slice(100).filter(some))
      return { kind: 'written', dropped: Math.min(lines.length, 100) } as const
    }
    const faulty = await copyHistory({ ...parts, send: keeps(line => !line.endsWith(`${T + 4000}`)) })
    expect(faulty.differences).toEqual([
      'a/x from 2026-05-01T00:00:00.100Z to 2026-05-01T00:00:04.999Z: 4900 readings here, 4899 there',
    ])
    expect(await copyHistory({ ...parts, send: keeps(() => true) })).toEqual({
      series: 2,
      readings: COUNT - 300,
      dropped: 300,
      differences: [],
    })
  })
})
