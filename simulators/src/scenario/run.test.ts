import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeGateway, startFakeGateway } from '../fakes/gateway.ts'
import { type RunningScenario, startScenario } from './run.ts'
import type { Scenario } from './scenario.ts'

const START = Date.UTC(2026, 5, 1)
const MINUTE = 60_000
const silent = { info: () => {}, warn: () => {} } as unknown as Log

const base = {
  scenario: 'test',
  data: 'unused',
  seed: 1,
  history: '3h',
  interval: { history: '1m', live: '10s' },
  slope: { creep: 5, installed: '-10d', accelerates: '-2h', fails: '+5h', reinstall: '1h' },
} satisfies Partial<Scenario>

let gateway: FakeGateway
let folder: string
let clock: SteppedClock
let running: RunningScenario | undefined

beforeEach(async () => {
  gateway = await startFakeGateway()
  folder = mkdtempSync(join(tmpdir(), 'picket-run-'))
  clock = new SteppedClock(START)
})
afterEach(async () => {
  await running?.stop()
  await gateway.stop()
  rmSync(folder, { recursive: true })
})

const begin = (scenario: Partial<Scenario>): RunningScenario => {
  running = startScenario(
    { ...base, url: gateway.url, devices: [{ id: 'a', model: 'crack-meter' }], ...scenario },
    {
      data: folder,
      clock,
      log: silent,
    },
  )
  return running
}
const times = (quantity = 'displacement'): number[] =>
  gateway.readings.filter(reading => reading.quantity === quantity).map(({ t }) => (t - START) / 1000)

describe('run', () => {
  it('sends the history first, then what is due as the clock goes on', async () => {
    const run = begin({})
    await run.live
    expect(times()).toHaveLength(181)
    expect(times()[0]).toBe(-180 * 60)
    expect(times().at(-1)).toBe(0)
    expect(gateway.messages).toBeLessThan(10)
    clock.advanceTo(START + 25_000)
    await run.idle()
    expect(times().slice(181)).toEqual([10, 20])
  })

  it('goes on where it stopped, and fills the time it was off as its logger recorded it', async () => {
    await begin({}).live
    clock.advanceTo(START + 30_000)
    await running?.idle()
    await running?.stop()
    clock = new SteppedClock(START + 60 * MINUTE)
    await begin({}).live
    const all = times()
    expect(new Set(all).size).toBe(all.length)
    const after = all.filter(t => t > 30)
    // Once a minute where it is long ago, every ten seconds in the last ten minutes.
    expect(after.slice(0, 3)).toEqual([60, 120, 180])
    expect(after.slice(-3)).toEqual([3580, 3590, 3600])
  })

  it('sends again what was not acknowledged when it was stopped', async () => {
    gateway.silent = true
    const run = begin({})
    await gateway.until(() => gateway.messages >= 2)
    gateway.disconnect()
    gateway.silent = true
    const stopping = run.stop()
    gateway.disconnect()
    await stopping
    gateway.silent = false
    await begin({}).live
    expect(new Set(times()).size).toBe(181)
  })

  it('remembers when it was first started', async () => {
    await begin({}).live
    await running?.stop()
    const progress = JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8'))
    expect(progress).toEqual({
      anchorMs: START,
      startedMs: START,
      series: { 'a/displacement': START, 'a/battery': START },
    })
  })
})

describe('what happens in between', () => {
  it('loses no rain between two runs', async () => {
    const rainy: Partial<Scenario> = {
      interval: { history: '5m', live: '5m' },
      weather: { storms: [{ at: '-2h', lasts: '6h', depth: 90 }] },
      devices: [{ id: 'g', model: 'rain-gauge' }],
    }
    await begin(rainy).live
    await running?.stop()
    clock = new SteppedClock(START + 60 * 5 * MINUTE)
    await begin(rainy).live
    const sum = gateway.readings.reduce((total, { v }) => total + v, 0)
    expect(sum).toBeGreaterThan(90 - 0.41)
    expect(sum).toBeLessThanOrEqual(90.0001)
  })

  it('passes faults on: late, twice, and held back until the link is there again', async () => {
    const run = begin({
      devices: [
        {
          id: 'a',
          model: 'crack-meter',
          faults: [
            { kind: 'out-of-order', share: 0.1, delay: '3m', quantities: ['displacement'] },
            { kind: 'duplicate', share: 0.1, quantities: ['displacement'] },
            { kind: 'outage', at: '+60s', lasts: '60s', quantities: ['battery'] },
          ],
        },
      ],
    })
    await run.live
    const sent = times()
    expect(sent.some((t, index) => index > 0 && t < (sent[index - 1] as number))).toBe(true)
    expect(sent.length).toBeGreaterThan(new Set(sent).size)
    clock.advanceTo(START + 119_000)
    await run.idle()
    expect(times('battery').at(-1)).toBe(50)
    clock.advanceTo(START + 120_000)
    await run.idle()
    expect(times('battery').slice(-7)).toEqual([60, 70, 80, 90, 100, 110, 120])
  })

  it('runs a start in the past at its speed until it has caught up', async () => {
    const run = begin({ start: new Date(START - 60 * MINUTE).toISOString(), speed: 60 })
    await run.idle()
    expect(times().at(-1)).toBe(-3600)
    clock.advanceTo(START + MINUTE)
    await run.idle()
    expect(times().at(-1)).toBe(0 - 0)
    clock.advanceTo(START + 3 * MINUTE)
    await run.idle()
    expect(times().at(-1)).toBe(180)
  })

  it('says which section a device needs, which model it knows, and what a fault lacks', () => {
    const level = [{ id: 'w', model: 'water-level-gauge' }]
    expect(() => begin({ devices: level })).toThrow('w: a water-level-gauge needs the section "catchment"')
    expect(() => begin({ devices: [{ id: 'w', model: 'camera' }] })).toThrow('cannot simulate model "camera"')
    const faults = [{ kind: 'spike' as const, share: 0.1 }]
    expect(() => begin({ devices: [{ id: 'a', model: 'crack-meter', faults }] })).toThrow('needs "size"')
    running = undefined
  })
})
