import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { Installation } from '../support/installation.ts'
import { measureIntake } from './intake.ts'
import { measureLatency, TRIGGER } from './latency.ts'
import { memoryOf } from './metrics.ts'

const SECONDS = Number(process.env.PICKET_BENCH_SECONDS ?? 30)
// Where readings are shipped to meanwhile: what takes writes at /api/v2/write, without a token.
const INFLUX_URL = process.env.PICKET_BENCH_INFLUX_URL
// So many that no device sends more than a reading a millisecond, which would run ahead of the clock.
const DEVICES = 1000
const ALARMS = 300

const PACK = `pack: bench
rules:
  - id: trigger
    name: { en: Trigger, zh: 触发 }
    message: { en: "{device} is at {stage} m", zh: "{device} {stage} m" }
    select: { device: ${TRIGGER}, model: water-level-gauge }
    features: { stage: level }
    levels:
      red: { when: stage > 1 }
`

// No site has a thousand gauges, and rules of a whole site cost by their number.
const SITES = 50
const device = (id: string, site = 0) => ({ id, model: 'water-level-gauge', site: `site-${site % SITES}` })

/** Measures the whole path with real processes on this machine, and prints JSON. */
export async function benchWholePath(): Promise<void> {
  const installation = await Installation.make({
    sites: Array.from({ length: SITES }, (_, at) => ({
      id: `site-${at}`,
      name: { en: 'Bench', zh: '测试' },
    })),
    devices: [...Array.from({ length: DEVICES }, (_, at) => device(`load-${at}`, at)), device(TRIGGER)],
    cloud: {
      rules: [join(import.meta.dirname, '..', '..', 'rules', 'packs'), 'bench.yaml'],
      ...(INFLUX_URL === undefined ? {} : { influx: { url: INFLUX_URL, bucket: 'bench' } }),
    },
  })
  writeFileSync(join(installation.folder, 'bench.yaml'), PACK)
  try {
    const cloud = await installation.startCloud()
    // What strips types is loaded at the first start only, as on a gateway that was ever started before.
    await (await installation.startGateway()).stop()
    const gateway = await installation.startGateway()
    const load = measureIntake(installation, {
      devices: DEVICES,
      batch: 1,
      rate: 1000,
      seconds: Math.ceil((ALARMS * 70) / 1000),
    })
    const latency = await measureLatency(installation, { alarms: ALARMS, everyMs: 60 })
    const steady = await load
    const atThousand = { cloud: memoryOf(cloud), gateway: memoryOf(gateway) }
    const batched = await measureIntake(installation, {
      devices: DEVICES,
      batch: 100,
      rate: 'max',
      seconds: SECONDS,
    })
    const afterBatched = { cloud: memoryOf(cloud), gateway: memoryOf(gateway) }
    const single = await measureIntake(installation, {
      devices: DEVICES,
      batch: 1,
      rate: 'max',
      seconds: SECONDS,
    })
    const report = {
      machine: `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}`,
      alarmLatencyAt1000PerSecond: latency,
      steadyAt1000PerSecond: { ...steady, memory: atThousand },
      batchesOf100: { ...batched, memory: afterBatched },
      single,
    }
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  } finally {
    await installation.remove()
  }
}
