import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, every, type Log, openDataFolder, type Running } from '@picket/devices/runtime'
import type { ConfigPlace, GatewayConfig } from './config.ts'
import type { OpenGuard } from './guard/open-guard.ts'
import { actuatorTopicsOf, type OutputConfig, readOutputs } from './guard/output-config.ts'
import type { ActuatorTopics } from './guard/outputs/actuator-topics.ts'
import { Intake } from './intake/intake.ts'
import { Quarantine } from './intake/quarantine.ts'
import { Rejections } from './intake/rejections.ts'
import { Outbox } from './outbox/outbox.ts'
import { startSources } from './sources/sources.ts'
import type { SourceState } from './sources/supervisor.ts'
import { FillWatch } from './status/fill-watch.ts'
import type { MetricsPage } from './status/metrics-page.ts'
import { type GatewayParts, startStatus } from './status/status.ts'
import { ClockKeeper, type ClockState } from './time/clock-keeper.ts'
import { correctedRuns, restamped } from './time/corrected-runs.ts'
import { SteadyClock } from './time/steady-clock.ts'
import { Meter } from './uplink/meter.ts'
import { Uplink } from './uplink/uplink.ts'
import { readUsage, writeUsage } from './uplink/usage-file.ts'

export interface GatewayOptions {
  /** Its data folder is absolute. */
  config: GatewayConfig
  /** Where it was read from, for what is wrong with a source or a device. */
  place?: ConfigPlace
  /** What the gateway shows the cloud. */
  password: string
  log: Log
  /** The machine's clock. */
  clock: Clock
  /** Id of the start of the machine, from which its clock counts `running()`; without one, every start is another. */
  boot?: string
  /** Whether its clock goes on while it is off. */
  hasRtc?: boolean
  /** A fresh random 128-bit number in hexadecimal: epochs and nonces. */
  token(): string
  /** Uniform in [0, 1): spreads reconnections. */
  random(): number
}

export interface Gateway extends Running {
  /** How each source is doing, and where it listens. */
  sources(): SourceState[]
  /** Where Prometheus asks; undefined where nothing listens. */
  metricsPort: number | undefined
  outbox: Outbox
  uplink: Uplink
  /** How far the clock can be trusted, and how far the machine's is ahead of it. */
  clock(): ClockState
  /** Writes a status report now. */
  report(): void
  /** Resolves when nothing is left to do at this instant: all committed, and acknowledged if the link is up. */
  idle(): Promise<void>
}

const IDLE_POLL_MS = 5
/** A clock that was set is noticed with the next reading, and so soon where none comes. */
const LOOK_EVERY_MS = 10_000
/** A configuration that no file holds. */
const NOWHERE: ConfigPlace = { file: 'configuration', lineOf: () => 1, resolve: path => path }
/** SQLite's log may grow to four megabytes before it begins anew. */
const RESERVE_BYTES = 8_000_000

/**
 * Starts a gateway: sources, outbox, uplink, status.
 *
 * @throws StartError where the data folder or the outbox cannot be used; a source that cannot start is named and tried again
 */
