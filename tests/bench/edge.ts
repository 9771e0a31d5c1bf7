import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { encodeBatch, Lane, type Reading } from '@picket/devices'
import { connectAsync } from 'mqtt'
import { uplinkThrough } from '../network/links.ts'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation, ROOT } from '../support/installation.ts'
import { type Program, runToEnd } from '../support/program.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { memoryOf } from './metrics.ts'

const SECONDS = Number(process.env.PICKET_BENCH_SECONDS ?? 15)
const BACKLOG = Number(process.env.PICKET_BENCH_BACKLOG ?? 5_000_000)
const DEVICES = 900
const TICKS_PER_SECOND = 100
const MINUTE_MS = 60_000
const MINUTES_PER_DAY = 1440
const BATCHES_MEASURED = 20
/** IPv4 and TCP headers of a packet; each way at least one packet for each of batch, its PUBACK, the acknowledgement, its PUBACK. */
const HEADER_BYTES = 40
const PACKETS_PER_BATCH = 8

const device = (id: string) => ({ id, model: 'water-level-gauge', site: 'bench' })

/** Measures the gateway alone, with real processes on this machine, and prints JSON. */
export async function benchEdge(): Promise<void> {
  const report = {
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}`,
    withoutLink: await benchIntake(),
    bytes: await benchBytes(),
    backlog: await benchBacklog(),
    // Without rules of the gateway's own.
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}

async function installed(): Promise<Installation> {
  return Installation.make({
    sites: [{ id: 'bench', name: { en: 'Bench', zh: '测试' } }],
    devices: [
      ...Array.from({ length: DEVICES }, (_, at) => device(`load-${at}`)),
      ...SENSORS.map(device),
      device('live'),
    ],
  })
}

async function benchIntake(): Promise<object> {
  const installation = await installed()
  try {
    // What strips types is loaded at the first start only, as on a gateway that was ever started before.
    await (await installation.startGateway()).stop()
    const begun = performance.now()
    const gateway = await installation.startGateway()
    const sensor = await connectAsync(installation.fieldUrl)
    await sensor.publishAsync('sensors/load-0/level', '{"v":1}', { qos: 1 })
    const startToFirstMs = Math.round(performance.now() - begun)
    await sensor.endAsync()
    const load = (batch: number, rate: number | 'max') => measure(installation, gateway, { batch, rate })
    return {
      startToFirstAcknowledgedMs: startToFirstMs,
      at50: await load(1, 50),
      at1000: await load(1, 1000),
      batchesOf100: await load(100, 'max'),
      single: await load(1, 'max'),
    }
  } finally {
    await installation.remove()
  }
}

/** Plays a load at a gateway and says what it cost. */
async function measure(
  { fieldUrl }: Installation,
  gateway: Program,
  { batch, rate }: { batch: number; rate: number | 'max' },
): Promise<object> {
  const before = { cpu: cpuSecondsOf(gateway), written: writtenBytesOf(gateway) }
  const begun = performance.now()
  const words = { url: fieldUrl, devices: DEVICES, batch, rate, duration: SECONDS }
  const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, [
    'load',
    ...Object.entries(words).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ])
  const seconds = (performance.now() - begun) / 1000
  const { acknowledged, rate: perSecond } = JSON.parse(output) as { acknowledged: number; rate: number }
  const cpu = cpuSecondsOf(gateway) - before.cpu
  return {
    acknowledgedPerSecond: Math.round(perSecond),
    coreShare: Math.round((cpu / seconds) * 1000) / 1000,
    // Others may have had the cores: this is what one core alone would do.
    perSecondOfOneCore: Math.round(acknowledged / cpu),
    cardBytesPerReading: Math.round((writtenBytesOf(gateway) - before.written) / acknowledged),
    memory: memoryOf(gateway),
  }
}

// proc(5): user and system time are fields 14 and 15 of stat, behind the name in brackets.
function cpuSecondsOf({ pid }: Program): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

const writtenBytesOf = ({ pid }: Program): number =>
  Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])

const SENSORS = Array.from({ length: 6 }, (_, at) => `gauge-${at}`)

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
async function benchBytes(): Promise<object> {
  const now = Date.now()
  const epoch = '0123456789abcdef0123456789abcdef'
  const sizes = Array.from({ length: 60 }, (_, at) => {
    const records = minuteOf(now + at * MINUTE_MS)
    return encodeBatch({ epoch, lane: Lane.LIVE, firstSeq: at * 100, records }).length
  })
  const installation = await installed()
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

/** A backlog drains while live readings come: its speed, the gateway's memory and the live readings' latency. */
async function benchBacklog(): Promise<object> {
  const installation = await installed()
  const { api, fieldUrl } = installation
  try {
    await (await installation.startGateway()).stop()
    const gateway = await installation.startGateway()
    let waiting = 0
    while (waiting < BACKLOG) {
      const words = ['--url', fieldUrl, '--devices', String(DEVICES), '--batch', '100', '--duration', '5']
      const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, ['load', ...words])
      waiting += (JSON.parse(output) as { acknowledged: number }).acknowledged
    }
    const before = memoryOf(gateway)
    await installation.startCloud()
    const begun = performance.now()
    const sensor = await connectAsync(fieldUrl)
    const latencies: number[] = []
    let most = before
    const drained = async (): Promise<boolean> => {
      const epochs = await api.custody(GATEWAY)
      return epochs.length > 0 && epochs.every(({ missing }) => missing.length === 0)
    }
    while (!(await drained())) {
      const t = Date.now()
      const sentAt = performance.now()
      await sensor.publishAsync('sensors/live/level', JSON.stringify({ t, v: 1 }), { qos: 1 })
      await eventually(
        () => api.readings('live/level', { from: t, to: t + 1 }),
        stored => stored.length > 0,
      )
      latencies.push(performance.now() - sentAt)
      const now = memoryOf(gateway)
      if (now.anonymousMb > most.anonymousMb) most = now
    }
    await sensor.endAsync()
    const firstMs = Math.round(latencies.shift() ?? 0)
    latencies.sort((a, b) => a - b)
    const at = (share: number): number =>
      Math.round(latencies[Math.floor(share * (latencies.length - 1))] ?? 0)
    return {
      readings: waiting,
      drainedPerSecond: Math.round(waiting / ((performance.now() - begun) / 1000)),
      memoryBefore: before,
      memoryMost: most,
      // It waits until the gateway tries to connect again: 30 s at the latest.
      firstLiveMs: firstMs,
      liveLatencyMs: { count: latencies.length, p50: at(0.5), p99: at(0.99), most: at(1) },
    }
  } finally {
    await installation.remove()
  }
}
