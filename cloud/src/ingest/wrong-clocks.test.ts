import {
  type ClockNote,
  type CustodyRecord,
  Mark,
  Quality,
  type Reading,
  type SeqRange,
} from '@picket/devices'
import type { Transition } from '@picket/rules'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EpochCustody } from '../stores/ports.ts'
import { type ClockWord, ClockWords } from './clock-words.ts'
import { EPOCH, GATEWAY, level, NOW, openIngest, removeFolder, type TestIngest } from './test-ingest.ts'
import { stepPutRight } from './wrong-clocks.ts'

const MINUTE = 60_000
const DEVICES = Array.from({ length: 16 }, (_, at) => `g${at + 1}`)
const BOOT = '0f8fad5b-d9cb-469f-a165-70867728950e'
/** What the gateway's clock said at `NOW - MINUTE`. */
const IN_1970 = 10_000
const OFFSET = NOW - MINUTE - IN_1970

/** A reading as a gateway stamps it, `afterMs` after `IN_1970`. */
const stamped = (afterMs: number, v: number, device: string): Reading => ({
  ...{ device, quantity: 'level', t: IN_1970 + afterMs, v },
  q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME | Mark.CLOCK_SUSPECT,
})
const noteOf = (first: number, last: number, changes: Partial<ClockNote> = {}): CustodyRecord => ({
  note: {
    ...{ type: 'clock', epoch: EPOCH, first, last, offsetMs: OFFSET, uncertaintyMs: 40 },
    ...{ stampedFromMs: IN_1970, boot: BOOT, monotonicMs: 90_000, ...changes },
  } as ClockNote,
})

