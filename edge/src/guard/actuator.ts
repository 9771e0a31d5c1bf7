import type { ActionNote } from '@picket/devices'
import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import type { Output } from './outputs/output.ts'
import type { Command } from './switchboard.ts'

export interface ActuatorOptions {
  name: string
  output: Output
  /** A command that has not been confirmed by then has failed. */
  timeoutMs: number
  clock: Clock
  /** Milliseconds that pass, for durations: performance.now. */
  stopwatch: () => number
  log: Log
  onAction(note: ActionNote): void
}

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000
// A broken siren is told of at the first failure and then now and then.
const NOTED_FAILURES_EVERY = 20

/**
 * Drives one output: one command at a time, the newest wins, and it is tried until the output has done it. A timed,
 * logged action each.
 */
export class Actuator {
  readonly #options: ActuatorOptions
  #wanted: Command | undefined
  #busy: Promise<void> | undefined
  #retryMs = FIRST_RETRY_MS
  #failures = 0
  #cancelRetry: CancelTimer = () => {}
  readonly #stopping = new AbortController()
  /** Ends what is under way when something newer is wanted. */
  #newer = new AbortController()
  /** What the output last confirmed; undefined before, or where it says nothing. */
  confirmed: boolean | undefined

  constructor(options: ActuatorOptions) {
    this.#options = options
  }

  /** The newest command; undefined before the first. */
  get command(): Command | undefined {
    return this.#wanted
  }

  tell(command: Command): void {
    this.#wanted = command
    this.#retryMs = FIRST_RETRY_MS
    this.#failures = 0
    this.#cancelRetry()
    // An output that does not answer must not hold up the command that counts.
    this.#newer.abort()
    this.#run()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy
  }

  async stop(): Promise<void> {
    this.#cancelRetry()
    this.#stopping.abort()
    await this.idle()
    await this.#options.output.stop()
  }

  #run(): void {
    if (this.#busy || this.#stopping.signal.aborted) return
    const command = this.#wanted as Command
    this.#busy = this.#try(command).then(done => {
      this.#busy = undefined
      // Another command came meanwhile: it is the one that counts.
      if (this.#wanted !== command) this.#run()
      else if (!done) this.#retryLater()
    })
  }

  async #try(command: Command): Promise<boolean> {
    const { output, timeoutMs, clock, stopwatch } = this.#options
    const at = clock.now()
    const began = stopwatch()
    const tooLong = new AbortController()
    const newer = new AbortController()
    this.#newer = newer
    // Real time: hardware does not follow a clock that a test holds.
    const timer = setTimeout(() => tooLong.abort(), timeoutMs)
    const signal = AbortSignal.any([tooLong.signal, newer.signal, this.#stopping.signal])
    try {
      const said = await output.set(command.on, signal)
      this.confirmed = said
      this.#failures = 0
      this.#note(command, { at, began, result: said === undefined ? 'unconfirmed' : 'confirmed' })
      return true
    } catch (error) {
      if (this.#stopping.signal.aborted || newer.signal.aborted) return true
      this.confirmed = undefined
      if (this.#failures++ % NOTED_FAILURES_EVERY === 0)
        this.#note(command, { at, began, result: 'failed', detail: (error as Error).message.slice(0, 300) })
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  #note(
    { output, on, why }: Command,
    { at, began, ...rest }: { at: number; began: number } & Pick<ActionNote, 'result' | 'detail'>,
  ): void {
    const durationMs = Math.round(this.#options.stopwatch() - began)
    const note: ActionNote = { type: 'action', at, output, on, why: why.slice(0, 300), durationMs, ...rest }
    const { log, onAction } = this.#options
    if (note.result === 'failed') log.error(note, 'an output could not be switched; it is tried again')
    else log.info(note, 'an output was switched')
    onAction(note)
  }

  #retryLater(): void {
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => this.#run())
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
  }
}
