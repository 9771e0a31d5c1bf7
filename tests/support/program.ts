import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { AdvanceMessage, IdleMessage } from '@picket/devices/runtime'

const execFileAsync = promisify(execFile)

export interface ProgramOptions {
  /** What errors call it. */
  name: string
  script: string
  arguments: readonly string[]
  environment?: Record<string, string>
  /** The message of the log line that says it is up; without one the program is waited for with `ended`. */
  readyMessage?: string
}

/** How a program ended: one of the two is null. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

const LAST_LINES = 200

/** A program of Picket in a process of its own, on this Node; it ends with the test that started it. */
export class Program {
  readonly name: string
  /** Resolves when the process is gone and all of its output has been read. */
  readonly ended: Promise<Ending>
  /** Resolves when it is up; rejects with its last lines where it ends before. */
  readonly ready: Promise<void>
  /** Its newest lines, of standard output and standard error. */
  readonly lines: string[] = []
  readonly #process: ChildProcess
  /** True once it is gone. */
  hasEnded = false

  private constructor(name: string, child: ChildProcess, readyMessage: string | undefined) {
    this.name = name
    this.#process = child
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.hasEnded = true
      return { code, signal }
    })
    this.ready = this.#listen(readyMessage)
    // Whoever kills a program while it starts need not wait for it.
    this.ready.catch(() => {})
  }

  /** Starts it and waits for its ready message. Throws with its last lines where it ends before. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = Program.launch(options)
    await program.ready
    return program
  }

  /** Starts it and waits for nothing. */
  static launch({ name, script, arguments: words, environment, readyMessage }: ProgramOptions): Program {
    // Settings of the person who runs the tests must not leak into them.
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('PICKET_'))
    const child = spawn(process.execPath, [script, ...words], {
      env: { ...Object.fromEntries(inherited), ...environment },
      // The channel advances its clock, and tells it when the test is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    return new Program(name, child, readyMessage)
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** Ends it in order. Harmless when it has ended. */
  stop(): Promise<Ending> {
    if (!this.hasEnded) this.#process.kill('SIGTERM')
    return this.ended
  }

  /** Ends it as Ctrl-C does. Harmless when it has ended. */
  interrupt(): Promise<Ending> {
    if (!this.hasEnded) this.#process.kill('SIGINT')
    return this.ended
  }

  /** Ends it without a warning, as a power cut would. Harmless when it has ended. */
  kill(): Promise<Ending> {
    if (!this.hasEnded) this.#process.kill('SIGKILL')
    return this.ended
  }

  /** Moves the clock of a program that was started with `PICKET_CLOCK`; resolves when it has nothing left to do. */
  async advanceTo(time: number): Promise<void> {
    const idle = once(this.#process, 'message') as Promise<[IdleMessage]>
    this.#process.send({ advanceTo: time } satisfies AdvanceMessage)
    await Promise.race([idle, this.ended.then(() => Promise.reject(this.#death()))])
  }

  #listen(readyMessage: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const hear = (line: string): void => {
        this.lines.push(line)
        if (this.lines.length > LAST_LINES) this.lines.shift()
        if (readyMessage !== undefined && line.includes(`"msg":"${readyMessage}"`)) resolve()
      }
      for (const stream of [this.#process.stdout, this.#process.stderr])
        if (stream) createInterface({ input: stream }).on('line', hear)
      this.#process.once('error', reject)
      if (readyMessage === undefined) resolve()
      else this.ended.then(() => reject(this.#death()))
    })
  }

  #death(): Error {
    return new Error(`${this.name} ended; its last lines:\n${this.lines.slice(-20).join('\n')}`)
  }
}

/**
 * Runs a program to its end.
 *
 * @returns its standard output
 * @throws with its last lines where it does not end with 0
 */
export async function runToEnd(script: string, words: readonly string[]): Promise<string> {
  const { stdout } = await execFileAsync(process.execPath, [script, ...words], { encoding: 'utf8' })
  return stdout
}
