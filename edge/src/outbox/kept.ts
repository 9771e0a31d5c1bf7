import type Database from 'better-sqlite3'

/** Small things that are kept beside the records, such as the rules that the gateway runs: by name. */
export class Kept {
  readonly #put: Database.Statement
  readonly #delete: Database.Statement
  readonly #get: Database.Statement

  constructor(database: Database.Database) {
    this.#put = database.prepare('INSERT OR REPLACE INTO kept (name, body) VALUES (?, ?)')
    this.#delete = database.prepare('DELETE FROM kept WHERE name = ?')
    this.#get = database.prepare('SELECT body FROM kept WHERE name = ?').pluck()
  }

  put(name: string, body: Buffer | null): void {
    if (body) this.#put.run(name, body)
    else this.#delete.run(name)
  }

  get(name: string): Buffer | undefined {
    return this.#get.get(name) as Buffer | undefined
  }
}
