import { encodeBatch, Lane, type Reading } from '@picket/devices'
import { connectAsync } from 'mqtt'
import { uplinkThrough } from '../network/links.ts'
import { eventually } from '../support/api-client.ts'
import { GATEWAY } from '../support/installation.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { edgeInstallation, SENSORS } from './edge-installation.ts'

const MINUTE_MS = 60_000
const MINUTES_PER_DAY = 1440
const BATCHES_MEASURED = 20
/** IPv4 and TCP headers of a packet; each way at least one packet for each of batch, its PUBACK, the acknowledgement, its PUBACK. */
const HEADER_BYTES = 40
const PACKETS_PER_BATCH = 8

/** A minute of six water level gauges, 100 readings in all: tide, trend and noise, in millimetres. */
function minuteOf(begin: number): Reading[] {
  return Array.from({ length: 100 }, (_, at): Reading => {
    const sensor = at % SENSORS.length
    const t = begin + Math.floor(at / SENSORS.length) * 3600 + sensor * 137
    const level = 2 + sensor / 3 + Math.sin(t / 3e6 + sensor) / 4 + Math.sin(t * (sensor + 1)) / 250
    return {
      device: SENSORS[sensor] as string,
      quantity: 'level',
      t,
      v: Math.round(level * 1000) / 1000,
      q: 2,
    }
  })
}

/** What a batch of 100 readings a minute takes: as MQTT payload, and a day of it on the wire. */
export async function benchBytes(): Promise<object> {
  const now = Date.now()
  const epoch = '0123456789abcdef0123456789abcdef'
  const sizes = Array.from({ length: 60 }, (_, at) => {
    const records = minuteOf(now + at * MINUTE_MS)
    return encodeBatch({ epoch, lane: Lane.LIVE, firstSeq: at * 100, records }).length
  })
  const installation = await edgeInstallation()
  const proxy = await TcpProxy.start({ target: installation.ports.mqtt })
  uplinkThrough(installation, proxy)
  try {
    await installation.startCloud()
    await installation.startGateway()
    const sensor = await connectAsync(installation.fieldUrl)
    const settle = (): Promise<unknown> =>
      eventually(
        () => installation.api.custody(GATEWAY),
        ([custody]) => custody !== undefined && custody.missing.length === 0,
      )
    await settle()
    const before = proxy.bytes.up + proxy.bytes.down
    for (let batch = 0; batch < BATCHES_MEASURED; batch++) {
      const readings = minuteOf(now - (BATCHES_MEASURED - batch) * MINUTE_MS)
      // One commit, hence one batch: what the sensors of a minute say arrives together.
      await Promise.all(
        SENSORS.map(device => {
          const points = readings.filter(one => one.device === device).map(({ t, v }) => ({ t, v }))
          return sensor.publishAsync(`sensors/${device}/level`, JSON.stringify(points), { qos: 1 })
        }),
      )
      await eventually(
        () =>
          installation.api.readings(`${SENSORS[3]}/level`, {
            from: now - 2 * 3_600_000,
            to: now + MINUTE_MS,
          }),
        stored => stored.length >= (batch + 1) * 16,
      )
    }
    const perBatch = (proxy.bytes.up + proxy.bytes.down - before) / BATCHES_MEASURED
    await sensor.endAsync()
    return {
      payloadBytesPerReading: Math.round(sum(sizes) / sizes.length) / 100,
      mqttBytesPerBatchBothWays: Math.round(perBatch),
      dayOnTheWireBytes: Math.round((perBatch + PACKETS_PER_BATCH * HEADER_BYTES) * MINUTES_PER_DAY),
    }
  } finally {
    await installation.remove()
    await proxy.stop()
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
