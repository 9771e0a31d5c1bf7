import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const PIECE_BYTES = 65_536

/**
 * A file that only takes room. On a full disk SQLite can delete nothing: even that is written to its log first. Giving
 * this file up makes the room for it.
 */
export class Ballast {
  readonly #file: string
  readonly #sizeBytes: number

  /** @param sizeBytes - 0 for none */
  constructor(folder: string, sizeBytes: number) {
    this.#file = join(folder, 'reserve')
    this.#sizeBytes = sizeBytes
  }

  /** Makes it where it is missing; false where the disk has no room for it. */
  take(): boolean {
    if (this.#sizeBytes === 0 || existsSync(this.#file)) return true
    const descriptor = openSync(this.#file, 'w', 0o600)
    try {
      // Written, not reserved: some file systems promise room that they do not have.
      const piece = Buffer.alloc(PIECE_BYTES, 'picket ')
      for (let left = this.#sizeBytes; left > 0; left -= PIECE_BYTES)
        writeSync(descriptor, piece, 0, Math.min(left, PIECE_BYTES))
      fsyncSync(descriptor)
      return true
    } catch {
      rmSync(this.#file, { force: true })
      return false
    } finally {
      closeSync(descriptor)
    }
  }

  /** Gives its room up; false where there was none. */
  release(): boolean {
    const was = existsSync(this.#file)
    rmSync(this.#file, { force: true })
    return was
  }
}
