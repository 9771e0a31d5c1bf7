import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeGateway, startFakeGateway } from '../fakes/gateway.ts'
import { barOf } from './progress-bar.ts'
import { type ReplayOptions, replay } from './replay.ts'

const RAIN = new URL('fixtures/', import.meta.url)

describe('replay', () => {
  let gateway: FakeGateway
  let folder: string
  let options: ReplayOptions

  beforeEach(async () => {
    gateway = await startFakeGateway()
    folder = mkdtempSync(join(tmpdir(), 'picket-replay-'))
    options = {
      file: new URL('usgs-missing-hours-and-crlf.txt', RAIN).pathname,
      device: 'gauge',
      quantity: 'rain',
      url: gateway.url,
      layout: {
        fixedWidth: '..YYYYMMDDHHVVV',
        separator: ',',
        header: true,
        time: '1',
        value: '2',
        utcOffsetMs: 0,
        scale: 0.254,
        missing: [],
      },
      speed: Number.POSITIVE_INFINITY,
      batch: 4,
      patienceMs: 10_000,
    }
  })
  afterEach(async () => {
    rmSync(folder, { recursive: true })
    await gateway.stop()
  })

  it('publishes a record with its own times and accounts for every line', async () => {
    const summary = await replay(options)
    expect(summary).toEqual({
      lines: 9,
      sent: 6,
      acknowledged: 6,
      skipped: { missing: 0, time: 1, value: 1, columns: 1 },
      from: '2010-07-24T00:00:00.000Z',
      to: '2010-07-25T00:00:00.000Z',
    })
    expect(gateway.readings.map(({ device, quantity }) => `${device}/${quantity}`)[0]).toBe('gauge/rain')
    expect(gateway.readings.map(({ v }) => v)).toEqual([0, 3.302, 0.254, 0, 2.54, 0.508])
    expect(gateway.messages).toBe(2)
  })

  it('keeps the distances of the record at a speed', async () => {
    const file = join(folder, 'three.csv')
    writeFileSync(file, 'time,v\n2020-01-01T00:00:00Z,1\n2020-01-01T00:01:00Z,2\n2020-01-01T00:02:00Z,3\n')
    const layout = { ...options.layout, time: 'time', value: 'v', scale: 1 }
    const { fixedWidth: _, ...separated } = layout
    const started = performance.now()
    const summary = await replay({ ...options, file, layout: separated, speed: 1000, batch: 100 })
    expect(performance.now() - started).toBeGreaterThan(115)
    expect(summary.acknowledged).toBe(3)
    // None waited for its successor.
    expect(gateway.messages).toBe(3)
  })

  it('sends again after a lost connection, and ends with everything acknowledged', async () => {
    gateway.silent = true
    const replaying = replay(options)
    await gateway.until(() => gateway.messages >= 2)
    gateway.silent = false
    gateway.disconnect()
    expect(await replaying).toMatchObject({ sent: 6, acknowledged: 6 })
  })

  it('gives up on a gateway that does not acknowledge, and says how much is open', async () => {
    gateway.silent = true
    expect(await replay({ ...options, patienceMs: 200 })).toMatchObject({ sent: 6, acknowledged: 0 })
  })

  it('ends when it is aborted', async () => {
    const abort = new AbortController()
    gateway.silent = true
    const replaying = replay({ ...options, signal: abort.signal })
    await gateway.until(() => gateway.messages >= 1)
    abort.abort()
    expect((await replaying).acknowledged).toBe(0)
  })

  it('names a file that is not there', async () => {
    await expect(replay({ ...options, file: join(folder, 'none') })).rejects.toThrow('cannot read')
  })
})

const SEATTLE = new URL('../../../../shared/data/usgs-landslide-thresholds/KBFI_t.txt', import.meta.url)
  .pathname
const recorded = existsSync(SEATTLE)

it.skipIf(!recorded)(
  `replays a real gauge whole${recorded ? '' : ' (skipped: ../shared/data is absent)'}`,
  async () => {
    const gateway = await startFakeGateway()
    const layout = { separator: ',', header: false, time: '1', value: '2', missing: [] }
    const summary = await replay({
      file: SEATTLE,
      device: 'kbfi',
      quantity: 'rain',
      url: gateway.url,
      layout: { ...layout, fixedWidth: '..YYYYMMDDHHVVV', scale: 0.254, utcOffsetMs: -8 * 3_600_000 },
      speed: Number.POSITIVE_INFINITY,
      batch: 200,
      patienceMs: 20_000,
    })
    await gateway.stop()
    expect(summary).toMatchObject({ lines: 12_507, sent: 12_507, acknowledged: 12_507 })
    expect(gateway.readings).toHaveLength(12_507)
    // 56.54 inches, added up from the file's own columns.
    expect(gateway.readings.reduce((sum, { v }) => sum + v, 0)).toBeCloseTo(1436.116, 3)
  },
)

it('draws a bar', () => {
  expect(barOf(0.5)).toBe(`[${'='.repeat(15)}${' '.repeat(15)}]  50 %`)
})
