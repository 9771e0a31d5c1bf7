import { existsSync, readFileSync } from 'node:fs'
import { parseDuration } from '@picket/devices'
import { substituteEnvironment } from '@picket/devices/runtime'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../signals/signal.ts'
import { Grid } from './grid.ts'
import { spanMs } from './moment.ts'
import type { Scenario } from './scenario.ts'
import { sensorsOf } from './sensors.ts'

// The demonstration's numbers against those of the shipped rule packs, computed here anew: the simulators know
// nothing of the rules.
const ANCHOR = Date.UTC(2026, 5, 1, 3, 17, 22) + 345

interface Level {
  when: string
  until: string
  for: string
  clearFor: string
}
interface RuleText {
  id: string
  parameters: Record<string, { value: number }>
  levels: Record<string, Level>
}
const rule = (pack: string, id: string): RuleText =>
  parse(readFileSync(new URL(`../../../rules/packs/${pack}.yaml`, import.meta.url), 'utf8')).rules.find(
    (one: RuleText) => one.id === id,
  )
const demo = (name: string): unknown =>
  parse(
    substituteEnvironment(readFileSync(new URL(`../../demo/${name}.yaml`, import.meta.url), 'utf8'), {
      PICKET_DATA: '/data',
      PICKET_FIELD_MQTT_PORT: '1884',
    }),
  )
const parametersOf = (id: string, { parameters }: RuleText): Record<string, number> => {
  const { devices } = demo('registry') as { devices: { id: string; parameters?: Record<string, number> }[] }
  const own = devices.find(device => device.id === id)?.parameters
  return {
    ...Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value])),
    ...own,
  }
}

interface Point {
  t: number
  v: number
}

/** What the demonstration sends of a series until two minutes after the first start. */
function record(site: string, id: string, quantity: string, anchorMs = ANCHOR): Point[] {
  const scenario = demo(site) as Scenario
  const device = scenario.devices.find(one => one.id === id)
  const signal = sensorsOf(scenario, anchorMs).get(id)?.[quantity]
  if (!device || !signal) throw new Error(`${id}/${quantity} is not in the scenario`)
  const interval = { ...scenario.interval, ...device.interval }
  const grid = new Grid({
    anchorMs,
    historyMs: spanMs(scenario.history),
    historyIntervalMs: spanMs(interval.history as string),
    liveIntervalMs: spanMs(interval.live as string),
  })
  const points: Point[] = []
  for (let t = grid.after(grid.start(), anchorMs), before = t; t < anchorMs + 2 * MINUTE_MS; ) {
    const v = signal(t, before)
    if (v !== undefined) points.push({ t: (t - anchorMs) / 1000, v })
    before = t
    t = grid.after(t, t)
  }
  return points
}

/** The seconds since the anchor from which a condition holds without a break until the end, or undefined. */
function holdsSince(points: readonly Point[], holds: (v: number) => boolean): number | undefined {
  const last = points.findLastIndex(({ v }) => !holds(v))
  return points[last + 1]?.t
}

/** Longest unbroken time in s that a condition held before `until`. */
function longestHeld(points: readonly Point[], until: number, holds: (v: number) => boolean): number {
  let longest = 0
  let since: number | undefined
  for (const { t, v } of points) {
    if (t >= until) break
    since = holds(v) ? (since ?? t) : undefined
    if (since !== undefined) longest = Math.max(longest, t - since)
  }
  return longest
}

const seconds = (duration: string): number => (parseDuration(duration) as number) / 1000

