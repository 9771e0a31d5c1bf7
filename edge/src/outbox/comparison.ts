import { type GapNote, type Hello, RangeSet, type SeqRange } from '@picket/devices'
import type { Epoch } from './epoch.ts'

/** Most epochs that one hello can name. */
const MAX_EPOCHS_IN_HELLO = 1000
const MAX_NOTES_AT_ONCE = 10_000

/** The epochs as a hello names them. Those with waiting records come first where not all have room. */
export function describeEpochs(epochs: readonly Epoch[]): Hello['epochs'] {
  const known = epochs.filter(epoch => epoch.next > 0)
  const waiting = known.filter(epoch => epoch.firstPending !== undefined)
  const others = known.filter(epoch => epoch.firstPending === undefined).reverse()
  return [...waiting, ...others]
    .slice(0, MAX_EPOCHS_IN_HELLO)
    .map(({ epoch, low, next }) => ({ epoch, low, next }))
}

/** From low to next, what is neither held nor settled. */
export function missingRanges(epoch: Epoch, low: number, next: number): SeqRange[] {
  return epoch.held.missing(low, next - 1).flatMap(([first, last]) => epoch.settled.missing(first, last))
}

/**
 * Compares with what the cloud has, both ways: what it has is let go, and what it has lost waits again.
 *
 * @param described - what the hello said
 * @param settled - what the welcome answered
 * @returns gap notes for what it lacks and can no longer be had here, and what is announced by them
 */
export function compareEpochs(
  epochs: readonly Epoch[],
  described: Hello['epochs'],
  settled: Record<string, readonly SeqRange[]>,
): { notes: GapNote[]; announcements: Map<Epoch, RangeSet> } {
  const notes: GapNote[] = []
  const announcements = new Map<Epoch, RangeSet>()
  for (const { epoch: name, low, next } of described) {
    const epoch = epochs.find(candidate => candidate.epoch === name)
    if (!epoch) continue
    epoch.settled = new RangeSet()
    // Below `low` nothing was held when the hello was said: the cloud writes it down as lost.
    if (low > 0) epoch.settle([[0, low - 1]])
    epoch.settle(settled[name] ?? [])
    const announced = new RangeSet()
    for (const [first, last] of missingRanges(epoch, low, next)) {
      announced.add(first, last)
      for (const [from, to] of epoch.announced.missing(first, last)) {
        const reason = 'no longer held by the gateway'
        if (notes.length < MAX_NOTES_AT_ONCE)
          notes.push({ type: 'gap', epoch: name, first: from, last: to, reason })
        else announced.remove(from, to)
      }
    }
    announcements.set(epoch, announced)
  }
  return { notes, announcements }
}
