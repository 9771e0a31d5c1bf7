import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '../support/api-client.ts'
import { Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'
import { measureIntake } from './intake.ts'
import { cpuSecondsOf, seriesOf } from './metrics.ts'
import { startVictoriaMetrics, type VictoriaMetrics } from './victoria-metrics.ts'

const SECONDS = Number(process.env.PICKET_BENCH_SECONDS ?? 8)
const ROUNDS = Number(process.env.PICKET_BENCH_ROUNDS ?? 5)
const DEVICES = 1000
const SITES = 50
// The rest that both have before each measurement, for what the one before left to be done.
const REST_MS = 1000
const DRAIN_MS = 300_000
const LEAST_DRAINED = 100_000

/** A cloud with its gateway, and what a round said of it. */
interface Side {
  place: Installation
  cloud: Program
  gateway: Program
}

const inThousandths = (value: number): number => Math.round(value * 1000) / 1000

async function inTurn<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = []
  while (done.length < times) done.push(await work())
  return done
}

interface Round {
  perSecond: number
  /** Processor time of cloud, gateway and server for each reading; the load generator's is not in it. */
  cpuMicrosecondsPerReading: number
}

/**
 * Measures what shipping to victoria-metrics costs the whole path: two clouds in one run, one without and one with it, in
 * turn and with the same load, so that whatever else the machine does falls on both. Prints JSON.
 *
 * @param words - `--batch N`: readings in a message of a sensor
 */
export async function benchShipping(words: string[]): Promise<void> {
  const { values } = parseArgs({ args: words, options: { batch: { type: 'string', default: '100' } } })
  const batch = Number(values.batch)
  const server = await startVictoriaMetrics()
  const without = await startSide({})
  const shipping = await startSide({ influx: { url: server.url, bucket: 'bench' } })
  try {
    // The first round is for the compilers alone.
    const [, ...rounds] = await inTurn(ROUNDS + 1, async () => {
      const plain = await measure(without, { batch })
      const shipped = await measure(shipping, { batch, server })
      const drained = await drain(shipping)
      const ratio = shipped.perSecond / plain.perSecond
      const cpuRatio = shipped.cpuMicrosecondsPerReading / plain.cpuMicrosecondsPerReading
      return { without: plain, shipping: shipped, drained, ratio, cpuRatio }
    })
    const middle = (values: number[]): number =>
      values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
    const report = {
      machine: `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}`,
      rounds,
      // Medians. What others do on the machine is in the readings a second, and not in the processor time.
      readingsPerSecondRatio: inThousandths(middle(rounds.map(({ ratio }) => ratio))),
      cpuRatio: inThousandths(middle(rounds.map(({ cpuRatio }) => cpuRatio))),
      // Null where nearly nothing waited.
      drainedPerSecond: middle(
        rounds.flatMap(({ drained }) => (drained.waiting < LEAST_DRAINED ? [] : [drained.perSecond])),
      ),
    }
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  } finally {
    await without.place.remove()
    await shipping.place.remove()
    await server.stop()
  }
}

async function startSide(cloud: object): Promise<Side> {
  const place = await Installation.make({
    sites: Array.from({ length: SITES }, (_, at) => ({
      id: `site-${at}`,
      name: { en: 'Bench', zh: '测试' },
    })),
    devices: Array.from({ length: DEVICES }, (_, at) => ({
      id: `load-${at}`,
      model: 'water-level-gauge',
      site: `site-${at % SITES}`,
    })),
    cloud,
  })
  return { place, cloud: await place.startCloud(), gateway: await place.startGateway() }
}

async function measure(
  { place, cloud, gateway }: Side,
  { batch, server }: { batch: number; server?: VictoriaMetrics },
): Promise<Round> {
  await pause(REST_MS)
  const programs = [cloud, gateway, ...(server ? [server] : [])]
  const cpu = () => programs.reduce((sum, program) => sum + cpuSecondsOf(program), 0)
  const before = cpu()
  const { committedPerSecond, readings } = await measureIntake(place, {
    devices: DEVICES,
    batch,
    rate: 'max',
    seconds: SECONDS,
  })
  return {
    perSecond: committedPerSecond,
    cpuMicrosecondsPerReading: Math.round(((cpu() - before) / readings) * 1e8) / 100,
  }
}

/** Waits until all is shipped: how much waited when the load had ended, and how fast it went. */
async function drain({ place }: Side): Promise<{ waiting: number; perSecond: number }> {
  const look = () => seriesOf(place)
  const begun = performance.now()
  const before = await look()
  const after = await eventually(look, series => series('picket_influx_waiting_entries') === 0, DRAIN_MS)
  const points = after('picket_influx_points_total') - before('picket_influx_points_total')
  return { waiting: points, perSecond: Math.round(points / ((performance.now() - begun) / 1000)) }
}
