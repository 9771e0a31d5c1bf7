import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Quality } from '@picket/devices'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { noBrowser, withBrowser } from '../support/browser.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import { GrafanaServer, MODULE } from './grafana-server.ts'

const notBuilt = existsSync(MODULE)
  ? undefined
  : "the test of Grafana's plugin skips: cloud/grafana/dist is not built; npm run grafana:test builds and tests it"
const skipped = noBrowser ?? notBuilt
if (skipped) console.warn(skipped)

const MINUTE = 60_000
const HOUR = 60 * MINUTE
// Ids that the registry takes, and that a path, a query, a header or a page might take for something else.
const HOSTILE = [
  '..',
  'a, b = "c" \'d\'',
  '裂缝 🏔️ <img src=x onerror=alert(1)>',
  '%2e%2e&device=crack-1?from=0;--',
  `${'x'.repeat(80)} \\ $device {{ .SecureJsonData.token }}`,
]
const PACK = `pack: slope
rules:
  - id: wide
    name: { en: Wide crack, zh: 裂缝过宽 }
    message: { en: "{device}: {w} mm", zh: "{device}：{w} mm" }
    select: { model: crack-meter }
    features: { w: displacement }
    levels: { orange: { when: w > 50, until: w < 40 } }
`

// biome-ignore lint/suspicious/noExplicitAny: what Grafana shows a plugin, checked by the tests
type Any = any
type Span = { from: number; to: number }

