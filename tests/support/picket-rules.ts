import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import { ROOT } from './installation.ts'

export interface Printed {
  code: number
  out: string
  errors: string
}

/** Runs `picket-rules` against a running cloud: its token in the environment, its address as `--url`. */
export function picketRules(api: ApiClient, ...args: string[]): Promise<Printed> {
  const token = api.authorization.authorization.slice('Bearer '.length)
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [join(ROOT, 'rules', 'src', 'main.ts'), ...args, '--url', api.base],
      { env: { ...process.env, PICKET_TOKEN: token } },
      (error, out, errors) => resolve({ code: error ? Number(error.code) : 0, out, errors }),
    )
  })
}
