import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real server on loopback with an empty folder, for tests. */
export interface ServerProcess {
  url: string
  stop(): Promise<void>
}

/** True where a program is installed; tests that need it skip where it is not. */
export const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0

/**
 * Starts Debian's influxdb, which answers InfluxQL, with a database `picket`.
 *
 * @param user - who has to say so, with the password, from then on
 */
export async function startInfluxdb(user?: { name: string; password: string }): Promise<ServerProcess> {
  const server = await start('influxd', ({ folder, port }) => ({
    args: ['run', '-config', '/dev/null'],
    env: {
      INFLUXDB_META_DIR: join(folder, 'meta'),
      INFLUXDB_DATA_DIR: join(folder, 'data'),
      INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
      INFLUXDB_BIND_ADDRESS: '127.0.0.1:0',
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_MONITOR_STORE_ENABLED: 'false',
      INFLUXDB_HTTP_AUTH_ENABLED: String(user !== undefined),
    },
  }))
  const ask = (q: string, headers = {}) =>
    fetch(`${server.url}/query`, { method: 'POST', headers, body: new URLSearchParams({ q }) })
  if (user) await ask(`CREATE USER "${user.name}" WITH PASSWORD '${user.password}' WITH ALL PRIVILEGES`)
  const words = Buffer.from(`${user?.name}:${user?.password}`).toString('base64')
  await ask('CREATE DATABASE picket', user && { authorization: `Basic ${words}` })
  return server
}

/** Starts Debian's victoria-metrics, which takes what the official client writes to InfluxDB 2. */
export function startVictoriaMetrics(): Promise<ServerProcess> {
  return start('victoria-metrics', ({ folder, port }) => ({
    args: [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'],
    env: {},
  }))
}

async function start(
  program: string,
  options: (place: { folder: string; port: number }) => { args: string[]; env: Record<string, string> },
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), `picket-${program}-`))
  const port = await freePort()
  const { args, env } = options({ folder, port })
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await answers(child, url)
  return {
    url,
    async stop() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

// Neither program says when it listens.
async function answers(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(`${url}/ping`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
}
