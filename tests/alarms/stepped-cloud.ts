import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudConfig, type RunningCloud, startCloud } from '@picket/cloud'
import { createLog, loadConfig, SteppedClock } from '@picket/devices/runtime'
import { ApiClient } from '../support/api-client.ts'

const TOKEN = 'stepped-cloud-token-0123456789-0123456789'
export const ADMIN_PASSWORD = 'stepped-cloud-password'
const NOW = Date.UTC(2026, 6, 1, 8)

/** A cloud in this process, on a clock that stands until it is advanced. */
export class SteppedCloud {
  readonly folder: string
  readonly clock = new SteppedClock(NOW)
  #cloud!: RunningCloud
  #api!: ApiClient
  #removed = false

  private constructor(folder: string) {
    this.folder = folder
  }

  get api(): ApiClient {
    return this.#api
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#cloud.mqttPort}`
  }

  /** `files` are written beside the configuration; JSON is YAML. */
  static async start(config: object, files: Record<string, string>): Promise<SteppedCloud> {
    const folder = mkdtempSync(join(tmpdir(), 'picket-stepped-'))
    const listen = { host: '127.0.0.1', port: 0 }
    const written = {
      ...files,
      'cloud.yaml': JSON.stringify({
        data: 'data',
        http: listen,
        mqtt: listen,
        registry: 'registry.yaml',
        ...config,
      }),
    }
    for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text)
    const cloud = new SteppedCloud(folder)
    await cloud.#open()
    return cloud
  }

  /** Stops the cloud and starts it again on the same folder, at the same instant. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.#cloud.stop()
    await meanwhile()
    await this.#open()
  }

  async #open(): Promise<void> {
    const log = createLog('stepped-cloud')
    log.level = 'silent'
    this.#cloud = await startCloud({
      ...loadConfig(join(this.folder, 'cloud.yaml'), CloudConfig),
      clock: this.clock,
      log,
      adminToken: TOKEN,
      adminPassword: ADMIN_PASSWORD,
      onFailure(error) {
        throw error
      },
    })
    this.#api = new ApiClient(`http://127.0.0.1:${this.#cloud.httpPort}`, TOKEN)
  }

  /**
   * Moves the clock on in steps, letting everything come to rest after each.
   *
   * @throws Error when the cloud has been removed, so that a test that ran out of time ends
   */
  async advance(byMs: number, stepMs = 10_000): Promise<void> {
    const end = this.clock.now() + byMs
    while (this.clock.now() < end) {
      if (this.#removed) throw new Error('the cloud has been removed')
      this.clock.advanceTo(Math.min(end, this.clock.now() + stepMs))
      await this.#cloud.idle()
    }
  }

  async stop(): Promise<void> {
    await this.#cloud.stop()
  }

  async remove(): Promise<void> {
    this.#removed = true
    await this.#cloud.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A registry with one site, one gateway and these devices. */
export const registry = (devices: readonly { id: string; model: string; interval?: string }[]): string =>
  JSON.stringify({
    sites: [{ id: 's', name: { en: 'S', zh: 'S' } }],
    gateways: [{ id: 'gw-1', passwordFile: 'secret' }],
    devices: devices.map(device => ({ ...device, site: 's', gateways: ['gw-1'] })),
  })
