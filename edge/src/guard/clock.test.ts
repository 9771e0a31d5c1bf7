import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mark } from '@picket/devices'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Guarded } from './testing/guarded.ts'

const DAY = 86_400_000

describe('a guard whose clock', () => {
  let one: Guarded
  beforeEach(() => {
    one = new Guarded(mkdtempSync(join(tmpdir(), 'picket-guard-')))
    one.desired()
    for (const v of [5, 5, 5]) one.say(v)
  })
  afterEach(() => {
    one.outbox.close()
    rmSync(one.folder, { recursive: true })
  })
  // That an alarm began at another time is a step of its own.
  const kinds = () =>
    one.steps.flatMap(({ kind, level }) => (kind === 'corrected' ? [] : [`${kind} ${level}`]))
  /** All that is in the outbox, as if its clock had been ahead by so much. */
  const shifted = (byMs: number) =>
    [...one.outbox.committedFrom({ epoch: one.outbox.epochs[0]?.epoch ?? '', seq: 0 })].map(run => ({
      storedAt: run.storedAt + byMs,
      records: run.records.map(record => ('note' in record ? record : { ...record, t: record.t + byMs })),
    }))
  const set = (byMs: number): void => {
    const runs = shifted(byMs)
    one.clock.jump(byMs)
    one.guard.clockWasSet(byMs, runs)
  }

  it('begins in 1970 goes on with its rules and outputs, also when it is started again', async () => {
    one.kill()
    one.clock.jump(9000 - one.clock.now())
    one.start()
    for (const v of [11, 11, 11, 11]) one.say(v)
    await one.guard.idle()
    expect(kinds()).toEqual(['raised orange'])
    expect(one.siren.told.at(-1)).toBe(true)
    one.kill()
    one.start()
    for (const v of [11, 11]) one.say(v)
    expect(kinds()).toEqual(['raised orange'])
  })

  it.each([DAY, -DAY])('is put right by %d ms goes on where its delays were', byMs => {
    one.say(11)
    one.say(11)
    set(byMs)
    expect(kinds()).toEqual([])
    one.say(11)
    one.say(11)
    expect(kinds()).toEqual(['raised orange'])
  })

  it.each([DAY, -DAY])('is put right by %d ms goes on with the alarm that runs', byMs => {
    for (const v of [11, 11, 11, 11]) one.say(v)
    set(byMs)
    for (const v of [11, 11]) one.say(v)
    expect(kinds()).toEqual(['raised orange'])
    for (const v of [5, 5]) one.say(v)
    expect(kinds()).toEqual(['raised orange', 'cleared null'])
  })

  it.each([
    ['cannot be right', Mark.CLOCK_SUSPECT, 365 * DAY],
    ["is behind the sensor's", 0, DAY],
  ])('%s takes what the sensor says for what is now', (_, mark, aheadMs) => {
    for (const v of [11, 11, 11, 11]) {
      one.clock.advanceTo(one.clock.now() + 60_000)
      const reading = one.reading(v)
      one.commit([{ ...reading, t: reading.t + aheadMs, q: reading.q | mark }])
    }
    expect(kinds()).toEqual(['raised orange'])
  })

  it('was ahead keeps an output off no longer than its interlock', async () => {
    for (const v of [11, 11, 11, 11, 5, 5]) one.say(v)
    await one.guard.idle()
    expect(one.siren.told.at(-1)).toBe(false)
    set(-DAY)
    for (const v of [11, 11, 11, 11]) one.say(v)
    await one.guard.idle()
    expect(one.siren.told.at(-1)).toBe(true)
  })
})
