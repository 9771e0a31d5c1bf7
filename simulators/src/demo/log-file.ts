import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs'

const MAX_BYTES = 5_000_000
const KEPT = 2

/** A log that is bounded: at 5 MB it becomes `.1`, what was `.1` becomes `.2`, and what was `.2` is dropped. */
export class LogFile {
  readonly path: string
  #bytes: number

  constructor(path: string) {
    this.path = path
    this.#bytes = existsSync(path) ? statSync(path).size : 0
  }

  write(line: string): void {
    if (this.#bytes > MAX_BYTES) this.#rotate()
    this.#bytes += Buffer.byteLength(line) + 1
    appendFileSync(this.path, `${line}\n`, { mode: 0o600 })
  }

  #rotate(): void {
    for (let number = KEPT; number > 0; number--) {
      const older = number === 1 ? this.path : `${this.path}.${number - 1}`
      if (existsSync(older)) renameSync(older, `${this.path}.${number}`)
    }
    this.#bytes = 0
  }
}
