import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { StartError } from '@picket/devices'
import { LogFile } from './log-file.ts'
import { Quiet, warningIn } from './warnings.ts'

export interface ChildOptions {
  /** What the terminal calls it. */
  name: string
  script: string
  arguments: readonly string[]
  environment: Record<string, string | undefined>
  logFile: string
  /** Shows a line to the person at the terminal. */
  say(line: string): void
}

const START_GRACE_MS = 60_000
const STOP_GRACE_MS = 15_000
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 30_000
// A program that ends so often is broken, not unlucky.
const MAX_ENDS = 6
const ENDS_WITHIN_MS = 600_000

/**
 * A program of its own process: its output goes to a log file, its warnings to the terminal. Once it has come up it
 * is started again when it ends by itself, with a delay that doubles, and given up when that happens too often.
 */
export class Child {
  readonly #options: ChildOptions
  readonly #log: LogFile
  readonly #quiet = new Quiet()
  #process: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #up = false
  #stopping = false
  #ends: number[] = []
  #restart: NodeJS.Timeout | undefined
  #lastError = ''

  constructor(options: ChildOptions) {
    this.#options = options
    this.#log = new LogFile(options.logFile)
  }

  /**
   * Starts it and waits until it is up.
   *
   * @param isUp - asked again and again until it answers true
   * @throws StartError with its last words where it ends before, or is not up within a minute
   */
  async start(isUp: () => Promise<boolean>): Promise<void> {
    this.#spawn()
    const latest = performance.now() + START_GRACE_MS
    while (!(await isUp())) {
      await new Promise(resolve => setTimeout(resolve, 100))
      if (this.#stopping) return
      if (this.#process === undefined)
        throw new StartError(
          'child-start',
          this.#lastError || `${this.#options.name} ended at its start; see ${this.#log.path}`,
        )
      if (performance.now() > latest)
        throw new StartError(
          'child-silent',
          `${this.#options.name} did not come up within a minute; see ${this.#log.path}`,
        )
    }
    this.#up = true
    if (this.#process === undefined) this.#afterEnd()
  }

  /** Ends it in order; after 15 s by force, and says so. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const running = this.#process
    if (running === undefined) return
    running.kill('SIGTERM')
    const force = setTimeout(() => {
      this.#say('did not stop within 15 s and was ended by force')
      running.kill('SIGKILL')
    }, STOP_GRACE_MS)
    await this.#ended
    clearTimeout(force)
  }

  #spawn(): void {
    const { script, environment } = this.#options
    // Its own process group: Ctrl-C reaches the launcher alone, which stops its children in order. The channel
    // tells them when the launcher is gone without having done so.
    const child = spawn(process.execPath, [script, ...this.#options.arguments], {
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process = child
    for (const [stream, isError] of [
      [child.stdout, false],
      [child.stderr, true],
    ] as const)
      if (stream) createInterface({ input: stream }).on('line', line => this.#hear(line, isError))
    this.#ended = new Promise(resolve => {
      child.once('error', error => {
        this.#lastError = error.message
      })
      child.once('close', (code, signal) => {
        this.#process = undefined
        this.#log.write(`ended with ${signal ?? `code ${code}`}`)
        resolve()
        if (this.#up) this.#afterEnd(signal ?? `code ${code}`)
      })
    })
  }

  #afterEnd(how = 'an error'): void {
    if (this.#stopping) return
    const now = performance.now()
    this.#ends = [...this.#ends.filter(end => now - end < ENDS_WITHIN_MS), now]
    if (this.#ends.length >= MAX_ENDS) {
      this.#say(`ended ${MAX_ENDS} times within ten minutes and is not started again; see ${this.#log.path}`)
      return
    }
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (this.#ends.length - 1), LONGEST_DELAY_MS)
    this.#say(`ended by itself (${how}); starting it again in ${delayMs / 1000} s`)
    this.#restart = setTimeout(() => this.#spawn(), delayMs)
  }

  #hear(line: string, isError: boolean): void {
    this.#log.write(line)
    // The reason of a failed start is printed by whoever started it.
    if (isError && line.trim() !== '') this.#lastError = line.trim()
    const warning = warningIn(line)
    if (warning !== undefined && !this.#stopping && (this.#up || !isError)) this.#say(warning)
  }

  #say(line: string): void {
    const passed = this.#quiet.pass(line, performance.now())
    if (passed !== undefined) this.#options.say(`${this.#options.name}: ${passed}`)
  }
}
