import { decodeBody, encodeBody, type Reading } from '@picket/devices'
import type { EngineState, FlagRequest, JudgeState, ShadowState, Transition } from '@picket/rules'
import type { DerivedValue } from '../ports.ts'
import type { Db } from './database.ts'
import { cutState, joinState } from './state-parts.ts'

/** What the engine was configured with, as texts: enough to compile it again. */
export interface Configuration {
  packs: { file: string; text: string }[]
  models: { file: string; text: string }[]
  registry: string
  /** What its faults call the registry's file; absent in what was kept before it was noted. */
  registryFile?: string
  /** Names of the notification channels; absent in what was kept before they were noted. */
  channels?: string[]
}

/** A revision of the rule set as it runs in the shadow. */
export interface ShadowPacks {
  /** The revision. */
  number: number
  packs: Configuration['packs']
  /** When it began, engine time. */
  since: number
}

/** An input of the engine as the journal keeps it. */
export type JournalEntry =
  | { kind: 'readings'; now: number; readings: readonly Reading[] }
  | { kind: 'amend'; now: number; readings: readonly Reading[] }
  | { kind: 'acknowledge'; now: number; episode: string; by: string; note?: string }
  | { kind: 'reset'; now: number; episode: string; by: string; note?: string }
  | { kind: 'flag'; now: number; flag: FlagRequest }
  | { kind: 'unflag'; now: number; flag: string; by: string; reason?: string }
  /** `promoted`: the shadow's state goes on as the live one. */
  | { kind: 'configure'; now: number; configuration: Configuration; promoted?: true }
  /** Packs are judged beside the live ones, with their models and registry. */
  | { kind: 'shadow'; now: number; shadow: ShadowPacks }
  | { kind: 'unshadow'; now: number }
  /** The rules that a gateway's engine decides from now on. */
  | { kind: 'delegate'; now: number; gateway: string; rules: readonly string[] }
  /** A step that a gateway's engine decided. */
  | { kind: 'mirrored'; now: number; gateway: string; transition: Transition }
  | { kind: 'resumed'; now: number }
  | { kind: 'tick'; now: number }

interface JournalRow {
  ordinal: number
  now: number
  kind: JournalEntry['kind']
  count: number
  body: Buffer
}

/** What the engine, the judge of quality and the shadow know. */
export interface KeptState {
  engine: EngineState
  judge: JudgeState
  shadow?: ShadowPacks & { state: ShadowState }
}

/** The state after entry `ordinal`. */
export interface Snapshot {
  ordinal: number
  configuration: Configuration
  state: KeptState
}

// Old entries go in steps, so that no single commit has much to delete: so many, and twice what came since.
const PRUNE_AT_LEAST = 32

/** Every input of the engine in the order in which it saw them, and now and then its state. */
export class Journal {
  readonly #statements
  #next: number
  /** Ordinal that the newest snapshot covers. */
  #covered: number
  /** Entries after it are still to be shipped; infinity where nobody ships. */
  #shipped = Number.POSITIVE_INFINITY
  #now = 0
  #appendedSincePruned = 0

