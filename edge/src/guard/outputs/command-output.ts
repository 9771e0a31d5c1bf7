import { spawn } from 'node:child_process'
import type { Output } from './output.ts'

/** A command line for each state: program and arguments, run without a shell. Exit code 0 says that it is done. */
export class CommandOutput implements Output {
  readonly #lines: { on: readonly string[]; off: readonly string[] }

  constructor(lines: { on: readonly string[]; off: readonly string[] }) {
    this.#lines = lines
  }

  set(on: boolean, signal: AbortSignal): Promise<boolean> {
    const [program, ...parameters] = on ? this.#lines.on : this.#lines.off
    return new Promise((resolve, reject) => {
      const child = spawn(program as string, parameters, { stdio: 'ignore', signal, killSignal: 'SIGKILL' })
      child.once('error', reject)
      child.once('exit', (code, killed) => {
        if (code === 0) resolve(on)
        else reject(new Error(`${program} ended with ${code === null ? killed : `exit code ${code}`}`))
      })
    })
  }

  async stop(): Promise<void> {}
}
