import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

const Progress = Type.Object({
  anchorMs: Type.Integer(),
  /** When the scenario was first started by the wall clock. */
  startedMs: Type.Integer(),
  /** By series, the last measurement up to which everything is acknowledged. */
  series: Type.Record(Type.String(), Type.Integer()),
})
/** How far a scenario has come. */
export type Progress = Static<typeof Progress>

/** The file in which a scenario's progress survives. */
export class ProgressFile {
  readonly #path: string

  constructor(folder: string) {
    this.#path = join(folder, 'progress.json')
  }

  /** @throws StartError where the file is no progress */
  read(): Progress | undefined {
    if (!existsSync(this.#path)) return undefined
    let value: unknown
    try {
      value = JSON.parse(readFileSync(this.#path, 'utf8'))
    } catch {
      value = undefined
    }
    if (Value.Check(Progress, value)) return value
    throw new StartError('progress-damaged', `${this.#path} is damaged; delete it to start the scenario anew`)
  }

  /** Replaces the file in one step: a crash leaves the old one or the new one. */
  write(progress: Progress): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(progress), { mode: 0o600, flush: true })
    renameSync(`${this.#path}.new`, this.#path)
  }
}
