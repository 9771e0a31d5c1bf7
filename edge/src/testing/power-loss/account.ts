import type { CustodyRecord, Reading } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import { Outbox } from '../../outbox/outbox.ts'
import type { FakeCloud } from '../fake-cloud.ts'

/** What became of acknowledged readings after a power cut. */
export interface Account {
  /** Neither in the outbox nor, by its own books, at the cloud. */
  lost: number
  /** Numbers that stand for another record at the cloud than here. */
  twoMeanings: number
}

const isReading = (record: CustodyRecord): record is Reading => !('note' in record)

/**
 * Opens an outbox as a gateway that starts again does, and accounts for what it had acknowledged.
 *
 * @param values - of the acknowledged readings, each another one
 * @param folder - undefined where the power cut has taken even that
 */
export function accountFor(values: Iterable<number>, cloud: FakeCloud, folder: string | undefined): Account {
  const account: Account = { lost: 0, twoMeanings: 0 }
  if (folder === undefined) return { ...account, lost: [...values].length }
  const outbox = Outbox.open({
    folder,
    token: () => 'f'.repeat(32),
    clock: new SteppedClock(Date.now()),
    maxBytes: 1e9,
    tailMs: 1e9,
    maxAgeMs: 1e12,
    tailMaxBytes: 1e9,
    reserveBytes: 0,
  })
  try {
    const held = new Set<number>()
    const settled = new Map(outbox.epochs.map(epoch => [epoch.epoch, epoch.settled]))
    for (const epoch of outbox.epochs)
      for (const [first, last] of epoch.held.ranges)
        outbox.read(epoch, first, last).forEach((record, at) => {
          if (isReading(record)) held.add(record.v)
          const atCloud = cloud.records.get(`${epoch.epoch}:${first + at}`)
          if (atCloud && JSON.stringify(atCloud) !== JSON.stringify(record)) account.twoMeanings++
        })
    const keys = keysOf(cloud)
    for (const value of values) {
      if (held.has(value)) continue
      const [epoch, seq] = keys.get(value)?.split(':') ?? []
      if (epoch === undefined || !settled.get(epoch)?.has(Number(seq))) account.lost++
    }
    return account
  } finally {
    outbox.close()
  }
}

const known = new WeakMap<FakeCloud, Map<number, string>>()

// By value, where in the cloud a reading of a sensor is.
function keysOf(cloud: FakeCloud): Map<number, string> {
  const keys = known.get(cloud) ?? new Map<number, string>()
  if (!known.has(cloud))
    for (const [key, record] of cloud.records)
      if (isReading(record) && record.device !== 'g') keys.set(record.v, key)
  known.set(cloud, keys)
  return keys
}
