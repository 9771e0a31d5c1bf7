import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import Database from 'better-sqlite3'
import { DATABASE_FILE, openDatabase } from './database.ts'
import { Epoch } from './epoch.ts'
import { Runs, readDamaged } from './runs.ts'

const PREFIX = 'outbox-damaged-'
const SUFFIXES = ['', '-wal', '-journal']
/** More are never made: a card that damages file after file must not fill with them. */
const MOST_ASIDE = 8
/** No start waits for a longer salvage; what is left stays in the file that was set aside. */
const SALVAGED_BYTES = 256_000_000

/** How many damaged databases stand beside the outbox, until somebody takes them away. */
export const asideCount = (folder: string): number =>
  readdirSync(folder).filter(name => name.startsWith(PREFIX) && name.endsWith('.db')).length

/**
 * Renames a damaged database and its log, which are never deleted, and makes a new one with what can still be read and
 * waits for the cloud, under the numbers that it has. Where that fails, all is as it was.
 *
 * @param known - what memory knows of the epochs in it
 * @returns the new name of the damaged one in the folder
 * @throws StartError where too many stand there already, or the disk refuses
 */
export function setAside(folder: string, now: number, known: readonly Epoch[]): string {
  if (asideCount(folder) >= MOST_ASIDE)
    throw new StartError(
      'outbox-damaged',
      `${MOST_ASIDE} damaged databases stand in ${folder}: the disk is not sound; replace it, or take them away`,
    )
  const name = freeName(folder, now)
  rename(folder, DATABASE_FILE, name)
  try {
    const database = openDatabase(folder)
    try {
      database.transaction(() => {
        salvage(join(folder, name), database)
        const runs = new Runs(database)
        for (const epoch of known) if (epoch.next > 0) runs.writeEpoch(epoch, epoch.announced)
      })()
    } finally {
      database.close()
    }
  } catch (error) {
    for (const suffix of SUFFIXES) rmSync(join(folder, DATABASE_FILE + suffix), { force: true })
    rename(folder, name, DATABASE_FILE)
    throw error
  }
  return name
}

function rename(folder: string, from: string, to: string): void {
  for (const suffix of SUFFIXES) {
    const file = join(folder, from + suffix)
    if (existsSync(file)) renameSync(file, join(folder, to + suffix))
  }
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

function freeName(folder: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(':', '').slice(0, 17)
  for (let count = 1; ; count++) {
    const name = `${PREFIX}${time}${count > 1 ? `-${count}` : ''}.db`
    if (!existsSync(join(folder, name))) return name
  }
}

// Copies what can still be read and waits for the cloud, under the numbers that it has.
function salvage(file: string, into: Database.Database): void {
  const target = new Runs(into)
  let from: Database.Database | undefined
  let bytes = 0
  try {
    from = new Database(file)
    from.pragma('locking_mode = EXCLUSIVE')
    for (const found of readDamaged(from)) {
      if (found instanceof Epoch) target.writeEpoch(found, found.announced)
      else {
        target.insert(found)
        bytes += found.body.length
        if (bytes > SALVAGED_BYTES) break
      }
    }
  } catch {
    // What stands further in is out of reach here; the file stays.
  } finally {
    from?.close()
  }
}
