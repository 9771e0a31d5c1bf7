import { expect, it } from 'vitest'
import { Epoch } from '../outbox/epoch.ts'
import { type ClockedOutbox, StretchBook } from './stretch-book.ts'

const STRETCH = { boot: 'b', baseMs: 0, fromMs: 0, isSuspect: true }

/** An outbox as each start of the machine finds it: an epoch more, and what was kept. */
function starts(count: number, recordsEach: number) {
  const epochs: Epoch[] = []
  let kept: Buffer | undefined
  for (let at = 0; at < count; at++) {
    const epoch = new Epoch(at, String(at).padStart(32, '0'))
    epochs.push(epoch)
    const outbox: ClockedOutbox = {
      position: { epoch: epoch.epoch, seq: 0 },
      epochs,
      append: () => {},
      keep: (_, body) => {
        kept = body ?? undefined
      },
      kept: () => kept,
    }
    const book = new StretchBook(outbox)
    book.begin(STRETCH)
    book.save()
    if (recordsEach > 0) epoch.hold(0, recordsEach - 1, 1)
  }
  return JSON.parse(kept?.toString() ?? '').stretches as { epoch: string }[]
}

it('keeps nothing of starts in which nothing was taken in', () => expect(starts(700, 0)).toHaveLength(1))

it('keeps the newest stretches where each is of another start', () => {
  const kept = starts(700, 3)
  expect(kept).toHaveLength(500)
  expect(Number(kept.at(-1)?.epoch)).toBe(699)
})
