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
  /** Sources as the gateway's file has them; MQTT on a free port without them. */
  sources?: readonly object[]
  devices?: GatewayConfig['devices']
  models?: string
  floods?: GatewayConfig['floods']
  maxBytes?: number
  commitEveryMs?: number
  clock?: Clock
  guard?: GatewayConfig['guard']
  /** As the gateway's file has them. */
  outputs?: Record<string, object>
}

let tokens = 0

/** A gateway `g` inside the test's process, on a free port. */
export function startTestGateway(options: TestGatewayOptions): Promise<Gateway> {
  const {
    data,
    cloudPort,
    maxBytes = 1e9,
    clock = systemClock,
    devices = [],
    models,
    commitEveryMs = 3,
  } = options
  const { sources = [{ type: 'mqtt', port: 0 }], floods = { perSecond: 1e6, burst: 1e6 } } = options
  return startGateway({
    config: {
      id: 'g',
      data,
      sources: sources as GatewayConfig['sources'],
      devices,
      ...(models === undefined ? {} : { models }),
      floods,
      outputs: (options.outputs ?? {}) as GatewayConfig['outputs'],
      ...(options.guard && { guard: options.guard }),
      // Port 9 is "discard": nobody listens there.
      cloud: { url: `mqtt://127.0.0.1:${cloudPort ?? 9}`, passwordFile: '' },
      outbox: { maxBytes, maxAgeMs: 1e12, tailMs: 1e6, tailMaxBytes: 1e9 },
      commitEveryMs,
      statusIntervalMs: 1e9,
    },
    ...testOptions(),
    clock,
  })
}

/** What a gateway needs beside its configuration and a clock. */
export const testOptions = () => ({
  password: 'secret',
  log: silentLog,
  token: () => (++tokens).toString(16).padStart(32, '0'),
  random: () => 0,
})

/** Where a source of a gateway listens. */
export const portOf = (gateway: Gateway, source = 'mqtt'): number =>
  gateway.sources().find(({ name }) => name === source)?.port as number

/** A connected sensor. It does not reconnect by itself. */
export function connectSensor(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options })
}
