import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, type Log, openDataFolder, type Running } from '@picket/devices/runtime'
import type { GatewayConfig } from './config.ts'
import { checkFieldHost } from './config.ts'
import { Intake } from './intake/intake.ts'
import { Rejections } from './intake/rejections.ts'
import { Outbox } from './outbox/outbox.ts'
import { startMqttSource } from './sources/mqtt/mqtt-source.ts'
import { readSensorUsers } from './sources/mqtt/sensor-users.ts'
import { startStatus } from './status/status.ts'
import { Uplink } from './uplink/uplink.ts'

export interface GatewayOptions {
  /** Its paths are absolute. */
  config: GatewayConfig
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
  /** The port that sensors speak to. */
  port: number
  outbox: Outbox
  uplink: Uplink
  /** Writes a status report now. */
  report(): void
  /** Resolves when nothing is left to do at this instant: all committed, and acknowledged if the link is up. */
  idle(): Promise<void>
}

const IDLE_POLL_MS = 5

/**
 * Starts a gateway: sources, outbox, uplink, status.
 *
 * @throws StartError where the data folder, the outbox, the port or the credentials cannot be used
 */
export async function startGateway({
  config,
  password,
  log,
  clock,
  token,
  random,
}: GatewayOptions): Promise<Gateway> {
  checkFieldHost(config.field)
  const { host, port, usersFile } = config.field
  const users = usersFile === undefined ? undefined : readSensorUsers(usersFile)
  openDataFolder(config.data)
  const outbox = Outbox.open({ folder: config.data, epoch: token(), clock, ...config.outbox })
  const { url } = config.cloud
  const uplink = new Uplink({ url, gateway: config.id, password, outbox, clock, log, token, random })
  const rejections = new Rejections(clock)
  const intake = new Intake({ outbox, rejections, clock, log, onCommitted: () => uplink.recordsWaiting() })
  const source = await startMqttSource({
    host,
    port,
    ...(users && { users }),
    gateway: config.id,
    intake,
    rejections,
    clock,
  }).catch(error => {
    outbox.close()
    throw error
  })
  const status = startStatus({
    gateway: config.id,
    folder: config.data,
    intervalMs: config.statusIntervalMs,
    outbox,
    intake,
    rejections,
    uplink,
    clock,
    log,
  })
  uplink.start()
  status.report()
  log.info({ gateway: config.id, port: source.port, epoch: outbox.current.epoch }, 'gateway started')
  return {
    port: source.port,
    outbox,
    uplink,
    report: status.report,
    async idle() {
      while (!intake.idle || !uplink.idle) await pause(IDLE_POLL_MS)
    },
    async stop() {
      status.stop()
      await source.stop()
      intake.drain()
      await uplink.stop()
      outbox.close()
    },
  }
}
