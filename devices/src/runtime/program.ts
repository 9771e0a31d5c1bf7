import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StartError } from '../fault.ts'
import { createLog, type Log } from './log.ts'

/** What a running program can be asked. */
export interface Running {
  /** Ends it in order; nothing that was acknowledged is lost either way. */
  stop(): Promise<void>
}

/**
 * Runs a program until SIGINT or SIGTERM, then stops it in order.
 * A StartError becomes one line on standard error and exit code 1.
 */
export async function runProgram(name: string, start: (log: Log) => Promise<Running>): Promise<void> {
  const log = createLog(name)
  try {
    const running = await start(log)
    let stopping = false
    const stop = (signal: string): void => {
      if (stopping) return
      stopping = true
      log.info({ signal }, 'stopping')
      running.stop().then(
        () => process.exit(0),
        error => {
          log.error({ error }, 'stopping failed')
          process.exit(1)
        },
      )
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal))
    // The parent is gone: nobody will stop us any more.
    process.on('disconnect', () => stop('disconnect'))
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`${name}: ${error.message}\n`)
    process.exit(1)
  }
}

/**
 * Makes a folder for data if need be.
 *
 * @throws StartError where it cannot be written
 */
export function openDataFolder(folder: string): void {
  try {
    makeFolder(resolve(folder))
    // With the slash, a file in its place is refused too.
    accessSync(`${folder}/`, constants.W_OK)
  } catch (error) {
    throw new StartError(
      'data-folder',
      `cannot write the data folder ${folder} (${(error as NodeJS.ErrnoException).code}); make it writable or name another`,
    )
  }
}

// mkdir's own `recursive` never returns where the file system refuses with ENOENT, as /proc does.
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  syncFolder(dirname(folder))
}

// A power cut can take the name of a new folder, and with it all that was ever synced inside.
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The StartError for a server that could not listen. `setting` names what the user can change. */
export function listenError(error: NodeJS.ErrnoException, port: number, setting: string): StartError {
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      'port-in-use',
      `port ${port} is in use; stop the other program or set ${setting} to a free port`,
    )
  }
  if (error.code === 'EACCES') {
    return new StartError(
      'port-forbidden',
      `port ${port} may not be opened by this user; set ${setting} above 1023`,
    )
  }
  return new StartError('listen', `cannot listen on port ${port}: ${error.message}; see ${setting}`)
}
