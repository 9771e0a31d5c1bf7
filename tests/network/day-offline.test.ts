import { afterEach, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { Installation } from '../support/installation.ts'
import { Sensor } from '../support/sensor.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { uplinkThrough } from './links.ts'

const MINUTE_MS = 60_000
const MINUTES = 1440
const DEVICES = Array.from({ length: 20 }, (_, at) => `crack-${at}`)
const QUANTITY = 'battery'
/** What a weak mobile link carries. */
const BYTES_PER_SECOND = 8000
const LIVE_READINGS = 12

let installation: Installation | undefined
let proxy: TcpProxy | undefined
let sensors: Sensor[] = []

afterEach(async () => {
  for (const sensor of sensors) sensor.stop()
  await installation?.remove()
  await proxy?.stop()
})

// The value of a reading of a device at a minute: it creeps, and trembles a little.
const valueAt = (device: number, minute: number): number =>
  Math.round(1e3 * (device + minute / 500 + Math.sin(minute * (device + 1)))) / 1e3

it('after a day without a link the newest readings come first, and live ones do not wait for the backlog', async () => {
  installation = await Installation.make({
    sites: [{ id: 'hill', name: { en: 'Hill', zh: '山坡' } }],
    devices: DEVICES.map(id => ({ id, model: 'crack-meter', site: 'hill' })),
  })
  proxy = await TcpProxy.start({ target: installation.ports.mqtt })
  proxy.isUp = false
  uplinkThrough(installation, proxy)
  await installation.startCloud()
  await installation.startGateway()
  const { api, fieldUrl } = installation
  sensors = DEVICES.map(device => new Sensor({ url: fieldUrl, device, quantity: QUANTITY, window: 20 }))
  for (const sensor of sensors) sensor.start()
  const now = Date.now()
  // A day, an hour in each message: what the gateway holds is the same as if it had come minute by minute.
  for (let minute = 0; minute < MINUTES; minute += 60)
    for (const [at, sensor] of sensors.entries())
      sensor.send(
        ...Array.from({ length: 60 }, (_, offset) => ({
          t: now - (MINUTES - minute - offset) * MINUTE_MS,
          v: valueAt(at, minute + offset),
        })),
      )
  await Promise.all(sensors.map(sensor => sensor.drained()))
  const newest = Date.now()
  sensors[0]?.send({ t: newest, v: 1 })
  await sensors[0]?.drained()

  proxy.bytesPerSecond = BYTES_PER_SECOND
  proxy.isUp = true
  let returned = 0
  proxy.fate = () => {
    returned ||= performance.now()
    return { kind: 'pass' }
  }
  const series = `${DEVICES[0]}/${QUANTITY}`
  const isStored = async (t: number): Promise<boolean> =>
    (await api.readings(series, { from: t, to: t + 1 })).length > 0
  await eventually(
    () => isStored(newest),
    stored => stored,
  )
  const newestAfterMs = performance.now() - returned
  const latencies: number[] = []
  for (let left = LIVE_READINGS; left > 0; left--) {
    const t = Date.now()
    const sentAt = performance.now()
    sensors[0]?.send({ t, v: left })
    await eventually(
      () => isStored(t),
      stored => stored,
    )
    latencies.push(performance.now() - sentAt)
  }
  const [epoch] = await api.custody('gw-1')
  const drained = (epoch?.committed ?? []).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  latencies.sort((a, b) => a - b)
  console.log({
    backlog: MINUTES * DEVICES.length,
    newestAfterMs: Math.round(newestAfterMs),
    liveMedianMs: Math.round(latencies[LIVE_READINGS >> 1] as number),
    liveMostMs: Math.round(latencies.at(-1) as number),
    committedMeanwhile: drained,
    uplinkBytes: proxy.bytes.up,
  })
  expect(newestAfterMs).toBeLessThan(1000)
  expect(latencies[LIVE_READINGS >> 1]).toBeLessThan(1000)
}, 120_000)
