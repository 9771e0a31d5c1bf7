import { readFileSync, realpathSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { ROW_OUTCOMES, type RowReport, StartError } from '@picket/devices'
import type { Log } from '@picket/devices/runtime'
import { Credentials } from '../broker/credentials.ts'
import type { Configuration } from '../stores/sqlite/journal.ts'
import type { ImportAnswer, ImportRequest, TableFormat } from './import-request.ts'

/** What became of an import. */
export type ImportOutcome =
  | { ok: true; written: boolean; report: RowReport[] }
  | {
      ok: false
      code: 'registry-refused' | 'registry-changed' | 'registry-unwritable' | 'busy'
      message: string
      details?: readonly string[]
    }

interface RegistryImportParts {
  /** The registry file. */
  file: string
  /** Turns a path of the registry into one to open. */
  resolve: (path: string) => string
  /** What is in force. */
  configuration: () => Configuration
  log: Log
}

const MAX_HEAP_MB = 1024
const MOST_DETAILS = 50

/**
 * Brings tables into the registry file, one at a time. The file stays where the registry is: it is replaced as a whole, and
 * whoever watches it takes what it holds. What the cloud would then refuse is not written.
 */
export class RegistryImport {
  readonly #parts: RegistryImportParts
  #isBusy = false

  constructor(parts: RegistryImportParts) {
    this.#parts = parts
  }

  /** @param request.write - without it nothing changes, and the report says what would */
  async run(request: {
    table: Uint8Array
    format: TableFormat
    write: boolean
    by: string
  }): Promise<ImportOutcome> {
    if (this.#isBusy) return { ok: false, code: 'busy', message: 'another import runs; only one at a time' }
    this.#isBusy = true
    try {
      return await this.#run(request)
    } finally {
      this.#isBusy = false
    }
  }

  async #run({ table, format, write, by }: Parameters<RegistryImport['run']>[0]): Promise<ImportOutcome> {
    const { file, configuration, log } = this.#parts
    const before = textOf(file)
    if (before === undefined) return unreadable(file)
    const answer = await inThread({ table, format, registry: before, configuration: configuration() })
    if ('refused' in answer) return refused(answer.refused)
    const { report, written, gateways } = answer
    const secretFault = this.#secretFault(gateways)
    if (secretFault !== undefined) return refused([secretFault])
    if (!write || written === undefined) return { ok: true, written: false, report }
    if (textOf(file) !== before)
      return { ok: false, code: 'registry-changed', message: 'the registry file was changed meanwhile' }
    const fault = replaceFile(file, written)
    if (fault !== undefined) return fault
    const counts = ROW_OUTCOMES.map(outcome => [
      outcome,
      report.filter(one => one.outcome === outcome).length,
    ])
    log.info({ by, ...Object.fromEntries(counts) }, 'rows were brought into the registry')
    return { ok: true, written: true, report }
  }

  // Without its password a gateway would keep the whole registry from being taken.
  #secretFault(gateways: { id: string; passwordFile: string }[]): string | undefined {
    try {
      new Credentials({ sites: [], gateways, devices: [] }, this.#parts.resolve)
      return undefined
    } catch (error) {
      if (error instanceof StartError) return error.message
      throw error
    }
  }
}

const refused = (faults: readonly string[]): ImportOutcome => ({
  ok: false,
  code: 'registry-refused',
  message: 'the rows cannot be brought into the registry',
  details: faults.slice(0, MOST_DETAILS),
})

const unreadable = (file: string): ImportOutcome => ({
  ok: false,
  code: 'registry-unwritable',
  message: `the registry file ${file} cannot be read`,
})

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

// Written beside it and put in its place: a start in between finds the one or the other.
function replaceFile(file: string, text: string): Extract<ImportOutcome, { ok: false }> | undefined {
  let written: string | undefined
  try {
    // A link stays one: what it leads to is written.
    const target = realpathSync(file)
    written = `${target}.new`
    writeFileSync(written, text, { mode: statSync(target).mode, flush: true })
    renameSync(written, target)
    return undefined
  } catch (error) {
    if (written !== undefined) discard(written)
    const { code } = error as NodeJS.ErrnoException
    const message = `the registry file ${file} cannot be written (${code})`
    return { ok: false, code: 'registry-unwritable', message }
  }
}

function discard(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // It is not there, or is no file.
  }
}

function inThread(request: ImportRequest): Promise<ImportAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./import-thread.ts', import.meta.url), {
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`the import was stopped (${code})`)))
  })
}
