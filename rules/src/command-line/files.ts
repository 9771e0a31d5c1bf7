import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FileFault, formatFileFault, type ModelLibrary, readModel } from '@picket/devices'
import { BacktestError } from '../backtest/episode-collector.ts'
import { CloudError } from '../cloud-client.ts'
import type { PackFile } from '../language/index.ts'

/** Exit codes of `picket-rules`. */
export const EXIT_WRONG = 1
export const EXIT_UNREADABLE = 2

const SHIPPED_MODELS = fileURLToPath(new URL('.', import.meta.resolve('@picket/devices/models/gateway.yaml')))

/** What cannot be used; each fault becomes one line on standard error. */
export class UnusableError extends Error {
  readonly lines: string[]
  constructor(faults: readonly (FileFault | string)[]) {
    super('unusable files')
    this.lines = faults.map(fault => (typeof fault === 'string' ? fault : formatFileFault(fault)))
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** @throws UnusableError */
export function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UnusableError([`${file}: cannot be read (${codeOf(error)})`])
  }
}

/** @throws UnusableError */
export function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UnusableError([`${file}: cannot be written (${codeOf(error)})`])
  }
}

/** The file itself, or the files of a folder that end so, by name. @throws UnusableError */
export function filesAt(path: string, ending: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path)
      .filter(name => name.endsWith(ending))
      .sort()
      .map(name => join(path, name))
  } catch (error) {
    throw new UnusableError([`${path}: cannot be read (${codeOf(error)})`])
  }
}

/** The packs of files and folders; tests that stand beside them are left out. @throws UnusableError */
export function readPacks(paths: readonly string[]): PackFile[] {
  const files = paths.flatMap(path => filesAt(path, '.yaml')).filter(file => !file.endsWith('.test.yaml'))
  if (files.length === 0) throw new UnusableError([`${paths.join(', ')}: there is no pack in it`])
  return files.map(file => ({ file, text: readFile(file) }))
}

/** The shipped device models and those of a folder. @throws UnusableError */
export function readModels(folder: string | undefined): ModelLibrary {
  const models = new Map()
  for (const file of [SHIPPED_MODELS, ...(folder === undefined ? [] : [folder])].flatMap(one =>
    filesAt(one, '.yaml'),
  )) {
    const result = readModel(readFile(file), file)
    if ('faults' in result) throw new UnusableError(result.faults)
    models.set(result.model.model, result.model)
  }
  return models
}

/** Runs a command: its exit code, or what it cannot use on standard error. */
export async function runCommand(work: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (error instanceof UnusableError) for (const line of error.lines) console.error(line)
    else if (error instanceof BacktestError) console.error(error.message)
    else if (error instanceof CloudError)
      for (const line of [error.message, ...error.details]) console.error(line)
    else throw error
    process.exitCode = EXIT_UNREADABLE
  }
}
