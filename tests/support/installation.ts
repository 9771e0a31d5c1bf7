import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient } from './api-client.ts'
import { freePorts } from './ports.ts'
import { Program } from './program.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface InstallationOptions {
  sites: readonly object[]
  /** Devices as the registry has them; `gateways` is filled in. */
  devices: readonly { id: string; model: string; site: string }[]
  /** Further settings of the cloud's and of the gateway's file. */
  cloud?: object
  gateway?: object
}

/** The one gateway of an installation. */
export const GATEWAY = 'gw-1'

/** A cloud and a gateway in a folder of their own, with their ports, which stay the same from start to start. */
export class Installation {
  readonly folder: string
  readonly ports: { http: number; mqtt: number; field: number }
  readonly api: ApiClient
  readonly #token: string
  readonly #programs: Program[] = []

  private constructor(folder: string, ports: Installation['ports'], token: string) {
    this.folder = folder
    this.ports = ports
    this.#token = token
    this.api = new ApiClient(`http://127.0.0.1:${ports.http}`, token)
  }

  /** Writes the configuration; starts nothing. */
  static async make(options: InstallationOptions): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), 'picket-installation-'))
    const [http, mqtt, field] = (await freePorts(3)) as [number, number, number]
    const installation = new Installation(
      folder,
      { http, mqtt, field },
      randomBytes(32).toString('base64url'),
    )
    installation.#write(options)
    return installation
  }

  /** Where sensors publish. */
  get fieldUrl(): string {
    return `mqtt://127.0.0.1:${this.ports.field}`
  }

  get cloudData(): string {
    return join(this.folder, 'cloud-data')
  }

  get gatewayData(): string {
    return join(this.folder, 'gateway-data')
  }

  /** @param clock - where its clock stands until it is advanced, ms UTC; without one it goes by the system's */
  startCloud(clock?: number): Promise<Program> {
    return this.#start({
      name: 'cloud',
      script: join(ROOT, 'cloud', 'src', 'main.ts'),
      arguments: ['--config', join(this.folder, 'cloud.yaml')],
      environment: { PICKET_ADMIN_TOKEN: this.#token, ...clockSetting(clock) },
      readyMessage: 'listening',
    })
  }

  /** @param clock - as for the cloud */
  startGateway(clock?: number): Promise<Program> {
    return this.#start({
      name: 'gateway',
      script: join(ROOT, 'edge', 'picket-edge.mjs'),
      arguments: ['--config', join(this.folder, 'gateway.yaml')],
      environment: clockSetting(clock),
      readyMessage: 'gateway started',
    })
  }

  /** Stops what runs, newest first, and removes the folder. */
  async remove(): Promise<void> {
    for (const program of this.#programs.toReversed()) await program.stop()
    rmSync(this.folder, { recursive: true })
  }

  async #start(options: Parameters<typeof Program.start>[0]): Promise<Program> {
    const program = await Program.start(options)
    this.#programs.push(program)
    return program
  }

  #write({ sites, devices, cloud, gateway }: InstallationOptions): void {
    const { http, mqtt, field } = this.ports
    const listen = (port: number) => ({ host: '127.0.0.1', port })
    const passwordFile = join(this.folder, 'secrets', 'gateway')
    mkdirSync(join(this.folder, 'secrets'))
    writeFileSync(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 })
    // JSON is YAML.
    const write = (name: string, content: object): void =>
      writeFileSync(join(this.folder, name), JSON.stringify(content, null, 2))
    write('registry.yaml', {
      sites,
      gateways: [{ id: GATEWAY, passwordFile }],
      devices: devices.map(device => ({ ...device, gateways: [GATEWAY] })),
    })
    write('cloud.yaml', {
      data: this.cloudData,
      http: listen(http),
      mqtt: listen(mqtt),
      registry: 'registry.yaml',
      ...cloud,
    })
    write('gateway.yaml', {
      id: GATEWAY,
      data: this.gatewayData,
      field: listen(field),
      cloud: { url: `mqtt://127.0.0.1:${mqtt}`, passwordFile },
      ...gateway,
    })
  }
}

const clockSetting = (clock: number | undefined): Record<string, string> =>
  clock === undefined ? {} : { PICKET_CLOCK: String(clock) }
