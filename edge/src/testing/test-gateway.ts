import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Log, systemClock } from '@picket/devices/runtime'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { GatewayConfig } from '../config.ts'
import { type Gateway, startGateway } from '../gateway.ts'

const silentLog = { info() {}, warn() {}, error() {} } as unknown as Log

/** A folder of its own for each test that asks, removed with `remove`. */
export class Folders {
  readonly #folders: string[] = []

  make(): string {
    const folder = mkdtempSync(join(tmpdir(), 'picket-edge-'))
    this.#folders.push(folder)
    return folder
  }

  remove(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true })
  }
}

export interface TestGatewayOptions {
  data: string
  /** Port of a broker; without it the link stays down. */
  cloudPort?: number
  field?: Partial<GatewayConfig['field']>
  maxBytes?: number
  clock?: Clock
}

let tokens = 0

/** A gateway `g` inside the test's process, on a free port. */
export function startTestGateway(options: TestGatewayOptions): Promise<Gateway> {
  const { data, cloudPort, field, maxBytes = 1e9, clock = systemClock } = options
  return startGateway({
    config: {
      id: 'g',
      data,
      field: { host: '127.0.0.1', port: 0, ...field },
      // Port 9 is "discard": nobody listens there.
      cloud: { url: `mqtt://127.0.0.1:${cloudPort ?? 9}`, passwordFile: '' },
      outbox: { maxBytes, tailMs: 1e6, tailMaxBytes: 1e9 },
      statusIntervalMs: 1e9,
    },
    password: 'secret',
    log: silentLog,
    clock,
    token: () => (++tokens).toString(16).padStart(32, '0'),
    random: () => 0,
  })
}

/** A connected sensor. It does not reconnect by itself. */
export function connectSensor(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options })
}