describe.skipIf(skipped)('the built plugin in Grafana', () => {
  const epoch = token()
  const start = Date.now() - 2 * HOUR
  let cloud: Installation
  let grafana: GrafanaServer
  let gateway: GatewayClient
  let sent = 0

  const deliver = async (device: string, points: [t: number, v: number][], quantity = 'displacement') => {
    const records = points.map(([t, v]) => ({ device, quantity, t, v, q: Quality.PASS }))
    await gateway.deliver({ epoch, firstSeq: sent, records })
    sent += records.length
  }

  beforeAll(async () => {
    cloud = await Installation.make({
      sites: [{ id: 'slope', name: { en: 'The slope', zh: '边坡' } }],
      devices: ['crack-1', ...HOSTILE].map(id => ({ id, model: 'crack-meter', site: 'slope' })),
      cloud: { rules: ['pack.yaml'] },
    })
    writeFileSync(join(cloud.folder, 'pack.yaml'), PACK)
    await cloud.startCloud()
    grafana = await GrafanaServer.start({
      jsonData: { url: cloud.api.base },
      secureJsonData: { token: cloud.api.authorization.authorization.replace('Bearer ', '') },
    })
    gateway = await GatewayClient.connect({
      url: `mqtt://127.0.0.1:${cloud.ports.mqtt}`,
      gateway: GATEWAY,
      password: cloud.gatewayPassword,
    })
    await gateway.greet()
    await deliver(
      'crack-1',
      Array.from({ length: 60 }, (_, n) => [start + n * MINUTE, n]),
    )
    for (const [index, id] of HOSTILE.entries()) await deliver(id, [[start, 10 + index]])
    await deliver(GATEWAY, [[start, 7]], 'outbox_age')
    // Old readings are judged as one, once no more of them come.
    await eventually(
      () => cloud.api.alarms(),
      alarms => alarms.length > 0,
    )
  }, 60_000)
  afterAll(async () => {
    gateway?.end()
    await grafana?.stop()
    await cloud?.remove()
  })

  /** A page of Grafana with the plugin in it; nothing may go wrong there, nor go elsewhere. */
  async function inGrafana(use: (page: Page) => Promise<void>): Promise<void> {
    await withBrowser(async (context, errors) => {
      const strayed: string[] = []
      context.on('request', request => {
        const isOwn = request.url().startsWith(`${grafana.origin}/grafana/`)
        if (!isOwn || request.headers().authorization) strayed.push(request.url())
      })
      const page = await context.newPage()
      await page.goto(`${grafana.origin}/grafana/`)
      await use(page)
      expect(errors).toEqual([])
      expect(strayed).toEqual([])
    })
  }

  const inPage = <T>(page: Page, call: string, ...values: unknown[]): Promise<T> =>
    page.evaluate(`(${call})(...${JSON.stringify(values)})`)
  const ask = (
    page: Page,
    target: object,
    span: Span = { from: start - HOUR, to: Date.now() },
  ): Promise<Any> => inPage(page, '(target, span) => grafana.ask(target, span)', target, span)
  const column = (frame: Any, name: string): Any[] =>
    frame?.fields.find((field: Any) => field.name === name)?.values

  it(
    'answers queries of every kind from the cloud',
    () =>
      inGrafana(async page => {
        const readings = await ask(page, {
          devices: ['crack-1'],
          quantities: ['displacement'],
          resolution: 'raw',
        })
        expect(readings).toMatchObject({ key: 'A', state: 'Done' })
        expect(column(readings.data[0], 'value')).toEqual(Array.from({ length: 60 }, (_, n) => n))
        expect(readings.data[0].fields[1]).toMatchObject({
          labels: { device: 'crack-1', quantity: 'displacement' },
          config: { displayNameFromDS: 'crack-1 · Crack opening', unit: 'lengthmm' },
        })
        const hours = await ask(page, {
          devices: ['crack-1'],
          quantities: ['displacement'],
          resolution: '1h',
          band: true,
        })
        const counted = column(hours.data[0], 'max').filter(value => value !== null)
        expect(counted.at(-1)).toBe(59)

        const alarms = (await ask(page, { kind: 'alarms' })).data[0]
        expect(column(alarms, 'device')).toEqual(['crack-1'])
        expect(column(alarms, 'onset')).toEqual([start + 51 * MINUTE])
        const annotations = (await ask(page, { kind: 'annotations' })).data[0]
        expect(column(annotations, 'tags')).toEqual([['orange', 'slope', 'crack-1']])
        expect(column(annotations, 'timeEnd')[0]).toBeGreaterThan(start + HOUR)
        const load = (await ask(page, { kind: 'alarm-load' })).data[0]
        expect(column(load, 'orange').filter(Boolean)).toEqual([1])
        const measures = (await ask(page, { kind: 'alarm-load', by: 'measures' })).data[0]
        expect(column(measures, 'atMost')[0]).toBe(144)

        const gateways = (await ask(page, { kind: 'gateways' })).data[0]
        expect(column(gateways, 'gateway')).toEqual([GATEWAY])
        expect(column(gateways, 'connected')).toEqual([true])
        const status = await ask(page, { devices: [GATEWAY], quantities: ['outbox_age'] })
        expect(column(status.data[0], 'value')).toEqual([7])
      }),
    40_000,
  )

  it(
    'fills variables, and takes their values as they are',
    () =>
      inGrafana(async page => {
        const choices = async (query: object): Promise<Any[]> =>
          column(((await inPage(page, 'query => grafana.choices(query)', query)) as Any).data[0], 'value')
        expect(await choices({ choices: 'sites' })).toEqual(['slope'])
        expect(await choices({ choices: 'devices', sites: ['slope'] })).toEqual(['crack-1', ...HOSTILE])
        expect(await choices({ choices: 'quantities', devices: ['..'] })).toEqual(['displacement', 'battery'])
        expect(await choices({ choices: 'gateways' })).toEqual([GATEWAY])

        await inPage(page, 'values => Object.assign(grafana.variables, values)', { device: HOSTILE })
        const { data } = await ask(page, { devices: ['$device'], quantities: ['displacement'] })
        expect(data.map((frame: Any) => frame.fields[1].labels.device)).toEqual(HOSTILE)
        expect(data.map((frame: Any) => column(frame, 'value'))).toEqual(
          HOSTILE.map((_, index) => [10 + index]),
        )
      }),
    40_000,
  )

  it(
    'reaches nothing but its routes, whatever names it is given',
    () =>
      inGrafana(async page => {
        const before = grafana.forwarded.length
        const names = [
          '../../rules',
          '..%2f..%2frules',
          'x?device=crack-1#',
          '\r\nX: y',
          '裂\u0000',
          'y'.repeat(1024),
        ]
        for (const name of names) {
          const one = await ask(page, { devices: [name], quantities: [name], resolution: name })
          expect(one).toMatchObject({ state: 'Error', data: [] })
          const two = await ask(page, { kind: 'alarms', sites: [name], devices: [name] })
          expect(two.state === 'Error' || column(two.data[0], 'id').length === 0).toBe(true)
        }
        for (const asked of grafana.forwarded.slice(before))
          expect(asked).toMatch(/^GET \/api\/v1\/(series|devices|alarms)(\?|$)/)

        const refused = await page.evaluate(async base => {
          const ways = [
            ['POST', 'picket/alarms'],
            ['GET', 'picket/rules'],
            ['GET', 'api/v1/rules'],
            ['DELETE', 'picket/session'],
          ] as const
          return Promise.all(
            ways.map(async ([method, path]) => (await fetch(`${base}${path}`, { method })).status),
          )
        }, '/grafana/api/datasources/proxy/uid/picket/')
        expect(refused).toEqual([502, 502, 502, 502])
      }),
    40_000,
  )

  it(
    'streams: readings and alarms as they come, and after the stream was cut',
    () =>
      inGrafana(async page => {
        const heard = (): Promise<Any[]> => inPage(page, '() => grafana.heard')
        const newest = async (): Promise<Any> => column((await heard()).at(-1)?.data[0], 'value')?.at(-1)
        const query = { devices: ['crack-1'], quantities: ['displacement'], resolution: 'raw', live: true }
        await inPage(page, '(query, span) => grafana.follow(query, span)', query, 3 * HOUR)
        await eventually(newest, value => value === 59)
        await deliver('crack-1', [[Date.now(), 60]])
        await eventually(newest, value => value === 60)
        expect((await heard()).every(({ state }) => state === 'Streaming')).toBe(true)
        grafana.cutStreams()
        await deliver('crack-1', [[Date.now(), 61]])
        await eventually(newest, value => value === 61)
        await deliver('crack-1', [[Date.now(), 62]])
        await eventually(newest, value => value === 62)

        await inPage(
          page,
          '(query, span) => grafana.follow(query, span)',
          { kind: 'alarms', live: true },
          3 * HOUR,
        )
        const cleared = async (): Promise<Any> => column((await heard()).at(-1)?.data[0], 'cleared')
        await eventually(cleared, times => times?.[0] === null)
        await deliver('crack-1', [[Date.now(), 1]])
        await eventually(cleared, times => typeof times?.[0] === 'number')
        await inPage(page, '() => grafana.endAll()')
      }),
    60_000,
  )

  it(
    'says whether cloud and token are right',
    () =>
      inGrafana(async page => {
        const health = (): Promise<Any> => inPage(page, '() => grafana.source.testDatasource()')
        expect(await health()).toMatchObject({
          status: 'success',
          message: expect.stringMatching(/^Picket .* answers/),
        })
        const { kept } = grafana
        grafana.kept = { ...kept, secureJsonData: { token: 'of somebody else' } }
        expect(await health()).toEqual({ status: 'error', message: 'Authentication to data source failed' })
        grafana.kept = kept
      }),
    40_000,
  )

  it(
    'has editors',
    () =>
      inGrafana(async page => {
        const changes = async (): Promise<Any> =>
          ((await inPage(page, '() => grafana.changes')) as Any[]).at(-1)
        await page.evaluate(
          `grafana.edit(grafana.plugin.components.QueryEditor, { query: { refId: 'A' } }, 'onChange')`,
        )
        await page.getByLabel('Devices').selectOption('..')
        await page.getByLabel('Quantities').selectOption('displacement')
        await page.getByLabel('Live').check()
        expect(await changes()).toEqual({
          refId: 'A',
          devices: ['..'],
          quantities: ['displacement'],
          live: true,
        })
        await page.getByLabel('Show').selectOption('alarm-load')
        await page.getByLabel('Count').selectOption('rule')
        expect(await changes()).toMatchObject({ kind: 'alarm-load', by: 'rule' })

        await page.evaluate(`grafana.edit(grafana.source.variables.editor, { query: {} }, 'onChange')`)
        await page.getByLabel('List').selectOption('devices')
        await page.getByLabel('Sites').selectOption('slope')
        expect(await changes()).toEqual({
          refId: 'Picket',
          choices: 'devices',
          sites: ['slope'],
          devices: [],
        })

        await page.evaluate(
          `grafana.edit(grafana.plugin.components.ConfigEditor, { options: { jsonData: {}, secureJsonFields: {} } }, 'onOptionsChange')`,
        )
        await page.getByLabel('Cloud').pressSequentially('https://u:p@picket.example.org//')
        await page.getByLabel('Token').fill('secret')
        expect(await changes()).toMatchObject({
          jsonData: { url: 'https://picket.example.org' },
          secureJsonData: { token: 'secret' },
        })

        await page.evaluate(`grafana.user.language = 'zh-Hans'`)
        await page.evaluate(
          `grafana.edit(grafana.plugin.components.QueryEditor, { query: { refId: 'A' } }, 'onChange')`,
        )
        await page.getByLabel('显示').selectOption({ label: '告警负荷' })
        await page.getByLabel('统计').selectOption({ label: '按规则' })
        expect(await changes()).toMatchObject({ kind: 'alarm-load', by: 'rule' })
      }),
    40_000,
  )
})
