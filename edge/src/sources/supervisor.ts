import { type Fault, type FileFault, formatFileFault, StartError } from '@picket/devices'
import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import type { TSchema } from 'typebox'
import { SOURCE_KINDS } from './catalogue.ts'
import type { Source, SourceContext } from './source.ts'

/** A source of the gateway's file, not yet looked at. */
export interface SourceEntry {
  name: string
  type: string
  /** File and line. */
  where: string
  /** What stands there, and how it is checked with file and line. */
  check(schema: TSchema): { settings: unknown } | { faults: FileFault[] }
}

/** How a source is doing. */
export interface SourceState {
  name: string
  type: string
  isRunning: boolean
  port?: number
  /** Why it does not run. */
  fault?: Fault
}

export interface SupervisorOptions {
  entries: readonly SourceEntry[]
  contextOf(entry: SourceEntry): Omit<SourceContext, 'failed'>
  clock: Clock
  log: Log
}

const FIRST_RETRY_MS = 5000
const LAST_RETRY_MS = 5 * 60_000

/** Starts every source alone: one that cannot is named, in the log and to the cloud, and is tried again. */
export class Supervisor {
  readonly #wards: Ward[]

  constructor({ entries, ...options }: SupervisorOptions) {
    this.#wards = entries.map(entry => new Ward(entry, options))
  }

  get states(): SourceState[] {
    return this.#wards.map(ward => ward.state)
  }

  /** Resolves when each has been tried once. */
  async start(): Promise<void> {
    await Promise.all(this.#wards.map(ward => ward.start()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#wards.map(ward => ward.stop()))
  }
}

class Ward {
  readonly #entry: SourceEntry
  readonly #options: Omit<SupervisorOptions, 'entries'>
  #source: Source | undefined
  #fault: Fault | undefined
  #retryMs = FIRST_RETRY_MS
  #cancelRetry: CancelTimer = () => {}
  #isStopped = false

  constructor(entry: SourceEntry, options: Omit<SupervisorOptions, 'entries'>) {
    this.#entry = entry
    this.#options = options
  }

  get state(): SourceState {
    const { name, type } = this.#entry
    const state: SourceState = { name, type, isRunning: this.#source !== undefined }
    if (this.#source?.port !== undefined) state.port = this.#source.port
    if (this.#fault) state.fault = this.#fault
    return state
  }

  async start(): Promise<void> {
    const { type, where } = this.#entry
    try {
      const load = SOURCE_KINDS[type]
      if (!load) return this.#giveUp(unknownType(type, where))
      const kind = await load()
      const checked = this.#entry.check(kind.settings)
      if ('faults' in checked) {
        const message = checked.faults.map(formatFileFault).join('; ')
        return this.#giveUp({
          code: 'source-config',
          message: `${message}; start again when it is put right`,
        })
      }
      const source = await kind.start(checked.settings, this.#context())
      if (this.#isStopped) return await source.stop()
      this.#running(source)
    } catch (error) {
      this.#retryLater(error as Error)
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRetry()
    await this.#source?.stop()
  }

  #context(): SourceContext {
    return {
      ...this.#options.contextOf(this.#entry),
      failed: error => {
        if (this.#source === undefined) return
        const source = this.#source
        this.#source = undefined
        source.stop().catch(() => {})
        this.#retryLater(error)
      },
    }
  }

  #running(source: Source): void {
    const { name } = this.#entry
    this.#source = source
    this.#retryMs = FIRST_RETRY_MS
    if (this.#fault) this.#options.log.info({ source: name }, 'the source runs again')
    this.#fault = undefined
  }

  #giveUp(fault: Fault): void {
    const { name } = this.#entry
    this.#fault = fault
    this.#options.log.error({ source: name, fault }, 'a source does not run; the others do')
    this.#options.contextOf(this.#entry).refuse(`source ${name}`, fault)
  }

  #retryLater(error: Error): void {
    if (this.#isStopped) return
    const code = error instanceof StartError ? error.code : 'source-failed'
    this.#giveUp({ code, message: `${this.#entry.where}: ${error.message}` })
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => this.start())
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS)
  }
}

const unknownType = (type: string, where: string): Fault => ({
  code: 'source-type',
  message: `${where}: no source of type ${type}; there are ${Object.keys(SOURCE_KINDS).join(', ')}`,
})
