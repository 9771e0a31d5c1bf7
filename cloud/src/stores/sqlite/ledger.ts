import { RangeSet, type SeqRange } from '@picket/devices'
import type { EpochCustody } from '../ports.ts'
import type { Db } from './database.ts'

const KINDS = ['committed', 'quarantined', 'dropped', 'lost'] as const
/** What became of a record. */
export type Settled = (typeof KINDS)[number]
/** What may be true of a record that the cloud does not have as it should. */
export type NotHere = Exclude<Settled, 'committed'> | 'missing'

/**
 * Most ranges of one kind other than committed in an epoch: every commit writes the epoch's ranges, and an unknown
 * device that speaks between known ones makes one with each reading. Beyond it the oldest two become one, and the
 * committed records between them count with them. Which ones are in quarantine, the quarantine tells.
 */
const MAX_RANGES = 1000

class EpochEntry {
  /** One above the highest number known to exist. */
  next = 0
  /** Everything that need not be sent any more. */
  readonly settled = new RangeSet()
  readonly byKind: Record<Settled, RangeSet> = {
    committed: new RangeSet(),
    quarantined: new RangeSet(),
    dropped: new RangeSet(),
    lost: new RangeSet(),
  }
}

/**
 * Per gateway and epoch, which records have been settled and how. Changes are kept in memory and written by
 * `save` in the transaction of the readings that they account for.
 */
export class Ledger {
  readonly #gateways = new Map<string, Map<string, EpochEntry>>()
  readonly #changed = new Set<string>()
  readonly #put
  readonly #forget

  constructor(db: Db) {
    this.#put = db.prepare('INSERT OR REPLACE INTO ledger (gateway, epoch, next, ranges) VALUES (?, ?, ?, ?)')
    this.#forget = db.prepare('DELETE FROM ledger WHERE gateway = ?')
    const rows = db.prepare('SELECT * FROM ledger').all() as {
      gateway: string
      epoch: string
      next: number
      ranges: string
    }[]
    for (const { gateway, epoch, next, ranges } of rows) {
      const entry = this.#open(gateway, epoch)
      entry.next = next
      for (const [kind, list] of Object.entries(JSON.parse(ranges) as Record<Settled, SeqRange[]>)) {
        for (const [first, last] of list) {
          entry.byKind[kind as Settled].add(first, last)
          entry.settled.add(first, last)
        }
      }
    }
  }

  /** The settled numbers of an epoch; not to be changed. */
  settled(gateway: string, epoch: string): RangeSet {
    return this.#gateways.get(gateway)?.get(epoch)?.settled ?? new RangeSet()
  }

  /** Notes that numbers below `next` exist. */
  announce(gateway: string, epoch: string, next: number): void {
    const entry = this.#open(gateway, epoch)
    if (next <= entry.next) return
    entry.next = next
    this.#changed.add(`${gateway}/${epoch}`)
  }

  /** Settles first..last. A record that was settled otherwise before changes its kind. */
  settle(
    gateway: string,
    epoch: string,
    { kind, first, last }: { kind: Settled; first: number; last: number },
  ): void {
    const entry = this.#open(gateway, epoch)
    for (const other of KINDS) {
      if (other !== kind && entry.byKind[other].overlaps(first, last)) entry.byKind[other].remove(first, last)
    }
    entry.byKind[kind].add(first, last)
    if (kind !== 'committed') joinOldest(entry.byKind[kind], entry.byKind.committed)
    entry.settled.add(first, last)
    entry.next = Math.max(entry.next, last + 1)
    this.#changed.add(`${gateway}/${epoch}`)
  }

  /** Takes back that records of first..last are lost: their gateway holds them after all. */
  reopen(gateway: string, epoch: string, [first, last]: SeqRange): void {
    const { byKind, settled } = this.#open(gateway, epoch)
    for (const [from, to] of byKind.lost.within(first, last)) {
      const range = [Math.max(from, first), Math.min(to, last)] as const
      byKind.lost.remove(...range)
      settled.remove(...range)
      this.#changed.add(`${gateway}/${epoch}`)
    }
  }

  /**
   * Puts the epochs of a gateway under another id of it, within the caller's transaction. Where both know a record, it is
   * committed rather than set aside, and that rather than dropped or lost.
   */
  rename(old: string, present: string): void {
    const epochs = this.#gateways.get(old)
    if (!epochs) return
    for (const [epoch, { next, byKind }] of epochs) {
      this.announce(present, epoch, next)
      const known = this.#open(present, epoch).byKind
      const all = KINDS.map(kind => ({
        kind,
        ranges: [...byKind[kind].ranges, ...known[kind].ranges].map(([first, last]) => ({ first, last })),
      }))
      for (const { kind, ranges } of all.reverse())
        for (const range of ranges) this.settle(present, epoch, { kind, ...range })
    }
    this.#gateways.delete(old)
    for (const epoch of epochs.keys()) this.#changed.delete(`${old}/${epoch}`)
    this.#forget.run(old)
  }

  /** Writes what changed, within the caller's transaction. */
  save(): void {
    for (const key of this.#changed) {
      const slash = key.lastIndexOf('/')
      const [gateway, epoch] = [key.slice(0, slash), key.slice(slash + 1)]
      const { next, byKind } = this.#open(gateway, epoch)
      const ranges = Object.fromEntries(KINDS.map(kind => [kind, byKind[kind].ranges]))
      this.#put.run(gateway, epoch, next, JSON.stringify(ranges))
    }
    this.#changed.clear()
  }

  /** How many records of a gateway are not here, for one of the reasons; `missing`: they exist and are not settled. */
  count(gateway: string, kind: NotHere): number {
    let count = 0
    for (const { next, settled, byKind } of this.#gateways.get(gateway)?.values() ?? [])
      count += kind === 'missing' ? next - settled.size : byKind[kind].size
    return count
  }

  custody(gateway: string): EpochCustody[] {
    return [...(this.#gateways.get(gateway) ?? [])].map(([epoch, { next, settled, byKind }]) => ({
      epoch,
      committed: [...byKind.committed.ranges],
      quarantined: [...byKind.quarantined.ranges],
      dropped: [...byKind.dropped.ranges],
      lost: [...byKind.lost.ranges],
      missing: next > 0 ? settled.missing(0, next - 1) : [],
      next,
    }))
  }

  #open(gateway: string, epoch: string): EpochEntry {
    const epochs = this.#gateways.get(gateway) ?? new Map<string, EpochEntry>()
    this.#gateways.set(gateway, epochs)
    const entry = epochs.get(epoch) ?? new EpochEntry()
    epochs.set(epoch, entry)
    return entry
  }
}

// Only across what was committed: what is missing must stay missing.
function joinOldest(set: RangeSet, committed: RangeSet): void {
  const { ranges } = set
  for (let at = 1; ranges.length > MAX_RANGES && at < ranges.length; ) {
    const first = (ranges[at - 1] as SeqRange)[1] + 1
    const last = (ranges[at] as SeqRange)[0] - 1
    if (committed.covers(first, last)) {
      committed.remove(first, last)
      set.add(first, last)
    } else at++
  }
}
