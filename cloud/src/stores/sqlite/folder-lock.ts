import { join } from 'node:path'
import { StartError } from '@picket/devices'
import Database from 'better-sqlite3'

/**
 * Holds a data folder for this process alone, until it is released or the process ends, however it ends. Two clouds
 * on one database would each write a journal of its own into it. The database itself cannot be held exclusively,
 * because queries read it on a connection of their own; a second one, empty, can.
 *
 * @returns releases the folder
 * @throws StartError where another process holds it
 */
export function lockFolder(folder: string): () => void {
  const lock = new Database(join(folder, 'lock.db'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new StartError(
      'data-in-use',
      `cannot take the data folder ${folder} (${(error as Error).message}); stop the other cloud that uses it, or name another folder`,
    )
  }
  return () => lock.close()
}