export async function startGateway({
  config,
  place = NOWHERE,
  password,
  log,
  clock: host,
  token,
  boot = token(),
  hasRtc = true,
  random,
}: GatewayOptions): Promise<Gateway> {
  const outputs = readOutputs(config.outputs, place)
  openDataFolder(config.data)
  const clock = new SteadyClock(host)
  const later: Later = {}
  const guard = () => later.guarding?.guard
  const outbox = openOutbox({ config, token, clock, log }, later)
  const time = new ClockKeeper({
    ...{ clock, host, boot, hasRtc, outbox, log },
    drain: () => later.intake?.drain(),
    isCommitting: () => later.intake?.isCommitting ?? false,
    ask: urgent => later.uplink?.askTime(urgent),
    onSet: byMs => guard()?.clockWasSet(byMs, correctedRuns(outbox, time, config.id)),
  })
  later.time = time
  const { commitEveryMs, cloud } = config
  const meter = new Meter(cloud, clock, readUsage(config.data))
  const common = { outbox, clock, log }
  const link = new Uplink({
    ...common,
    url: cloud.url,
    gateway: config.id,
    password,
    meter,
    token,
    random,
    downlink: guard,
    time,
  })
  later.uplink = link
  const rejections = new Rejections(clock, new Quarantine(config.data))
  const fill = new FillWatch({ gateway: config.id, outbox, clock })
  const onCommitted = (): void => {
    fill.look()
    link.recordsWaiting()
  }
  const stopwatch = () => performance.now()
  const marks = () => clock.marks
  const intake = new Intake({ ...common, commitEveryMs, rejections, onCommitted, marks, guard, stopwatch })
  later.intake = intake
  const actuators = actuatorTopicsOf(outputs)
  const guarding = await openGuardOf(config, { ...common, place, intake, uplink: link, actuators, outputs })
  if (guarding) later.guarding = guarding
  const sources = await startSources({
    ...{ config, place, intake, rejections, actuators, clock, log },
    lookAtClock: () => time.look(),
  })
  const stopLooking = every(host, LOOK_EVERY_MS, () => time.look())
  guarding?.start()
  const parts = { folder: config.data, ...common, intake, rejections, sources, uplink: link, meter, time }
  const status = startStatus({ ...parts, gateway: config.id, intervalMs: config.statusIntervalMs })
  const metrics = await openMetricsOf(config, place, parts)
  link.start()
  status.report()
  logStart(log, { gateway: config.id, sources: sources.states(), epoch: outbox.current.epoch })
  return {
    sources: sources.states,
    metricsPort: metrics?.port,
    outbox,
    uplink: link,
    clock: () => time.state,
    report: status.report,
    async idle() {
      await guarding?.guard.idle()
      while (!intake.idle || !link.idle) await pause(IDLE_POLL_MS)
    },
    async stop() {
      status.stop()
      await metrics?.stop()
      stopLooking()
      await sources.stop()
      await guarding?.stop()
      intake.drain()
      await link.stop()
      writeUsage(config.data, meter.usage)
      outbox.close()
    },
  }
}

// Loaded only where the gateway's file asks for it.
async function openMetricsOf(
  { metrics: section }: GatewayConfig,
  { resolve }: ConfigPlace,
  parts: GatewayParts,
): Promise<MetricsPage | undefined> {
  if (!section) return undefined
  const { serveGatewayMetrics } = await import('./status/gateway-metrics.ts')
  return serveGatewayMetrics(section, resolve, parts)
}

function logStart(
  log: Log,
  { sources, ...more }: { gateway: string; sources: SourceState[]; epoch: string },
): void {
  const ports = Object.fromEntries(sources.map(({ name, port }) => [name, port]))
  log.info({ ...more, ports }, 'gateway started')
}

/** What is made later than what needs it. */
interface Later {
  uplink?: Uplink
  intake?: Intake
  time?: ClockKeeper
  guarding?: OpenGuard
}

function openOutbox(
  { config, token, clock, log }: Pick<GatewayOptions, 'config' | 'token' | 'log'> & { clock: SteadyClock },
  later: Later,
): Outbox {
  return Outbox.open({
    folder: config.data,
    token,
    clock,
    reserveBytes: RESERVE_BYTES,
    ...config.outbox,
    restamp(record, at) {
      const offsetMs = later.time?.offsetOf(at)
      return offsetMs === undefined
        ? undefined
        : restamped(record, { offsetMs, marks: clock.marks, gateway: config.id })
    },
    onSetAside(name, error) {
      log.error({ error, name }, 'the outbox was damaged: it was set aside, and a new one begins')
      later.time?.keepAnew()
      later.uplink?.restart()
      later.guarding?.guard.keepAnew()
    },
  })
}

interface GuardParts {
  outbox: Outbox
  intake: Intake
  uplink: Uplink
  actuators: ActuatorTopics
  outputs: Record<string, OutputConfig>
  place: ConfigPlace
  clock: Clock
  log: Log
}

// The rule engine is loaded only where the gateway's file asks for it: memory is scarce.
async function openGuardOf(
  { id, data, guard }: GatewayConfig,
  { place, intake, uplink, ...parts }: GuardParts,
): Promise<OpenGuard | undefined> {
  if (!guard) return undefined
  const { openGuard } = await import('./guard/open-guard.ts')
  return openGuard({
    ...parts,
    gateway: id,
    folder: data,
    signingKeyFile: place.resolve(guard.signingKeyFile),
    stopwatch: () => performance.now(),
    commitSoon: () =>
      intake.offer({
        source: 'guard',
        records: () => ({ records: [], faults: [] }),
        done: () => {},
      }),
    onReport: () => uplink.report(),
  })
}
