import type { ActionNote } from '@picket/devices'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Actuator } from './actuator.ts'
import { FakeOutput } from './testing/fake-output.ts'

const log = { info() {}, warn() {}, error() {} } as unknown as Log
let clock: SteppedClock
let output: FakeOutput
let actuator: Actuator
let notes: ActionNote[]

beforeEach(() => {
  clock = new SteppedClock(1000)
  output = new FakeOutput()
  notes = []
  actuator = new Actuator({
    name: 'siren',
    output,
    timeoutMs: 30,
    clock,
    stopwatch: () => clock.now(),
    log,
    onAction: note => notes.push(note),
  })
})
afterEach(() => actuator.stop())

const tell = async (on: boolean): Promise<void> => {
  actuator.tell({ output: 'siren', on, why: 'a test' })
  await actuator.idle()
}

describe('an actuator', () => {
  it('notes a switched output with why, when, and that it was confirmed', async () => {
    await tell(true)
    expect(notes).toEqual([
      {
        type: 'action',
        at: 1000,
        output: 'siren',
        on: true,
        why: 'a test',
        durationMs: 0,
        result: 'confirmed',
      },
    ])
    expect(actuator.confirmed).toBe(true)
  })

  it('tries again until it is done, and notes a long failure only now and then', async () => {
    output.broken = true
    await tell(true)
    for (let tries = 0; tries < 12; tries++) {
      clock.advanceTo(clock.now() + 30_000)
      await actuator.idle()
    }
    expect(output.told.length).toBe(13)
    expect(notes.map(({ result, detail }) => [result, detail])).toEqual([['failed', 'the fuse is out']])
    output.broken = false
    clock.advanceTo(clock.now() + 30_000)
    await actuator.idle()
    expect(notes.at(-1)).toMatchObject({ result: 'confirmed' })
    clock.advanceTo(clock.now() + 300_000)
    expect(output.told.length).toBe(14)
  })

  it('gives up on an output that does not answer in time', async () => {
    output.frozen = true
    await tell(true)
    expect(notes).toMatchObject([{ result: 'failed', detail: 'no answer' }])
    expect(actuator.confirmed).toBeUndefined()
  })

  it('does the newest command at once, whatever it waits for', async () => {
    output.frozen = true
    actuator.tell({ output: 'siren', on: true, why: 'one' })
    actuator.tell({ output: 'siren', on: false, why: 'two' })
    actuator.tell({ output: 'siren', on: true, why: 'three' })
    output.frozen = false
    await actuator.idle()
    expect(output.told).toEqual([true, true])
    expect(notes.length).toBe(1)
    expect(notes.at(-1)).toMatchObject({ on: true, why: 'three', result: 'confirmed' })
  })
})
