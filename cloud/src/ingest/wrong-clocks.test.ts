import { type ClockNote, type CustodyRecord, Mark, Quality, type Reading } from '@picket/devices'
import type { Transition } from '@picket/rules'
import { afterEach, describe, expect, it } from 'vitest'
import { EPOCH, GATEWAY, level, NOW, openIngest, removeFolder, type TestIngest } from './test-ingest.ts'
import { stepPutRight } from './wrong-clocks.ts'

const MINUTE = 60_000
const BOOT = '0f8fad5b-d9cb-469f-a165-70867728950e'
/** What the gateway's clock said at `NOW - MINUTE`. */
const IN_1970 = 10_000
const OFFSET = NOW - MINUTE - IN_1970

/** A reading as a gateway stamps it, `afterMs` after `IN_1970`. */
const stamped = (afterMs: number, v: number, device = 'g1'): Reading => ({
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
  afterEach(async () => {
    await used.kill()
    removeFolder(used.folder)
  })
  const stored = () =>
    used.stores.readings
      .between({ device: 'g1', quantity: 'level' }, 0, NOW + MINUTE)
      .map(({ t, v, q }) => [t - NOW, v, q & ~0x0f])
  const custody = () => used.stores.ledger.custody(GATEWAY)[0]
  const RIGHT = Mark.ARRIVAL_TIME | Mark.CLOCK_SUSPECT

  it('wait in quarantine, and are taken at their right times by the note, once, in their order', async () => {
    used = await openIngest(['g1'])
    await used.send(0, [stamped(0, 1), stamped(1000, 2)])
    await used.send(2, [stamped(2000, 3)])
    expect(stored()).toEqual([])
    expect(custody()).toMatchObject({ quarantined: [[0, 2]], missing: [] })
    expect(used.stores.quarantine.rejections({ limit: 1 })[0]?.reason).toContain('clock-suspect')
    const { outcomes } = await used.send(3, [noteOf(0, 2)])
    const right = [
      [-60_000, 1, RIGHT],
      [-59_000, 2, RIGHT],
      [-58_000, 3, RIGHT],
    ]
    expect(stored()).toEqual(right)
    expect(outcomes[0]?.stored.map(({ v }) => v)).toEqual([1, 2, 3])
    expect(custody()).toMatchObject({ committed: [[0, 3]], quarantined: [] })
    await used.send(4, [noteOf(0, 2)])
    await used.send(0, [stamped(0, 1), stamped(1000, 2)])
    expect(stored()).toEqual(right)
  })

  it('are taken at once where the note came first, also after a restart of the cloud', async () => {
    used = await openIngest(['g1'])
    await used.send(2, [noteOf(0, 1)])
    await used.kill()
    used = await openIngest(['g1'], used.folder)
    await used.send(0, [stamped(0, 1), stamped(1000, 2)])
    expect(stored()).toEqual([
      [-60_000, 1, RIGHT],
      [-59_000, 2, RIGHT],
    ])
  })

  it('are released as far as the note goes, and no further', async () => {
    used = await openIngest(['g1'])
    await used.send(0, [stamped(0, 1), stamped(1000, 2), stamped(2000, 3), stamped(3000, 4)])
    await used.send(4, [noteOf(1, 2)])
    expect(stored().map(([, v]) => v)).toEqual([2, 3])
    expect(custody()).toMatchObject({
      committed: [
        [1, 2],
        [4, 4],
      ],
      quarantined: [
        [0, 0],
        [3, 3],
      ],
    })
    await used.send(5, [noteOf(3, 3), noteOf(0, 0)])
    expect(stored().map(([, v]) => v)).toEqual([1, 2, 3, 4])
  })

  it('go on waiting where the note only says between which times they lie', async () => {
    used = await openIngest(['g1'])
    await used.send(0, [stamped(0, 1)])
    await used.send(1, [noteOf(0, 0, { uncertaintyMs: 3_600_000 })])
    await used.send(2, [stamped(1000, 2)])
    expect(stored()).toEqual([])
    expect(used.stores.clocks.list(GATEWAY, 9)).toMatchObject([
      { first: 0, last: 0, uncertaintyMs: 3_600_000 },
    ])
  })

  it('lose the mark where the clock was right after all', async () => {
    used = await openIngest(['g1'])
    const reading = { ...level(-5000, 1), q: Quality.NOT_EVALUATED | RIGHT }
    await used.send(0, [reading])
    expect(stored()).toEqual([])
    await used.send(1, [noteOf(0, 0, { offsetMs: 0 })])
    expect(stored()).toEqual([[-5000, 1, Mark.ARRIVAL_TIME]])
  })

  it('keep the time that the sensor gave', async () => {
    used = await openIngest(['g1'])
    await used.send(0, [noteOf(1, 9)])
    await used.send(1, [{ ...level(-3000, 1), q: Quality.NOT_EVALUATED | Mark.CLOCK_SUSPECT }])
    expect(stored()).toEqual([[-3000, 1, Mark.CLOCK_SUSPECT]])
  })

  it('of 1970 without a mark wait too, and so do those from the future', async () => {
    used = await openIngest(['g1'])
    const q = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME
    await used.send(0, [{ ...stamped(0, 1), q }])
    await used.send(1, [{ ...level(3_600_000, 2), q }])
    expect(stored()).toEqual([])
    await used.send(2, [noteOf(0, 0), noteOf(1, 1, { offsetMs: -3_601_000 })])
    expect(stored()).toEqual([
      [-60_000, 1, RIGHT],
      [-1000, 2, RIGHT],
    ])
  })

  it('of an unknown device are set aside at their right time', async () => {
    used = await openIngest(['g1'])
    await used.send(0, [stamped(0, 1, 'nobody')])
    await used.send(1, [noteOf(0, 0)])
    const [rejection] = used.stores.quarantine.rejections({ limit: 1 })
    expect(rejection).toMatchObject({ reason: 'unknown device' })
    expect(rejection?.sample).toContain(new Date(NOW - MINUTE).toISOString())
    expect(custody()).toMatchObject({ quarantined: [[0, 0]] })
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
  const correction = { ...(noteOf(0, 9) as { note: ClockNote }).note, at: NOW }

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
