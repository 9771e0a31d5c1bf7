import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, type Log, openDataFolder, type Running } from '@picket/devices/runtime'
import type { ConfigPlace, GatewayConfig } from './config.ts'
import { Intake } from './intake/intake.ts'
import { Rejections } from './intake/rejections.ts'
import { Outbox } from './outbox/outbox.ts'
import { startSources } from './sources/sources.ts'
import type { SourceState } from './sources/supervisor.ts'
import { startStatus } from './status/status.ts'
import { Uplink } from './uplink/uplink.ts'

export interface GatewayOptions {
  /** Its data folder is absolute. */
  config: GatewayConfig
  /** Where it was read from, for what is wrong with a source or a device. */
  place?: ConfigPlace
  /** What the gateway shows the cloud. */
  password: string
  log: Log
  clock: Clock
  /** A fresh random 128-bit number in hexadecimal: epochs and nonces. */
  token(): string
  /** Uniform in [0, 1): spreads reconnections. */
  random(): number
}

export interface Gateway extends Running {
  /** How each source is doing, and where it listens. */
  sources(): SourceState[]
  outbox: Outbox
  uplink: Uplink
  /** Writes a status report now. */
  report(): void
  /** Resolves when nothing is left to do at this instant: all committed, and acknowledged if the link is up. */
  idle(): Promise<void>
}

const IDLE_POLL_MS = 5
/** A configuration that no file holds. */
const NOWHERE: ConfigPlace = { file: 'configuration', lineOf: () => 1, resolve: path => path }

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
  clock,
  token,
  random,
}: GatewayOptions): Promise<Gateway> {
  openDataFolder(config.data)
  const outbox = Outbox.open({ folder: config.data, epoch: token(), clock, ...config.outbox })
  const { url } = config.cloud
  const uplink = new Uplink({ url, gateway: config.id, password, outbox, clock, log, token, random })
  const rejections = new Rejections(clock)
  const intake = new Intake({ outbox, rejections, clock, log, onCommitted: () => uplink.recordsWaiting() })
  const sources = await startSources({ config, place, intake, rejections, clock, log })
  const status = startStatus({
    gateway: config.id,
    folder: config.data,
    intervalMs: config.statusIntervalMs,
    outbox,
    intake,
    rejections,
    sources,
    uplink,
    clock,
    log,
  })
  uplink.start()
  status.report()
  const ports = Object.fromEntries(sources.states().map(({ name, port }) => [name, port]))
  log.info({ gateway: config.id, ports, epoch: outbox.current.epoch }, 'gateway started')
  return {
    sources: sources.states,
    outbox,
    uplink,
    report: status.report,
    async idle() {
      while (!intake.idle || !uplink.idle) await pause(IDLE_POLL_MS)
    },
    async stop() {
      status.stop()
      await sources.stop()
      intake.drain()
      await uplink.stop()
      outbox.close()
    },
  }
}
