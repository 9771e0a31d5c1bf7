import type { Db } from './database.ts'

/** What the cloud remembers of a gateway's identity. */
export interface GatewayIdentity {
  instance: string | null
  /** Instances that a later one took the place of, newest last. */
  superseded: string[]
  conflict: boolean
  lastSeen: number | null
}

interface Row {
  id: string
  instance: string | null
  superseded: string
  conflict: number
  last_seen: number | null
}

// A restart makes a new instance; an old one that comes back after this many is not recognised.
const MAX_SUPERSEDED = 256

/** Which process speaks as which gateway. */
export class SqliteGateways {
  readonly #known = new Map<string, GatewayIdentity>()
  readonly #put
  readonly #forget

  constructor(db: Db) {
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO gateway (id, instance, superseded, conflict, last_seen) VALUES (?, ?, ?, ?, ?)',
    )
    this.#forget = db.prepare('DELETE FROM gateway WHERE id = ?')
    for (const row of db.prepare('SELECT * FROM gateway').all() as Row[]) {
      this.#known.set(row.id, {
        instance: row.instance,
        superseded: JSON.parse(row.superseded),
        conflict: row.conflict === 1,
        lastSeen: row.last_seen,
      })
    }
  }

  get(id: string): GatewayIdentity {
    return this.#known.get(id) ?? { instance: null, superseded: [], conflict: false, lastSeen: null }
  }

  /**
   * Notes that an instance says hello, within the caller's transaction.
   *
   * @returns false when another instance has spoken for the gateway since this one did: two live at once
   */
  greet(id: string, instance: string, now: number): boolean {
    const known = this.get(id)
    const returning = known.superseded.includes(instance)
    const superseded =
      returning || known.instance === null || known.instance === instance
        ? known.superseded
        : [...known.superseded, known.instance].slice(-MAX_SUPERSEDED)
    this.#save(id, {
      instance: returning ? known.instance : instance,
      superseded,
      conflict: known.conflict || returning,
      lastSeen: now,
    })
    return !returning
  }

  /** Notes that a gateway was heard; kept in memory until its next hello. */
  hear(id: string, now: number): void {
    const known = this.#known.get(id)
    if (known) known.lastSeen = now
  }

  /** The other instance has been quiet; to be called within the transaction of the reading that says so. */
  endConflict(id: string): void {
    this.#save(id, { ...this.get(id), conflict: false })
  }

  /** Puts what is known of a gateway under another id of it, within the caller's transaction. */
  rename(old: string, present: string): void {
    const before = this.#known.get(old)
    if (!before) return
    const now = this.#known.get(present)
    const [newer, older] =
      now && (now.lastSeen ?? 0) >= (before.lastSeen ?? 0) ? [now, before] : [before, now]
    const known = [
      ...(older?.superseded ?? []),
      ...(older?.instance ? [older.instance] : []),
      ...newer.superseded,
    ]
    const superseded = [...new Set(known)].filter(one => one !== newer.instance).slice(-MAX_SUPERSEDED)
    this.#save(present, { ...newer, superseded, conflict: newer.conflict || older?.conflict === true })
    this.#known.delete(old)
    this.#forget.run(old)
  }

  #save(id: string, identity: GatewayIdentity): void {
    this.#known.set(id, identity)
    const { instance, superseded, conflict, lastSeen } = identity
    this.#put.run(id, instance, JSON.stringify(superseded), Number(conflict), lastSeen)
  }
}
