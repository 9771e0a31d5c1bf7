import { beforeEach, describe, expect, it } from 'vitest'
import { type Db, openDatabase } from './database.ts'
import { Journal } from './journal.ts'

const CONFIGURATION = { packs: [], models: [], registry: '' }
const STATE = { engine: {}, judge: {} } as unknown as Parameters<Journal['keepSnapshot']>[1]

let db: Db
let journal: Journal
beforeEach(() => {
  db = openDatabase(':memory:')
  journal = new Journal(db)
})

const ticks = (...times: number[]) => {
  for (const now of times) journal.append({ kind: 'tick', now })
}
const kept = () => db.prepare('SELECT ordinal FROM journal').pluck().all()

describe('the journal', () => {
  it('lets go of what is old and covered by a snapshot', () => {
    ticks(10, 20, 30)
    journal.prune(100)
    expect(kept()).toEqual([1, 2, 3])
    journal.keepSnapshot(CONFIGURATION, STATE)
    ticks(40)
    journal.prune(25)
    expect(kept()).toEqual([3, 4])
    journal.prune(100)
    expect(kept()).toEqual([4])
  })

  it('keeps what is still to be shipped, within a bound of its own', () => {
    journal.keepAfter(0)
    ticks(10, 20, 30, 40)
    journal.keepSnapshot(CONFIGURATION, STATE)
    journal.prune(100, 15)
    expect(kept()).toEqual([2, 3, 4])
    journal.keepAfter(3)
    journal.prune(100, 15)
    expect(kept()).toEqual([4])
  })

  it('notes derived values for those who ship, which are no input of the engine', () => {
    const value = { device: 'd', quantity: 'x', t: 1, v: 2, q: 2 }
    ticks(10)
    journal.appendRecorded([value])
    expect(kept()).toEqual([1])
    journal.keepAfter(0)
    journal.appendRecorded([value])
    ticks(20)
    expect(kept()).toEqual([1, 2, 3])
    expect([...journal.after(0)].map(({ kind, now }) => [kind, now])).toEqual([
      ['tick', 10],
      ['tick', 20],
    ])
  })
})
