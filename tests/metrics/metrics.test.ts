import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, loadConfig } from '@picket/devices/runtime'
import { type Gateway, GatewayConfig, startGateway } from '@picket/edge'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { eventually } from '../support/api-client.ts'
import { ROOT } from '../support/installation.ts'
import { rowOf, samplesOf, seriesOf } from './page.ts'
import { noPromtool, promtool } from './promtool.ts'

const TOKEN = 'metrics-of-the-gateway-0123456789'
const DOCUMENTATION = readFileSync(join(ROOT, 'cloud', 'prometheus', 'README.md'), 'utf8')

const PACK = `pack: metrics
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{device}", zh: "{device}" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels: { orange: { when: stage > 3 } }
    notify: [nobody-there]
`

if (noPromtool) console.warn(noPromtool)

/** The rows of a table of the documentation, by its heading. */
function documented(heading: string): string[] {
  const [, section = ''] = DOCUMENTATION.split(`\n### ${heading}\n`)
  const [own = ''] = section.split('\n#')
  return own.split('\n').filter(line => line.startsWith('| `'))
}

let cloud: SteppedCloud
let gateway: Gateway
let pages: Record<'cloud' | 'gateway', string>

const gatewayPage = (headers: Record<string, string>, path = '/metrics', method = 'GET') =>
  fetch(`http://127.0.0.1:${gateway.metricsPort}${path}`, { headers, method })
const bearer = { authorization: `Bearer ${TOKEN}` }

beforeAll(async () => {
  cloud = await SteppedCloud.start(
    {
      rules: ['rules.yaml'],
      influx: { url: 'http://127.0.0.1:9', bucket: 'picket' },
      notify: { channels: [{ name: 'nobody-there', url: 'http://127.0.0.1:9' }] },
    },
    {
      'registry.yaml': registry([{ id: 'gauge', model: 'water-level-gauge' }]),
      'rules.yaml': PACK,
      secret: 'long-enough-secret',
    },
  )
  writeFileSync(join(cloud.folder, 'token'), `${TOKEN}\n`)
  const file = join(cloud.folder, 'gateway.yaml')
  writeFileSync(
    file,
    JSON.stringify({
      id: 'gw-1',
      data: join(cloud.folder, 'gateway'),
      sources: [{ type: 'mqtt', port: 0 }],
      cloud: { url: cloud.mqttUrl, passwordFile: 'secret' },
      metrics: { port: 0, tokenFile: 'token' },
    }),
  )
  const { config, ...place } = loadConfig(file, GatewayConfig)
  const log = createLog('gateway')
  log.level = 'silent'
  gateway = await startGateway({
    config,
    place: { file, ...place },
    password: 'long-enough-secret',
    log,
    clock: cloud.clock,
    token: () => '0123456789abcdef0123456789abcdef',
    random: () => 0,
  })
  const sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.sources()[0]?.port}`)
  await sensor.publishAsync('sensors/gauge/level', JSON.stringify([{ v: 4 }]), { qos: 1 })
  await sensor.publishAsync('sensors/gauge/level', 'no JSON', { qos: 1 })
  await sensor.endAsync()
  await gatewayPage({})
  await gateway.idle()
  pages = {
    // The notification fails, and InfluxDB is not there: both are said once they have been tried.
    cloud: await eventually(
      () => cloud.api.metrics(),
      page => /^picket_influx_up 0/m.test(page) && /^picket_notification_failures_total 1/m.test(page),
    ),
    gateway: await (await gatewayPage(bearer)).text(),
  }
}, 60_000)
afterAll(async () => {
  await gateway?.stop()
  await cloud.remove()
})

describe.each(['cloud', 'gateway'] as const)('the metrics of the %s', program => {
  it('are those that are documented, each with its type, unit, label and meaning', () => {
    expect(seriesOf(pages[program]).map(rowOf).sort()).toEqual(documented(`Series of the ${program}`).sort())
  })

  it.skipIf(noPromtool)('are found right by promtool', () => {
    expect(promtool(['check', 'metrics'], pages[program])).toEqual({ code: 0, output: '' })
  })
})

describe('a scrape', () => {
  it('of the cloud says what came in, what runs and what waits', () => {
    const samples = samplesOf(pages.cloud)
    const values = (...names: string[]) => names.map(name => samples.get(name))
    expect(values('picket_alarms_active{level="orange"}', 'picket_alarms_active{level="red"}')).toEqual([
      1, 0,
    ])
    expect(
      values('picket_gateway_up{gateway="gw-1"}', 'picket_gateway_missing_records{gateway="gw-1"}'),
    ).toEqual([1, 0])
    expect(values('picket_notifications_waiting', 'picket_batches_total')).toEqual([1, expect.any(Number)])
    expect(samples.get('picket_readings_stored_total')).toBeGreaterThan(0)
    expect(samples.get('picket_influx_waiting_entries')).toBeGreaterThan(0)
    expect(samples.get('picket_rule_evaluation_duration_seconds_count')).toBeGreaterThan(0)
    expect(samples.get('picket_gateway_last_seen_timestamp_seconds{gateway="gw-1"}')).toBe(
      cloud.clock.now() / 1000,
    )
  })

  it('of the gateway says what it took, refused and holds', () => {
    const samples = samplesOf(pages.gateway)
    expect(samples.get('picket_edge_link_up')).toBe(1)
    expect(samples.get('picket_edge_outbox_records')).toBe(0)
    expect(samples.get('picket_edge_records_committed_total')).toBeGreaterThan(1)
    expect(samples.get('picket_edge_commit_duration_seconds_count')).toBeGreaterThan(0)
    expect(samples.get('picket_edge_link_bytes_total{lane="live"}')).toBeGreaterThan(0)
    // What was no JSON, and the page asked for without its token.
    expect(samples.get('picket_edge_rejections_total')).toBe(2)
  })

  it('of the gateway needs its token, and gets nothing but the page', async () => {
    const statuses = [
      gatewayPage({}),
      gatewayPage({ authorization: `Bearer ${TOKEN}x` }),
      gatewayPage(bearer, '/'),
      gatewayPage(bearer, '/metrics', 'POST'),
    ].map(async answer => (await answer).status)
    expect(await Promise.all(statuses)).toEqual([401, 401, 404, 405])
  })
})
