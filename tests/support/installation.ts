import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  /** What the gateway shows the cloud. */
  get gatewayPassword(): string {
    return readFileSync(join(this.folder, 'secrets', 'gateway'), 'utf8')
  }

  /** @param clock - where its clock stands until it is advanced, ms UTC; without one it goes by the system's */
  startCloud(clock?: number): Promise<Program> {
    return ready(this.launchCloud(clock))
  }

  /** @param clock - as for the cloud */
  startGateway(clock?: number): Promise<Program> {
    return ready(this.launchGateway(clock))
  }

  /** Starts the cloud and waits for nothing. */
  launchCloud(clock?: number): Program {
    return this.#launch({
      name: 'cloud',
      script: join(ROOT, 'cloud', 'src', 'main.ts'),
      arguments: ['--config', join(this.folder, 'cloud.yaml')],
      environment: { PICKET_ADMIN_TOKEN: this.#token, ...clockSetting(clock) },
      readyMessage: 'listening',
    })
  }

  /**
   * Starts the gateway and waits for nothing.
   *
   * @param file - another configuration than its own, in the installation's folder
   */
  launchGateway(clock?: number, file = 'gateway.yaml'): Program {
    return this.#launch({
      name: 'gateway',
      script: join(ROOT, 'edge', 'picket-edge.mjs'),
      arguments: ['--config', join(this.folder, file)],
      // As its systemd unit starts it.
      environment: { MALLOC_ARENA_MAX: '1', ...clockSetting(clock) },
      readyMessage: 'gateway started',
    })
  }

  /** Stops what runs, newest first, and removes the folder. */
  async remove(): Promise<void> {
    for (const program of this.#programs.toReversed()) await program.stop()
    rmSync(this.folder, { recursive: true })
  }

  #launch(options: Parameters<typeof Program.launch>[0]): Program {
    const program = Program.launch(options)
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
      sources: [{ type: 'mqtt', ...listen(field) }],
      floods: { perSecond: 1e6, burst: 1e6 },
      cloud: { url: `mqtt://127.0.0.1:${mqtt}`, passwordFile },
      ...gateway,
    })
  }
}

async function ready(program: Program): Promise<Program> {
  await program.ready
  return program
}

const clockSetting = (clock: number | undefined): Record<string, string> =>
  clock === undefined ? {} : { PICKET_CLOCK: String(clock) }
