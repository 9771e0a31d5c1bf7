import { describe, expect, it } from 'vitest'
import type { Level } from '../level.ts'
import type { TransitionKind } from './alarm.ts'
import { alarmLoad, type CountedTransition } from './load.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A step, decided at an instant after 0. */
const step = (
  decidedAt: number,
  {
    kind = 'raised',
    level = 'yellow',
    rule = 'r',
    device = 'd',
    episode = `${rule}${device}${decidedAt}`,
    retrospective = false,
  }: Partial<Omit<CountedTransition, 'rule'>> & { rule?: string; kind?: TransitionKind } = {},
): CountedTransition => ({ decidedAt, kind, level, rule: { id: rule }, device, episode, retrospective })

/** An episode from one instant to another. */
const episode = (from: number, to: number, about: { rule?: string; device?: string } = {}) => [
  step(from, { ...about, episode: `${JSON.stringify(about)}${from}` }),
  step(to, { ...about, kind: 'cleared', level: null, episode: `${JSON.stringify(about)}${from}` }),
]

/** As many raises, evenly over a time, each of another device. */
const spread = (count: number, from: number, overMs: number) =>
  Array.from({ length: count }, (_, at) =>
    step(from + Math.floor((at * overMs) / count), { device: `d${from}-${at}` }),
  )