describe('readings of a gateway whose clock is wrong', () => {
  let used: TestIngest
  /** Each test has a device of its own, and numbers from here on. */
  let device = ''
  let from = 0
  beforeAll(async () => {
    used = await openIngest(DEVICES)
  })
  beforeEach(() => {
    from += 100
    device = DEVICES[from / 100 - 1] as string
  })
  afterAll(async () => {
    await used.kill()
    removeFolder(used.folder)
  })
  const of = (afterMs: number, v: number): Reading => stamped(afterMs, v, device)
  const right = (t: number, v: number): Reading => level(t, v, device)
  const send = (seq: number, ...records: CustodyRecord[]) => used.send(from + seq, records)
  const note = (first: number, last: number, changes?: Partial<ClockNote>) =>
    noteOf(from + first, from + last, changes)
  const stored = () =>
    used.stores.readings
      .between({ device, quantity: 'level' }, 0, NOW + MINUTE)
      .map(({ t, v, q }) => [t - NOW, v, q & ~0x0f])
  const custody = () => {
    const { committed, quarantined } = used.stores.ledger.custody(GATEWAY)[0] as EpochCustody
    const here = (ranges: SeqRange[]) =>
      ranges.filter(([first]) => first >= from).map(([first, last]) => [first - from, last - from])
    return { committed: here(committed), quarantined: here(quarantined) }
  }
  const MARKS = Mark.ARRIVAL_TIME | Mark.CLOCK_SUSPECT

  it('wait in quarantine, and are taken at their right times by the note, once, in their order', async () => {
    await send(0, of(0, 1), of(1000, 2))
    await send(2, of(2000, 3))
    expect(stored()).toEqual([])
    expect(custody()).toEqual({ committed: [], quarantined: [[0, 2]] })
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]?.reason).toContain('clock-suspect')
    const { outcomes } = await send(3, note(0, 2))
    const expected = [
      [-60_000, 1, MARKS],
      [-59_000, 2, MARKS],
      [-58_000, 3, MARKS],
    ]
    expect(stored()).toEqual(expected)
    expect(outcomes[0]?.stored.map(({ v }) => v)).toEqual([1, 2, 3])
    expect(custody()).toEqual({ committed: [[0, 3]], quarantined: [] })
    await send(4, note(0, 2))
    await send(0, of(0, 1), of(1000, 2))
    expect(stored()).toEqual(expected)
  })

  it('are taken at once where the note came first, also after a restart of the cloud', async () => {
    await send(2, note(0, 1))
    await used.kill()
    used = await openIngest(DEVICES, used.folder)
    await send(0, of(0, 1), of(1000, 2))
    expect(stored()).toEqual([
      [-60_000, 1, MARKS],
      [-59_000, 2, MARKS],
    ])
  })

  it('are released as far as the note goes, and no further', async () => {
    await send(0, of(0, 1), of(1000, 2), of(2000, 3), of(3000, 4))
    await send(4, note(1, 2))
    expect(stored().map(([, v]) => v)).toEqual([2, 3])
    expect(custody()).toEqual({
      committed: [
        [1, 2],
        [4, 4],
      ],
      quarantined: [
        [0, 0],
        [3, 3],
      ],
    })
    await send(5, note(3, 3), note(0, 0))
    expect(stored().map(([, v]) => v)).toEqual([1, 2, 3, 4])
  })

  it('go on waiting where the note only says between which times they lie', async () => {
    await send(0, of(0, 1))
    await send(1, note(0, 0, { uncertaintyMs: 3_600_000 }))
    await send(2, of(1000, 2))
    expect(stored()).toEqual([])
    expect(used.stores.clocks.list(GATEWAY, 1)).toMatchObject([{ first: from, uncertaintyMs: 3_600_000 }])
  })

  describe('given their time by a person', () => {
    const HOUR = 3_600_000
    const words = () => new ClockWords(used.ingest, used.stores)
    const tell = (first: number, last: number, changes: Partial<ClockWord> = {}) =>
      words().tell({
        ...{ gateway: GATEWAY, epoch: EPOCH, first: from + first, last: from + last },
        ...{ offsetMs: OFFSET, by: 'Li Na', reason: 'the power came back at noon', ...changes },
      })
    /** What the gateway says that it does not know: its clock lay within an hour of `OFFSET`. */
    const unknown = (first: number, last: number) => note(first, last, { uncertaintyMs: HOUR })

    it('are taken as by a note, and it is kept who said so, and why', async () => {
      await send(0, of(0, 1), of(1000, 2), of(2000, 3))
      await send(3, unknown(0, 2))
      expect(words().waiting(GATEWAY, { epoch: EPOCH, first: from, last: from + 2 })).toBe(3)
      expect(await tell(0, 1)).toEqual({ taken: 2, waiting: 0 })
      expect(stored()).toEqual([
        [-60_000, 1, MARKS],
        [-59_000, 2, MARKS],
      ])
      expect(custody().quarantined).toEqual([[2, 2]])
      expect(used.stores.clocks.list(GATEWAY, 2)).toMatchObject([
        { first: from, last: from + 1, by: 'Li Na', reason: 'the power came back at noon', at: NOW },
        { first: from, last: from + 2, by: null, reason: null },
      ])
      await used.kill()
      used = await openIngest(DEVICES, used.folder)
      expect(used.engineState()).toContain(device)
      expect(stored()).toHaveLength(2)
    })

    it('are taken at once where they come later, though the gateway goes on saying that it does not know', async () => {
      await send(0, of(0, 1))
      await send(9, unknown(0, 8))
      await tell(0, 8)
      await send(10, unknown(0, 8))
      await send(1, of(1000, 2))
      expect(stored().map(([t, v]) => [t, v])).toEqual([
        [-60_000, 1],
        [-59_000, 2],
      ])
    })

    it.each([
      ['the future', { offsetMs: OFFSET + 120_000 }, /would be of 2026-07-01T00:01.* now it is/],
      ['before the bounds that the gateway knows', { offsetMs: OFFSET - 2 * HOUR }, /the gateway knows that/],
      ['no time at all', { offsetMs: -OFFSET }, /no time of any sensor/],
    ])('go on waiting where that would be %s', async (_, changes, message) => {
      await send(0, of(0, 1))
      await send(1, unknown(0, 0))
      expect(await tell(0, 0, changes)).toEqual({
        code: 'clock-word',
        message: expect.stringMatching(message),
      })
      expect(stored()).toEqual([])
      expect(used.stores.clocks.list(GATEWAY, 1)).toMatchObject([{ by: null }])
    })

    it('are those of the gateway clock that wait: a slip of the pen is told', async () => {
      await send(0, { ...right(3_600_000, 1), q: Quality.NOT_EVALUATED })
      expect(await tell(0, 50)).toMatchObject({ code: 'clock-nothing-waits' })
      expect(await tell(0, 0, { gateway: 'gw-2' })).toMatchObject({ code: 'clock-nothing-waits' })
    })
  })

  it('lose the mark where the clock was right after all', async () => {
    await send(0, { ...right(-5000, 1), q: Quality.NOT_EVALUATED | MARKS })
    expect(stored()).toEqual([])
    await send(1, note(0, 0, { offsetMs: 0 }))
    expect(stored()).toEqual([[-5000, 1, Mark.ARRIVAL_TIME]])
  })

  it('keep the time that the sensor gave', async () => {
    await send(0, note(1, 9))
    await send(1, { ...right(-3000, 1), q: Quality.NOT_EVALUATED | Mark.CLOCK_SUSPECT })
    expect(stored()).toEqual([[-3000, 1, Mark.CLOCK_SUSPECT]])
  })

  it('of 1970 without a mark wait too, and so do those from the future', async () => {
    const q = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME
    await send(0, { ...of(0, 1), q })
    await send(1, { ...right(3_600_000, 2), q })
    expect(stored()).toEqual([])
    await send(2, note(0, 0), note(1, 1, { offsetMs: -3_601_000 }))
    expect(stored()).toEqual([
      [-60_000, 1, MARKS],
      [-1000, 2, MARKS],
    ])
  })

  it('go on waiting where the word leads to no time of any sensor; a start finds nothing odd', async () => {
    const q = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME
    const far = 2 ** 50
    await send(0, note(1, 9, { offsetMs: -far }), { ...of(0, 1), t: -far })
    await send(
      2,
      { ...level(0, 2, device), t: far, q },
      note(2, 2, { offsetMs: far }),
      note(2, 2, { offsetMs: far }),
    )
    expect(stored()).toEqual([])
    expect(custody().quarantined).toEqual([[1, 2]])
    await used.kill()
    used = await openIngest(DEVICES, used.folder)
    expect(stored()).toEqual([])
  })

  it('that are in the future even so are put right by the last word, not by each', async () => {
    const q = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME
    const ahead = (ms: number, v: number): Reading => ({ ...level(ms, v, device), q })
    const hour = 3_600_000
    await send(0, ahead(hour, 1), ahead(1.5 * hour, 2))
    await send(2, note(0, 1, { offsetMs: 0 }))
    await send(3, note(0, 1, { offsetMs: -hour }), note(0, 1, { offsetMs: -hour }))
    expect(stored().map(([t, v]) => [t, v])).toEqual([[0, 1]])
    expect(custody().quarantined).toEqual([[1, 1]])
    await send(5, note(8, 8, { offsetMs: -hour }))
    await send(8, ahead(1.5 * hour, 3), note(8, 8, { offsetMs: -1.5 * hour }))
    await send(10, note(1, 1, { offsetMs: -1.6 * hour }))
    expect(stored().map(([t, v]) => [t, v])).toEqual([
      [-0.1 * hour, 2],
      [0, 1],
    ])
  })

  it('of an unknown device are set aside at their right time', async () => {
    await send(0, stamped(0, 1, 'nobody'))
    await send(1, note(0, 0))
    const [rejection] = used.stores.quarantine.rejections({ limit: 1 })
    expect(rejection).toMatchObject({ reason: 'unknown device' })
    expect(rejection?.sample).toContain(new Date(NOW - MINUTE).toISOString())
    expect(custody().quarantined).toEqual([[0, 0]])
  })
})

describe('a step of an alarm of such a gateway', () => {
  const trace = { cause: 'reading', values: {}, conditions: [], missing: false, lastSample: IN_1970 + 5 }
  const step = {
    at: IN_1970 + 9,
    onset: NOW - 9 * MINUTE,
    decidedAt: IN_1970 + 10,
    trace,
  } as unknown as Transition
  const correction = { ...(noteOf(0, 9) as { note: ClockNote }).note, at: NOW, by: null, reason: null }

  it('is put right where its times are of that clock, and only there', () => {
    expect(stepPutRight(step, correction)).toMatchObject({
      at: NOW - MINUTE + 9,
      onset: NOW - 9 * MINUTE,
      decidedAt: NOW - MINUTE + 10,
      trace: { lastSample: NOW - MINUTE + 5 },
    })
    expect(stepPutRight(step, undefined)).toBe(step)
  })

  it('counts as of the latest time that is possible where that is not known', () => {
    const uncertain = { ...correction, offsetMs: OFFSET - MINUTE, uncertaintyMs: 2 * MINUTE }
    expect(stepPutRight(step, uncertain).at).toBe(NOW + 9)
  })
})
