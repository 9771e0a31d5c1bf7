import type { Place } from './place.ts'

/**
 * Deletes the oldest settled runs: those stored longer than `tailMs` ago, and more while the outbox is larger
 * than `tailMaxBytes`. Runs that wait for the cloud are never touched.
 *
 * @param limit - most runs to delete, so that no commit waits for a long clean-up
 */
export function pruneTail(place: Place, limit: number): void {
  const { runs, epochs, now, isTimeKnown, tailMs, afterCommit } = place
  // Above half of what it may use, what the outbox uses waits for the cloud: `Outbox.fill` tells that.
  const largest = Math.min(place.tailMaxBytes, place.maxBytes / 2)
  let left = limit
  for (const epoch of epochs) {
    for (const [first, last] of epoch.tail()) {
      for (let next = first; ; ) {
        // One by one: most often the first is one to keep, and this is done with each commit.
        const run = runs.beginningIn(epoch.id, [next, last])
        const end = run ? run.first_seq + run.count - 1 : last + 1
        if (!run || end > last) break
        const isKept = !isTimeKnown || run.stored_at > now - tailMs
        if (isKept && runs.usedBytes <= largest) return
        runs.delete(run.id)
        afterCommit.push(() => epoch.release(run.first_seq, end))
        // What is settled has to be written with the deletion: otherwise it would look as if it were lost.
        epoch.dirty = true
        if (--left === 0) return
        next = end + 1
      }
    }
  }
}
