import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/api-client.ts'
import { freePorts } from '../support/ports.ts'

/** Debian's victoria-metrics, which takes what is written to InfluxDB 2, with an empty folder. */
export interface VictoriaMetrics {
  url: string
  pid: number
  stop(): Promise<void>
}

export async function startVictoriaMetrics(): Promise<VictoriaMetrics> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-victoria-'))
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    'victoria-metrics',
    [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  )
  await once(child, 'spawn')
  await eventually(
    () => fetch(`${url}/ping`).catch(() => undefined),
    answer => answer?.ok === true,
  )
  return {
    url,
    pid: child.pid as number,
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
