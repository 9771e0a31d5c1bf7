import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { eventually } from '../support/api-client.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { InfluxDb, noInfluxdb } from '../support/influxdb.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const PASSWORD = 'a gateway password'
const GAUGES = Array.from({ length: 20 }, (_, at) => `gauge-${at}`)
/** The shipper waits five minutes at most before it tries again, and this is real time. */
const COMES_BACK_MS = 400_000

if (noInfluxdb) console.warn(noInfluxdb)

// A real cloud with its thread, and a real server that is killed. Long: `npm run soak`.
describe.runIf(process.env.PICKET_SOAK && !noInfluxdb)('an InfluxDB that is gone for a day', () => {
  let server: InfluxDb
  let cloud: SteppedCloud
  let gateway: GatewayClient
  let begin: number
  const epoch = token()
  let next = 0

  beforeAll(async () => {
    server = await InfluxDb.start()
    const influx = { url: server.url, version: 1, bucket: 'picket', read: 'influxql' }
    const devices = GAUGES.map(id => ({ id, model: 'water-level-gauge' }))
    cloud = await SteppedCloud.start({ influx }, { 'registry.yaml': registry(devices), secret: PASSWORD })
    begin = cloud.clock.now()
    gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
  }, 60_000)
  afterAll(async () => {
    gateway.end()
    await cloud.remove()
    await server.remove()
  })

  /** Lets hours pass with a reading of each gauge a minute, ten minutes in a batch. */
  async function passes(hours: number): Promise<void> {
    for (const end = cloud.clock.now() + hours * HOUR_MS; cloud.clock.now() < end; ) {
      const from = cloud.clock.now()
      await cloud.advance(10 * MINUTE_MS, 10 * MINUTE_MS)
      const records = Array.from({ length: 10 }, (_, minute) =>
        GAUGES.map(device => {
          const t = from + (minute + 1) * MINUTE_MS
          return { device, quantity: 'level', t, v: valueAt(t), q: 2 }
        }),
      ).flat()
      await gateway.deliver({ epoch, firstSeq: next, records })
      next += records.length
    }
  }
  const valueAt = (t: number): number => (((t - begin) / MINUTE_MS) % 97) / 8
  const timesUntilNow = (): number[] =>
    Array.from({ length: (cloud.clock.now() - begin) / MINUTE_MS }, (_, at) => begin + (at + 1) * MINUTE_MS)
  const chart = (device: string) =>
    cloud.api.readings(`${device}/level`, { from: begin, to: cloud.clock.now() + 1 })
  const whole = () => timesUntilNow().map(t => ({ t, v: valueAt(t) }))
  const series = async (name: string): Promise<number> =>
    Number(new RegExp(`^picket_influx_${name} (\\S+)$`, 'm').exec(await cloud.api.metrics())?.[1])
  const allShipped = () =>
    eventually(
      () => series('waiting_entries'),
      waiting => waiting === 0,
      COMES_BACK_MS,
    )
  const atServer = async (): Promise<number> => {
    const [row] = await server.query(`SELECT count(value) FROM reading WHERE quantity = 'level'`)
    return Number(row?.[1])
  }

  it('is missed by nobody: charts are whole, nothing is lost, and nothing is there twice', async () => {
    await passes(1)
    await allShipped()
    expect(await atServer()).toBe(next)
    await server.kill()
    await passes(24)
    expect(await chart('gauge-7')).toEqual(whole())
    expect(await series('up')).toBe(0)
    expect(await series('lag_seconds')).toBeGreaterThanOrEqual(23 * 3600)
    await cloud.restart()
    gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
    await passes(1)
    expect(await chart('gauge-19')).toEqual(whole())

    await server.comeBack()
    await allShipped()
    expect(next).toBe(26 * 60 * GAUGES.length)
    expect(await atServer()).toBe(next)
    expect(await chart('gauge-0')).toEqual(whole())
    for (const what of ['quarantined_lines_total', 'dropped_lines_total', 'missed_entries_total'])
      expect(await series(what)).toBe(0)
  }, 600_000)
})
