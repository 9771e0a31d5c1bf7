import { describe, expect, it } from 'vitest'
import type { Trace } from '../engine/event.ts'
import { traceLines } from './trace-text.ts'

const T = Date.UTC(2026, 4, 1)
const CONDITION: Trace['conditions'][number] = {
  level: 'orange',
  when: 'speed > 6',
  on: true,
  until: 'speed < 3',
  off: false,
  since: T,
  forMs: 600_000,
  clearingSince: null,
  clearForMs: 0,
}
const trace = (part: Partial<Trace>): Trace => ({
  cause: 'reading',
  values: {},
  conditions: [],
  missing: false,
  outOfSeason: false,
  lastSample: null,
  quality: {},
  ruleRevision: 'r',
  ...part,
})
const condition = (part: Partial<typeof CONDITION>, inForce: 'orange' | null = null) =>
  traceLines(trace({ conditions: [{ ...CONDITION, ...part }] }), inForce)

describe('a trace in words', () => {
  it('tells each device where several were combined', () => {
    const lines = traceLines(
      trace({
        values: { rain: 93.25 },
        inputs: { rain: { north: 93.25, south: null } },
        quality: { rain: 3 },
      }),
      null,
    )
    expect(lines).toEqual([
      'values: rain 93.25',
      'rain by device: north 93.25, south unknown',
      'quality: rain suspect',
    ])
  })

  it.each([
    [{}, '; it must hold for 10m: at 2026-05-01T00:10:00Z', ' holds since 2026-05-01T00:00:00Z'],
    [{ on: false }, '', ' does not hold'],
    [
      { on: null },
      '; it must hold for 10m, and the time so far is kept',
      ' cannot be told: something in it is unknown',
    ],
    [{ on: null, since: null }, '; it must hold for 10m', ' cannot be told: something in it is unknown'],
    [{ forMs: 0 }, '', ' holds since 2026-05-01T00:00:00Z'],
  ])('a condition %j', (part, delay, verdict) => {
    expect(condition(part)).toEqual([`orange: "speed > 6"${verdict}${delay}`])
  })

  it.each([
    [{}, 'orange ends when "speed < 3" holds'],
    [{ until: null, off: null, clearForMs: 60_000 }, 'orange ends when that no longer holds for 1m'],
    [
      { clearForMs: 60_000, clearingSince: T },
      'orange ends when "speed < 3" holds for 1m; that is so since 2026-05-01T00:00:00Z',
    ],
    [{ off: null }, 'orange ends when "speed < 3" holds, which cannot be told'],
  ])('the end of the level in force %j', (part, text) => {
    expect(condition(part, 'orange')[1]).toBe(text)
  })

  it('tells who was told, and what kept others from it', () => {
    const until = T + 3_600_000
    const telling: Trace['telling'] = {
      told: ['chief'],
      reason: 'unacknowledged',
      withheld: [
        { by: 'shelved', flag: 'f1', until },
        { by: 'inhibited', episode: 'e1' },
        { by: 'held', until },
        { by: 'flapping' },
        { by: 'retrospective' },
        { by: 'never told' },
      ],
    }
    expect(traceLines(trace({ telling }), null)).toEqual([
      'told: chief, because nobody had acknowledged it',
      'not told: shelved until 2026-05-01T01:00:00Z (flag f1)',
      'not told: hidden by the alarm e1',
      'not told: waits until 2026-05-01T01:00:00Z whether an alarm comes that hides it',
      'not told: it comes and goes too often',
      'not told: it was over before its readings came',
      'not told: nobody was told that it began',
    ])
  })

  it('tells of silence, of the season and of what was never told step by step', () => {
    const history = [{ kind: 'raised', level: 'yellow', at: T } as const]
    expect(
      traceLines(trace({ missing: true, lastSample: T, outOfSeason: true, history, note: 'x' }), null),
    ).toEqual([
      'note: x',
      'not in force at this time of the year',
      'too long without readings; the newest is of 2026-05-01T00:00:00Z',
      'before, untold: raised yellow 2026-05-01T00:00:00Z',
    ])
    expect(traceLines(trace({ missing: true }), null)).toEqual([
      'too long without readings; there was none yet',
    ])
  })
})