const packs = existsSync(new URL('../../../rules/packs/water.yaml', import.meta.url))
describe.skipIf(!packs)(`the brink${packs ? '' : ' (skipped: rules/packs is absent)'}`, () => {
  const river = rule('water', 'river-level')
  const { blue } = river.levels as { blue: Level }

  it('still rests on the conditions that the rule packs ship', () => {
    expect(blue).toMatchObject({ when: 'stage >= warning', until: 'stage < warning - drop' })
    expect(rule('slope', 'slope-crack-speed').levels.yellow).toMatchObject({ when: 'speed > margin * creep' })
  })

  it('raises an alarm at the lower gauge within two minutes of the first start, live', () => {
    const { warning } = parametersOf('qsh-level-2', river) as { warning: number }
    const points = record('catchment', 'qsh-level-2', 'level')
    const since = holdsSince(points, v => v >= warning) as number
    expect(since + seconds(blue.for)).toBeGreaterThanOrEqual(30)
    expect(since + seconds(blue.for)).toBeLessThanOrEqual(75)
    // It was not active before.
    expect(longestHeld(points, since, v => v >= warning)).toBeLessThan(seconds(blue.for))
  })

  it('clears the alarm at the upper gauge within two minutes of the first start, live', () => {
    const { warning, drop } = parametersOf('qsh-level-1', river) as { warning: number; drop: number }
    const points = record('catchment', 'qsh-level-1', 'level')
    const since = holdsSince(points, v => v < warning - drop) as number
    expect(since + seconds(blue.clearFor)).toBeGreaterThanOrEqual(30)
    expect(since + seconds(blue.clearFor)).toBeLessThanOrEqual(75)
    // It was active, and no earlier fall had ended it.
    const flood = points.filter(({ t }) => t > -7 * 3600)
    expect(longestHeld(flood, since, v => v >= warning)).toBeGreaterThan(seconds(blue.for))
    const rose = flood.find(({ v }) => v >= warning)?.t as number
    const since7h = flood.filter(({ t }) => t > rose)
    expect(longestHeld(since7h, since, v => v < warning - drop)).toBeLessThan(seconds(blue.clearFor))
  })

  it('does so whenever it is started', () => {
    const at = (anchor: number): number[] =>
      record('catchment', 'qsh-level-2', 'level', anchor).map(({ v }) => v)
    expect(at(ANCHOR + 11 * HOUR_MS + 987)).toEqual(at(ANCHOR))
  })

  it('ends the history of the slope between the first warning and the failure', () => {
    const crack = rule('slope', 'slope-crack-speed')
    for (const id of ['byw-crack-1', 'byw-crack-2']) {
      const { creep, margin } = parametersOf(id, crack) as { creep: number; margin: number }
      const speed = slopeOf(record('slope', id, 'displacement').filter(({ t }) => t <= 0 && t > -6 * 3600))
      expect(speed).toBeGreaterThan(margin * creep)
      expect(speed).toBeLessThan(5.67 * creep)
    }
  })

  it('leaves the crack on the village road quiet', () => {
    const crack = rule('slope', 'slope-crack-speed')
    const { creep, margin } = parametersOf('byw-crack-3', crack) as { creep: number; margin: number }
    const points = record('slope', 'byw-crack-3', 'displacement').filter(({ t }) => t <= 0 && t > -6 * 3600)
    expect(slopeOf(points)).toBeLessThan(margin * creep)
  })

  it('keeps the feeder within its limits at the first start, at any hour', () => {
    const top = rule('grid', 'transformer-top-oil')
    for (let hour = 0; hour < 24; hour += 3) {
      const anchor = ANCHOR + hour * HOUR_MS
      const signals = sensorsOf(demo('feeder') as Scenario, anchor).get('ll-transformer-1')
      expect(signals?.oil_temperature?.(anchor, anchor)).toBeLessThan(top.parameters.notice?.value as number)
      expect(signals?.load?.(anchor, anchor)).toBeLessThan(1)
    }
  })
})

/** Least-squares slope per day. */
function slopeOf(points: readonly Point[]): number {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [t0, v0] = [mean(({ t }) => t), mean(({ v }) => v)]
  const tt = mean(({ t }) => (t - t0) ** 2)
  return (mean(({ t, v }) => (t - t0) * (v - v0)) / tt) * (DAY_MS / 1000)
}
