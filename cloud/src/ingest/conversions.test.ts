import { join } from 'node:path'
import { Quality, type Reading } from '@picket/devices'
import { createLog } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import type { Configuration } from '../stores/sqlite/journal.ts'
import {
  configurationWith,
  GATEWAY,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'
import { verifyJournal } from './verification.ts'

const MINUTE = 60_000

const PACK = `pack: seepage
rules:
  - id: pressure-high
    name: { en: Pressure, zh: 孔压 }
    message: { en: "{device} at {p} kPa", zh: "{device} {p} kPa" }
    select: { model: pore-pressure }
    features: { p: pressure }
    levels: { red: { when: p > 29, until: p < 20 } }
    notify: [duty]
`

const SHEET = {
  ...{ a: -1.5e-5, b: 0.002, c: 140, zeroBarometerKpa: 101 },
  ...{ thermal: 0.05, zeroTemperatureCel: 20 },
}

/** A piezometer and the barometer of its site. */
function seepage(pressure: object = SHEET): Configuration {
  const device = (id: string, model: string) => ({ id, model, site: 's', gateways: [GATEWAY] })
  return {
    ...configurationWith([], PACK, ['pore-pressure', 'pressure-level-gauge']),
    registry: JSON.stringify({
      sites: [{ id: 's', name: { en: 'S', zh: 'S' } }],
      gateways: [{ id: GATEWAY, passwordFile: 'unused' }],
      devices: [
        { ...device('p', 'pore-pressure'), calibration: { pressure, head: {} } },
        device('b', 'pressure-level-gauge'),
      ],
    }),
  }
}

const raw = (series: string, minute: number, v: number): Reading => {
  const [device = '', quantity = ''] = series.split('/')
  return { device, quantity, t: NOW + minute * MINUTE, v, q: Quality.NOT_EVALUATED }
}

describe('conversions on the way of a reading', () => {
  let opened: TestIngest[] = []
  const open = async (folder?: string): Promise<TestIngest> => {
    const one = await openIngest([], folder)
    opened.push(one)
    if (folder === undefined) await one.configure(mustCompile(seepage()))
    return one
  }
  afterEach(async () => {
    for (const { stores, folder } of opened) {
      if (stores.db.open) await stores.close()
      removeFolder(folder)
    }
    opened = []
  })

  const stored = ({ stores }: TestIngest, series: string): Reading | undefined =>
    stores.readings.latest().get(series)
  const reasons = ({ stores }: TestIngest): [string, number][] =>
    stores.quarantine.rejections({ limit: 9 }).map(({ reason, count }) => [reason, count])

  it('store raw values and what comes of them, and rules see that', async () => {
    const used = await open()
    const { outcomes, recorded } = await used.send(0, [
      raw('b/air_pressure', 0, 99),
      raw('p/frequency', 0, 2800),
      raw('p/temperature', 0, 20),
    ])
    expect(outcomes[0]?.stored.map(({ quantity }) => quantity)).toEqual([
      ...['air_pressure', 'frequency', 'temperature'],
      ...['pressure', 'head'],
    ])
    expect(stored(used, 'p/frequency')?.v).toBe(2800)
    expect(stored(used, 'p/pressure')?.v).toBeCloseTo(30, 9)
    expect(recorded.alarms.size).toBe(1)
  })

  it('wait for an input across batches and a kill, and the journal replays to the same', async () => {
    const before = await open()
    await before.send(0, [raw('p/frequency', 0, 2800), raw('p/temperature', 0, 20)])
    expect(stored(before, 'p/pressure')).toBeUndefined()
    await before.kill()
    const used = await open(before.folder)
    const { recorded } = await used.send(2, [raw('b/air_pressure', 5, 99)])
    expect(stored(used, 'p/pressure')).toMatchObject({ t: NOW })
    expect(recorded.alarms.size).toBe(1)
    const log = createLog('test')
    log.level = 'silent'
    expect(verifyJournal(join(used.folder, 'cloud.db'), new Set(['duty']), log)).toMatchObject({
      readings: 5,
      transitions: 1,
      differences: [],
    })
  })

  it('count what has no result, and store none', async () => {
    const used = await open()
    await used.send(0, [
      raw('b/air_pressure', 0, 101),
      raw('p/frequency', 0, 0),
      raw('p/temperature', 0, 20),
      raw('p/frequency', -90, 2800),
    ])
    used.clock.advanceTo(NOW + 31 * MINUTE)
    await used.send(4, [raw('b/air_pressure', 20, 101)])
    expect(stored(used, 'p/pressure')).toBeUndefined()
    expect(reasons(used)).toEqual([
      ['conversion: an input did not come in time', 1],
      ['conversion: the inputs have no result', 1],
    ])
  })

  it('leave a value that the device sent itself, and take a calibration that is put right', async () => {
    const used = await open()
    await used.send(0, [raw('p/pressure', 0, 7), raw('p/frequency', 0, 2800), raw('p/temperature', 0, 20)])
    await used.configure(mustCompile(seepage({ a: -1.5e-5, b: 0.002, c: 141 })))
    await used.send(3, [raw('b/air_pressure', 0, 101), raw('p/frequency', 1, 2800)])
    const points = used.stores.readings.between({ device: 'p', quantity: 'pressure' }, NOW, NOW + MINUTE)
    expect(points.map(({ v }) => v.toFixed(3))).toEqual(['7.000', '29.000'])
  })

  it('carry the worst flag of their inputs', async () => {
    const used = await open()
    // The range of a barometer ends at 110 kPa.
    await used.send(0, [
      raw('b/air_pressure', 0, 120),
      raw('p/frequency', 0, 2800),
      raw('p/temperature', 0, 20),
    ])
    expect(stored(used, 'p/pressure')?.q).toBe(Quality.FAIL)
    expect(stored(used, 'p/head')?.q).toBe(Quality.FAIL)
  })
})