  constructor(db: Db) {
    this.#statements = {
      append: db.prepare('INSERT INTO journal (ordinal, now, kind, count, body) VALUES (?, ?, ?, ?, ?)'),
      first: db.prepare('SELECT min(ordinal) FROM journal').pluck(),
      writtenAfter: db.prepare('SELECT now FROM journal WHERE ordinal > ? ORDER BY ordinal LIMIT 1').pluck(),
      after: db.prepare("SELECT * FROM journal WHERE ordinal > ? AND kind <> 'recorded' ORDER BY ordinal"),
      configurations: db.prepare("SELECT now, body FROM journal WHERE kind = 'configure' ORDER BY ordinal"),
      prune: db.prepare(
        `DELETE FROM journal WHERE ordinal IN (SELECT ordinal FROM
          (SELECT ordinal, now FROM journal WHERE ordinal <= ? ORDER BY ordinal LIMIT ?) WHERE now < ?)`,
      ),
      putSnapshot: db.prepare(
        'INSERT OR REPLACE INTO snapshot (ordinal, configuration, state) VALUES (?, ?, ?)',
      ),
      dropSnapshots: db.prepare('DELETE FROM snapshot WHERE ordinal < ?'),
      putPart: db.prepare('INSERT INTO snapshot_part (ordinal, part, body) VALUES (?, ?, ?)'),
      dropParts: db.prepare('DELETE FROM snapshot_part'),
      parts: db.prepare('SELECT body FROM snapshot_part WHERE ordinal = ? ORDER BY part').pluck(),
      snapshot: db.prepare('SELECT * FROM snapshot ORDER BY ordinal DESC LIMIT 1'),
    }
    const last = db.prepare('SELECT max(ordinal) FROM journal').pluck().get() as number | null
    const snapshot = db.prepare('SELECT max(ordinal) FROM snapshot').pluck().get() as number | null
    this.#next = Math.max(last ?? 0, snapshot ?? 0) + 1
    this.#covered = snapshot ?? 0
  }

  /** Ordinal of the oldest entry that is kept; undefined where there is none. */
  get first(): number | undefined {
    return (this.#statements.first.get() as number | null) ?? undefined
  }

  /** Ordinal of the newest entry. */
  get last(): number {
    return this.#next - 1
  }

  /** Engine time of the first entry after an ordinal, ms UTC; undefined where there is none. */
  writtenAfter(ordinal: number): number | undefined {
    return this.#statements.writtenAfter.get(ordinal) as number | undefined
  }

  /** Appends within the caller's transaction. */
  append(entry: JournalEntry): void {
    const readings = 'readings' in entry ? entry.readings : undefined
    const count = readings?.length ?? 1
    const body = readings ? encodeBody(readings) : Buffer.from(JSON.stringify(entry))
    this.#appendedSincePruned++
    this.#now = entry.now
    this.#statements.append.run(this.#next++, entry.now, entry.kind, count, body)
  }

  /**
   * Notes values of derived series within the caller's transaction, where somebody ships the journal: no input of the
   * engine, which gives them again when it is replayed.
   */
  appendRecorded(values: readonly DerivedValue[]): void {
    if (this.#shipped === Number.POSITIVE_INFINITY) return
    this.#appendedSincePruned++
    const body = Buffer.from(JSON.stringify(values))
    this.#statements.append.run(this.#next++, this.#now, 'recorded', values.length, body)
  }

  /** Somebody ships the journal, and has done so up to an ordinal: what comes after it is kept for longer. */
  keepAfter(shipped: number): void {
    this.#shipped = shipped
  }

  /** The inputs of the engine after an ordinal, oldest first. */
  *after(ordinal: number): Iterable<JournalEntry> {
    for (const { kind, now, count, body } of this.#statements.after.iterate(
      ordinal,
    ) as Iterable<JournalRow>) {
      if (kind === 'readings' || kind === 'amend')
        yield { kind, now, readings: decodeBody(body, count) as Reading[] }
      else yield JSON.parse(body.toString()) as JournalEntry
    }
  }

  /** Every configuration that was put in force, oldest first, and when, engine time. */
  *configurations(): Iterable<{ now: number; configuration: Configuration }> {
    for (const { now, body } of this.#statements.configurations.iterate() as Iterable<JournalRow>) {
      const { configuration } = JSON.parse(body.toString()) as { configuration: Configuration }
      yield { now, configuration }
    }
  }

  /** Keeps the state after the newest entry, within the caller's transaction. */
  keepSnapshot(configuration: Configuration, state: KeptState): void {
    const { rest, parts } = cutState(state)
    this.#statements.putSnapshot.run(this.last, JSON.stringify(configuration), rest)
    this.#statements.dropSnapshots.run(this.last)
    this.#statements.dropParts.run()
    let part = 0
    for (const body of parts) this.#statements.putPart.run(this.last, part++, body)
    this.#covered = this.last
  }

  snapshot(): Snapshot | undefined {
    const row = this.#statements.snapshot.get() as
      | { ordinal: number; configuration: string; state: Buffer }
      | undefined
    if (!row) return undefined
    return {
      ordinal: row.ordinal,
      configuration: JSON.parse(row.configuration),
      state: joinState(
        row.state,
        this.#statements.parts.iterate(row.ordinal) as Iterable<Buffer>,
      ) as KeptState,
    }
  }

  /**
   * Lets go of some of the oldest entries that a snapshot covers and that are older than a time, or than another time
   * where they are still to be shipped, within the caller's transaction. Called with each commit it keeps up with what is
   * appended.
   */
  prune(olderThan: number, unshippedOlderThan = olderThan): void {
    const most = PRUNE_AT_LEAST + 2 * this.#appendedSincePruned
    this.#statements.prune.run(Math.min(this.#covered, this.#shipped), most, olderThan)
    if (this.#shipped < this.#covered) this.#statements.prune.run(this.#covered, most, unshippedOlderThan)
    this.#appendedSincePruned = 0
  }
}
