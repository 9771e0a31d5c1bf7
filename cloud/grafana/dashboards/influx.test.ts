import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeviceTags, LineWriter } from '../../src/stores/influx/line-protocol.ts'
import { isInstalled, type ServerProcess, startInfluxdb } from '../../src/stores/influx/server-processes.ts'
import { dashboardFiles } from './files.ts'

const NOW = Date.UTC(2026, 6, 1, 8)
const HOUR = 3_600_000
const QUOTED = 'it\'s "a, b" (c.*) | 裂缝\\ 🏔️'
const SERIES = [
  ['crack-1', 'displacement'],
  [QUOTED, 'displacement'],
  ['gw-1', 'outbox_age'],
  ['gw-1', 'link_bytes_live'],
  ['picket-cloud', 'alarms_active_red'],
  ['picket-cloud', 'notifications_overdue'],
] as const

// As Grafana's InfluxDB data source fills them: the format `regex` escapes each value; an `allValue` is taken as it is.
const escapeRegex = (text: string): string => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')
function fill(query: string, values: Record<string, string>): string {
  return query
    .replaceAll('$timeFilter', `time >= ${NOW - 24 * HOUR}ms and time <= ${NOW}ms`)
    .replaceAll('$__interval', '1h')
    .replace(/\$\{(\w+):regex\}/g, (_, name: string) => {
      const value = values[name]
      return value === undefined ? '.*' : escapeRegex(value)
    })
}

const influx = [...dashboardFiles()]
  .filter(([file]) => file.startsWith('influx/'))
  .map(([, dashboard]) => dashboard)
const panels = influx.flatMap(({ uid, panels }) =>
  panels.map(({ title, targets }) => ({ name: `${uid}: ${title}`, query: String(targets[0]?.query) })),
)

describe.skipIf(!isInstalled('influxd'))("the dashboards' questions to Debian's influxdb", () => {
  let server: ServerProcess

  const ask = async (q: string): Promise<{ tags?: Record<string, string>; values: unknown[][] }[]> => {
    const response = await fetch(
      `${server.url}/query?${new URLSearchParams({ db: 'picket', q, epoch: 'ms' })}`,
    )
    const [result] = ((await response.json()) as { results: { error?: string; series?: [] }[] }).results
    if (!result || result.error) throw new Error(`${q}: ${result?.error}`)
    return result.series ?? []
  }

  beforeAll(async () => {
    server = await startInfluxdb()
    const writer = new LineWriter()
    const crack = { site: 'slope', model: 'crack-meter' }
    const tags: [string, DeviceTags][] = [
      ['crack-1', crack],
      [QUOTED, crack],
      ['gw-1', { model: 'gateway' }],
    ]
    writer.describe(new Map(tags))
    const lines = SERIES.flatMap(([device, quantity], index) => [
      writer.line({ device, quantity, t: NOW - 2 * HOUR, v: index + 1, q: 1 }),
      writer.line({ device, quantity, t: NOW - HOUR, v: 99, q: 4 }),
    ])
    await fetch(`${server.url}/write?db=picket&precision=ms`, { method: 'POST', body: lines.join('\n') })
  }, 20_000)
  afterAll(() => server?.stop())

  it.each(panels)('are understood: $name', async ({ query }) => {
    await ask(fill(query, { site: 'slope' }))
  })

  it('answer what a panel shows, without readings that failed', async () => {
    const values = async (name: string, chosen: Record<string, string> = {}) => {
      const panel = panels.find(one => one.name === name)
      const series = await ask(fill(panel?.query ?? '', chosen))
      const counted = series.map(({ tags, values }) => [
        Object.values(tags ?? {}).join(' '),
        values.flatMap(([, value]) => (value === null ? [] : [value])),
      ])
      return Object.fromEntries(counted)
    }
    expect(await values('picket-influx-site: $quantity')).toMatchObject({ 'crack-1': [1] })
    expect(await values('picket-influx-gateways: Age of the oldest waiting record')).toEqual({
      'gw-1 outbox_age': [3],
    })
    expect(await values("picket-influx-gateways: This month's bytes")).toEqual({
      'gw-1 link_bytes_live': [4],
    })
    expect(await values('picket-influx-alarm-load: Active alarms by level')).toEqual({
      alarms_active_red: [5],
    })
  })

  it('fill variables', async () => {
    const variables = influx.flatMap(({ uid, templating }) => templating.list.map(one => ({ uid, ...one })))
    const choices = async (uid: string, name: string) => {
      const variable = variables.find(one => one.uid === uid && one.name === name)
      const series = await ask(fill(String(variable?.query), { site: 'slope' }))
      return series.flatMap(({ values }) => values.map(([, value]) => value))
    }
    expect(await choices('picket-influx-site', 'site')).toEqual(['slope'])
    expect(await choices('picket-influx-site', 'device')).toHaveLength(2)
    expect(await choices('picket-influx-site', 'quantity')).toEqual(['displacement'])
    expect(await choices('picket-influx-gateways', 'gateway')).toEqual(['gw-1'])
  })

  it('take a chosen name as it is', async () => {
    const device = (await ask('SHOW TAG VALUES FROM "reading" WITH KEY = "device"'))[0]?.values
      .map(([, value]) => String(value))
      .find(value => value.startsWith('it'))
    const panel = panels.find(({ name }) => name === 'picket-influx-site: $quantity')
    const series = await ask(fill(panel?.query ?? '', { device: device ?? '' }))
    expect(series.map(({ tags }) => tags?.device)).toEqual([device])
  })
})