describe('the load of alarms', () => {
  it('is nothing where there were none', () => {
    expect(alarmLoad([], { from: 0, to: DAY })).toEqual({
      announced: 0,
      perDay: 0,
      perHour: 0,
      perTenMinutes: 0,
      mostInTenMinutes: 0,
      overloadedShare: 0,
      floods: [],
      floodShare: 0,
      worst: [],
      worstShare: 0,
      chattering: [],
      fleeting: [],
      mostStale: 0,
      levels: { blue: 0, yellow: 0, orange: 0, red: 0 },
    })
  })

  it('refuses a time of no length', () => {
    expect(() => alarmLoad([], { from: 5, to: 5 })).toThrow(RangeError)
  })

  it('is a mean per day, hour and ten minutes, shared among the operators', () => {
    // 288 in two days: 144 a day, 6 an hour, 1 in ten minutes.
    const steps = spread(288, 0, 2 * DAY)
    const alone = alarmLoad(steps, { from: 0, to: 2 * DAY })
    expect(alone).toMatchObject({ announced: 288, perDay: 144, perHour: 6, perTenMinutes: 1 })
    const shared = alarmLoad(steps, { from: 0, to: 2 * DAY, operators: 2 })
    expect(shared).toMatchObject({ announced: 288, perDay: 72, perHour: 3, perTenMinutes: 0.5 })
  })

  it('counts raises and steps upwards, and nothing that was told as past or lies outside', () => {
    const load = alarmLoad(
      [
        step(-1),
        step(0),
        step(1, { kind: 'escalated', level: 'red' }),
        step(2, { kind: 'deescalated' }),
        step(3, { kind: 'acknowledged' }),
        step(4, { kind: 'cleared', level: null }),
        step(5, { retrospective: true }),
        step(DAY),
      ],
      { from: 0, to: DAY },
    )
    expect(load.announced).toBe(2)
    expect(load.levels).toEqual({ blue: 0, yellow: 0.5, orange: 0, red: 0.5 })
  })

  it('knows periods above ten, and floods from above ten to below five', () => {
    // Ten-minute periods of two hours: 10 11 7 5 4 0 12 0 ...
    const counts = [10, 11, 7, 5, 4, 0, 12]
    const steps = counts.flatMap((count, period) => spread(count, period * 10 * MINUTE, 10 * MINUTE))
    const load = alarmLoad(steps, { from: 0, to: 2 * HOUR })
    expect(load.mostInTenMinutes).toBe(12)
    expect(load.overloadedShare).toBe(2 / 12)
    expect(load.floods).toEqual([
      { from: 10 * MINUTE, to: 40 * MINUTE, announced: 23 },
      { from: 60 * MINUTE, to: 70 * MINUTE, announced: 12 },
    ])
    expect(load.floodShare).toBe(40 / 120)
    // Two operators have 5.5 and 6 in their worst ten minutes.
    expect(alarmLoad(steps, { from: 0, to: 2 * HOUR, operators: 2 })).toMatchObject({
      mostInTenMinutes: 6,
      overloadedShare: 0,
      floods: [],
    })
  })

  it('ends a flood that still runs at the end of the time', () => {
    const load = alarmLoad(spread(11, 0, 4 * MINUTE), { from: 0, to: 4 * MINUTE })
    expect(load.floods).toEqual([{ from: 0, to: 4 * MINUTE, announced: 11 }])
    expect(load.floodShare).toBe(1)
  })

  it('names the ten worst and their share', () => {
    // Twelve alarms; d0 comes 12 times, d1 11 times, ... d11 once: 78, of which the ten worst are 75.
    const steps = Array.from({ length: 12 }, (_, at) =>
      Array.from({ length: 12 - at }, (_, time) => step(time * HOUR + at, { device: `d${at}` })),
    ).flat()
    const load = alarmLoad(steps, { from: 0, to: DAY })
    expect(load.worst.map(({ device, count }) => `${device} ${count}`)).toEqual([
      'd0 12',
      'd1 11',
      'd2 10',
      'd3 9',
      'd4 8',
      'd5 7',
      'd6 6',
      'd7 5',
      'd8 4',
      'd9 3',
    ])
    expect(load.worstShare).toBe(75 / 78)
  })

  it('calls chattering what comes three times within a minute', () => {
    const steps = [0, 30, 59.9].map(second => step(second * SECOND, { device: 'fast' }))
    const slow = [0, 30, 60].map(second => step(second * SECOND, { device: 'slow' }))
    const load = alarmLoad([...steps, ...slow], { from: 0, to: HOUR })
    expect(load.chattering).toEqual([{ rule: 'r', device: 'fast', count: 3 }])
  })

  it('calls fleeting what is over before anybody can act, unless it chatters', () => {
    const load = alarmLoad(
      [
        ...episode(0, 59 * SECOND, { device: 'short' }),
        ...episode(HOUR, HOUR + MINUTE, { device: 'long' }),
        ...[0, 10, 20].flatMap(second =>
          episode(second * SECOND, (second + 5) * SECOND, { device: 'chatters' }),
        ),
      ],
      { from: 0, to: DAY },
    )
    expect(load.fleeting).toEqual([{ rule: 'r', device: 'short', count: 1 }])
    const longer = alarmLoad(episode(0, MINUTE), { from: 0, to: DAY, fleetingMs: 2 * MINUTE })
    expect(longer.fleeting).toEqual([{ rule: 'r', device: 'd', count: 1 }])
  })

  it('counts how many stood for more than a day at once', () => {
    const load = alarmLoad(
      [
        // Stale from hour 24 to 30, from 26 to 28, from 30 on, and never.
        ...episode(0, 30 * HOUR, { device: 'a' }),
        ...episode(2 * HOUR, 28 * HOUR, { device: 'b' }),
        step(6 * HOUR, { device: 'c' }),
        ...episode(6 * HOUR, 30 * HOUR, { device: 'e' }),
      ],
      { from: 0, to: 3 * DAY },
    )
    expect(load.mostStale).toBe(2)
    // One that stood before the time began counts from its begin.
    expect(alarmLoad([step(-2 * DAY)], { from: 0, to: HOUR }).mostStale).toBe(1)
  })

  it('splits what was announced by level', () => {
    const levels: Level[] = ['blue', 'blue', 'blue', 'yellow', 'red']
    const load = alarmLoad(
      levels.map((level, at) => step(at * HOUR, { level })),
      { from: 0, to: DAY },
    )
    expect(load.levels).toEqual({ blue: 0.6, yellow: 0.2, orange: 0, red: 0.2 })
  })
})
