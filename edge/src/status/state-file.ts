import { renameSync, writeFileSync } from 'node:fs'

/**
 * Writes what the gateway knows of itself in place of what stood there; a power cut leaves one of the two. It is not
 * synced: no reading is in it.
 */
export function writeState(file: string, state: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
