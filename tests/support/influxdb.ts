import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './api-client.ts'
import { freePorts } from './ports.ts'

/** Why tests that need Debian's `influxdb` skip here; undefined where they run. */
export const noInfluxdb =
  spawnSync('which', ['influxd']).status === 0
    ? undefined
    : 'influxd (Debian package influxdb) is not installed: nothing is shipped to it for real'

/** Debian's influxdb 1.6.7 with a database `picket`: it may be killed and started again on what it had. */
export class InfluxDb {
  readonly url: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'picket-influxdb-'))
  #process: ChildProcess | undefined

  private constructor(url: string) {
    this.url = url
  }

  static async start(): Promise<InfluxDb> {
    const [port] = await freePorts(1)
    const server = new InfluxDb(`http://127.0.0.1:${port}`)
    await server.comeBack()
    await server.query('CREATE DATABASE picket')
    return server
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (!child) return
    this.#process = undefined
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async comeBack(): Promise<void> {
    this.#process = spawn('influxd', ['run', '-config', '/dev/null'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        INFLUXDB_META_DIR: join(this.#folder, 'meta'),
        INFLUXDB_DATA_DIR: join(this.#folder, 'data'),
        INFLUXDB_DATA_WAL_DIR: join(this.#folder, 'wal'),
        INFLUXDB_BIND_ADDRESS: '127.0.0.1:0',
        INFLUXDB_HTTP_BIND_ADDRESS: new URL(this.url).host,
        INFLUXDB_REPORTING_DISABLED: 'true',
        INFLUXDB_MONITOR_STORE_ENABLED: 'false',
      },
    })
    await eventually(
      () => fetch(`${this.url}/ping`).catch(() => undefined),
      answer => answer?.ok === true,
    )
  }

  /** The rows that it answers with. */
  async query(q: string): Promise<unknown[][]> {
    const body = new URLSearchParams({ q, db: 'picket', epoch: 'ms' })
    const answer = await fetch(`${this.url}/query`, { method: 'POST', body })
    const { results } = (await answer.json()) as { results: { series?: { values: unknown[][] }[] }[] }
    return results[0]?.series?.flatMap(({ values }) => values) ?? []
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
