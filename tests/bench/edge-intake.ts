import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, type Installation, ROOT } from '../support/installation.ts'
import { type Program, runToEnd } from '../support/program.ts'
import { DEVICES, edgeInstallation, RULES } from './edge-installation.ts'
import { cpuSecondsOf, memoryOf } from './metrics.ts'

const SECONDS = Number(process.env.PICKET_BENCH_SECONDS ?? 15)
/** How seldom a gateway may commit that spares its card. */
const SELDOM_MS = 250

interface Guarded {
  id: string
  guard: { reported: { rules: string[] } | null }
}

// The gateway takes its rules from the cloud once, as it would on its first day, and keeps them.
async function takeRules(installation: Installation): Promise<void> {
  const cloud = await installation.startCloud()
  const gateway = await installation.startGateway()
  await eventually(
    () => installation.api.get<{ gateways: Guarded[] }>('/gateways'),
    ({ gateways }) => gateways.find(({ id }) => id === GATEWAY)?.guard.reported?.rules.length === RULES,
  )
  await gateway.stop()
  await cloud.stop()
}

/** What a gateway with rules of its own takes in while its link is down, and what it costs. */
export async function benchIntake(): Promise<object> {
  const installation = await edgeInstallation({ guarded: true })
  try {
    // What strips types is loaded at the first start only, as on a gateway that was ever started before.
    await takeRules(installation)
    const begun = performance.now()
    let gateway = await installation.startGateway()
    const sensor = await connectAsync(installation.fieldUrl)
    await sensor.publishAsync('sensors/load-0/level', '{"v":1}', { qos: 1 })
    const startToFirstMs = Math.round(performance.now() - begun)
    const startCpuSeconds = cpuSecondsOf(gateway)
    await sensor.endAsync()
    const idle = memoryOf(gateway)
    const load = (batch: number, rate: number | 'max') => measure(installation, gateway, { batch, rate })
    // It runs for years: what it costs while its code is being compiled is told beside it.
    const at50WhileNew = await load(1, 50)
    const report = {
      rules: RULES,
      startToFirstAcknowledgedMs: startToFirstMs,
      startCpuSeconds,
      idle,
      at50WhileNew,
      at50: await load(1, 50),
      at1000: await load(1, 1000),
      batchesOf100: await load(100, 'max'),
      single: await load(1, 'max'),
    }
    await gateway.stop()
    gateway = await startWith(installation, { commitEveryMs: SELDOM_MS })
    return { ...report, [`at50CommittedEvery${SELDOM_MS}Ms`]: await load(1, 50) }
  } finally {
    await installation.remove()
  }
}

async function startWith(installation: Installation, change: object): Promise<Program> {
  const file = 'changed-gateway.yaml'
  const config = JSON.parse(readFileSync(join(installation.folder, 'gateway.yaml'), 'utf8'))
  writeFileSync(join(installation.folder, file), JSON.stringify({ ...config, ...change }))
  const gateway = installation.launchGateway(undefined, file)
  await gateway.ready
  return gateway
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

const writtenBytesOf = ({ pid }: Program): number =>
  Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
