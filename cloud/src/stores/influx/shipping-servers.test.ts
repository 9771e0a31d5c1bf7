import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, systemClock } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStores, type Stores } from '../sqlite/stores.ts'
import { InfluxQlReadings } from './influxql.ts'
import { tagToName } from './line-protocol.ts'
import { InfluxSender } from './send.ts'
import { isInstalled, type ServerProcess, startInfluxdb, startVictoriaMetrics } from './server-processes.ts'
import { Shipping } from './shipping.ts'

const NOW = Date.UTC(2026, 4, 1)
const log = createLog('test')
log.level = 'silent'

const HOSTILE = [
  'plain',
  'with blanks  and, commas = equals',
  `"double" 'single' \`back\``,
  'a newline\nand\r\ttabs',
  '\\',
  'ends in a backslash\\',
  'looks escaped \\n \\, %0a %25',
  '裂缝计-1 🌊👩‍🚒',
  `\${1+1}') |> drop() // $device; DROP DATABASE picket; --`,
  '#comment',
  'x'.repeat(1024),
  '界'.repeat(341),
]
const points = HOSTILE.flatMap((name, at) => [
  { device: name, quantity: 'level', t: NOW + at, v: at + 0.1, q: 1 },
  { device: 'd', quantity: name, t: NOW + at, v: -1 / (at + 3), q: 3 },
])

const SERVERS = [
  { program: 'influxd', version: 1, digits: 17, start: startInfluxdb, read: readInfluxdb },
  // It keeps doubles to some 12 decimal digits.
  {
    program: 'victoria-metrics',
    version: 2,
    digits: 10,
    start: startVictoriaMetrics,
    read: readVictoriaMetrics,
  },
] as const

describe.each(SERVERS)('readings shipped to $program', ({ program, version, digits, start, read }) => {
  let server: ServerProcess
  let folder: string
  let stores: Stores
  let shipping: Shipping

  if (!isInstalled(program)) {
    it.skip(`${program} is not installed: nothing is shipped to it for real`, () => {})
    return
  }
  beforeAll(async () => {
    server = await start()
    folder = mkdtempSync(join(tmpdir(), 'picket-shipped-'))
    stores = openStores(join(folder, 'cloud.db'))
    stores.journal.keepAfter(0)
  })
  afterAll(async () => {
    await shipping.stop()
    await stores.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  it('are there with their names, values and flags, whatever they are called', async () => {
    stores.journal.append({
      kind: 'readings',
      now: NOW,
      readings: [{ ...points[0]!, v: 0.1 + 0.2, t: NOW - 1 }],
    })
    // As values of derived series, since the encoding of readings has no names so long.
    stores.journal.appendRecorded(points)
    await new Promise<void>(resolve => {
      shipping = new Shipping({
        influx: { url: server.url, version, org: '', bucket: 'picket', read: 'local' },
        folder,
        clock: systemClock,
        log,
        onStatus: ({ shipped }) => shipped === stores.journal.last && resolve(),
      })
      shipping.start(new Map([['plain', { site: 'S 1', model: 'm' }]]))
    })
    const there = await read(server.url, points.length + 1)
    const kept = ({ v, ...rest }: There) => ({ ...rest, v: Number(v.toPrecision(digits)) })
    const sent = [{ ...points[0]!, v: 0.1 + 0.2, t: NOW - 1 }, ...points]
    expect(there.map(kept).sort(byPlace)).toEqual(sent.map(kept).sort(byPlace))
  })
})

it.skipIf(!isInstalled('influxd'))(
  'influxd that wants a user and a password is written to and read',
  async () => {
    const server = await startInfluxdb({ name: 'picket', password: 'pass: wörd' })
    const folder = mkdtempSync(join(tmpdir(), 'picket-user-'))
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'picket:pass: wörd\n')
    const influx = { url: server.url, version: 1, org: '', bucket: 'picket', read: 'influxql' } as const
    const line = `reading,device=d,quantity=x value=1,quality=1i ${NOW}`
    const query = { device: 'd', quantity: 'x', from: NOW, to: NOW + 1, resolutionMs: 0, limit: 5 }
    try {
      const stranger = new InfluxSender(influx)
      expect(await stranger.send([line])).toMatchObject({ error: expect.stringContaining('status 401') })
      stranger.close()
      const sender = new InfluxSender({ ...influx, tokenFile })
      expect(await sender.send([line])).toEqual({ kind: 'written', dropped: 0 })
      sender.close()
      expect(await new InfluxQlReadings({ ...influx, tokenFile }).range(query)).toMatchObject([{ v: 1 }])
    } finally {
      await server.stop()
      rmSync(folder, { recursive: true })
    }
  },
)

type There = (typeof points)[number]
const placeOf = ({ device, quantity, t }: There): string => JSON.stringify([device, quantity, t])
const byPlace = (a: There, b: There): number => (placeOf(a) < placeOf(b) ? -1 : 1)

async function readInfluxdb(url: string): Promise<There[]> {
  const q = 'SELECT device::tag, quantity::tag, value, quality FROM reading'
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db: 'picket', epoch: 'ms', q })}`)
  const { results } = (await answer.json()) as {
    results: { series: { values: [number, string, string, number, number][] }[] }[]
  }
  return results[0]!.series[0]!.values.map(([t, device, quantity, v, q]) => ({
    device: tagToName(device),
    quantity: tagToName(quantity),
    t,
    v,
    q,
  }))
}

// It shows what it took within two seconds.
async function readVictoriaMetrics(url: string, count: number): Promise<There[]> {
  for (;;) {
    await fetch(`${url}/internal/force_flush`)
    const found = new Map<string, There>()
    const body = new URLSearchParams({ 'match[]': '{__name__=~"reading_(value|quality)"}' })
    const lines = (await (await fetch(`${url}/api/v1/export`, { method: 'POST', body })).text()).trim()
    for (const line of lines ? lines.split('\n') : []) {
      const { metric, values, timestamps } = JSON.parse(line)
      timestamps.forEach((t: number, at: number) => {
        const device = tagToName(metric.device)
        const quantity = tagToName(metric.quantity)
        const key = JSON.stringify([device, quantity, t])
        const one = found.get(key) ?? { device, quantity, t, v: Number.NaN, q: 0 }
        found.set(key, one)
        if (metric.__name__ === 'reading_value') one.v = values[at]
        else one.q = values[at]
      })
    }
    if (found.size >= count) return [...found.values()]
  }
}
