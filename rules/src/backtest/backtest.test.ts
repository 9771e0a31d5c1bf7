import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EngineDevice } from '../engine/event.ts'
import { backtest } from './backtest.ts'
import { backtestText } from './backtest-text.ts'
import { readInOrder } from './history.ts'
import { at, devices, highAbove, historyOf } from './test-wall.ts'

const RENAMED = devices.map(device =>
  device.id === 'a' ? { ...device, formerly: ['older', 'old'] } : device,
)

const run = (
  values: Record<string, (number | null)[]>,
  options: Partial<Parameters<typeof backtest>[0]> & { rules?: ReturnType<typeof highAbove> } = {},
) =>
  backtest({
    history: historyOf(values),
    devices,
    sites: [],
    candidate: options.rules ?? highAbove(5),
    from: at(0),
    to: at(100),
    ...options,
  })

describe('a backtest', () => {
  it('tells of every episode with its times and level', () => {
    const { candidate, readings } = run({ a: [1, 2, 6, 7, 3, 6] })
    expect(candidate.episodes).toMatchObject([
      {
        rule: 'high',
        device: 'a',
        site: 'north',
        onset: at(2),
        raisedAt: at(2),
        clearedAt: at(4),
        highest: 'orange',
      },
      { onset: at(5), clearedAt: null },
    ])
    expect(candidate.minutesInAlarm).toBe(2 + 95)
    expect(readings).toBe(6)
    expect(candidate.load.announced).toBe(2)
  })

  it("goes by a device's own parameters", () => {
    expect(run({ a: [6], b: [6, 51] }).candidate.episodes.map(({ device }) => device)).toEqual(['a', 'b'])
    expect(run({ b: [6, 49] }).candidate.episodeCount).toBe(0)
  })

  it('warms up before the span: what ended there does not count, what runs on is marked', () => {
    const values = { a: [6, 1, 6, 6, 1, 6] }
    const { candidate } = run(values, { from: at(3) })
    expect(candidate.episodes).toMatchObject([
      { onset: at(2), runningAtFrom: true },
      { onset: at(5), runningAtFrom: false },
    ])
    expect(candidate.minutesInAlarm).toBe(1 + 95)
    expect(candidate.load.announced).toBe(1)
  })

  it.each([
    ['a day at least', { feature: 'level' }, '30m', 24 * 60],
    ['the window and the longest delay', { feature: 'mean(level, 2d, lag 1h)' }, '30m', 49 * 60 + 30],
    ['what a detector needs without a window', { feature: 'p3-p15(rain)', unit: 'mm' }, '30m', 432 * 60 + 30],
    ['a silence of so many intervals', { feature: 'level' }, '3000 intervals', 3000],
  ])('warms up for %s', (_, of, silence, minutes) => {
    const candidate = highAbove(5, `    missing: { after: ${silence}, then: yellow }\n`, of)
    expect(run({ a: [1] }, { candidate }).warmUpFrom).toBe(at(-minutes))
  })

  describe.each([
    ['a store', ['older', 'old', 'a'].map(id => ({ ...devices[0], id }) as EngineDevice)],
    ['files', RENAMED],
  ])('over a history in %s with former ids', (_, named) => {
    it('goes on over a change of id, and knows labels of before', () => {
      const values = { older: [1, 6], old: [null, null, 6, 7, 3], a: [null, null, null, null, null, 1, 6] }
      const labels = [{ begin: at(2), end: at(3), device: 'old' }]
      const history = historyOf(values, named)
      const { candidate, readings } = run({}, { history, devices: RENAMED, labels })
      expect(readings).toBe(7)
      expect(candidate.episodes).toMatchObject([
        { device: 'a', onset: at(1), clearedAt: at(4) },
        { device: 'a', onset: at(6), clearedAt: null },
      ])
      expect(candidate.score).toMatchObject({ hits: 1, falseAlarms: 1 })
    })
  })

  it('compares with another rule set', () => {
    //            0  1  2  3  4  5  6  7  8  9  10 11
    const a = [1, 6, 8, 6, 8, 1, 6, 1, 1, 9, 9, 1]
    const { changes, against } = run({ a }, { rules: highAbove(7), against: highAbove(5) })
    // Of 1..5 the candidate sees 2 and 4, of 6 nothing, 9..11 the same.
    expect(changes).toMatchObject({ earlier: 0, later: 1, levelChanged: 0, unchanged: 1 })
    expect(changes?.gained).toEqual([])
    expect(changes?.lost.map(({ onset }) => onset)).toEqual([at(6)])
    expect(changes?.moved).toMatchObject([{ raisedLaterMs: 60_000, clearedLaterMs: 0 }])
    expect(against?.episodeCount).toBe(3)
    const text = backtestText(run({ a }, { rules: highAbove(7), against: highAbove(5) }))
    expect(text).toContain('0 gained, 1 lost, 0 earlier, 1 later')
    expect(text).toContain('raised 1m later, ended at the same time')
  })

  it('an episode that falls apart is split, not gained; parts that become one are merged, not lost', () => {
    const a = [6, 9, 6, 4.5, 6, 9, 6, 3]
    const split = run({ a }, { rules: highAbove(8), against: highAbove(5) }).changes
    expect([split?.gained.length, split?.split.length, split?.moved.length]).toEqual([0, 1, 1])
    const merged = run({ a }, { rules: highAbove(5), against: highAbove(8) }).changes
    expect([merged?.lost.length, merged?.merged.length, merged?.moved.length]).toEqual([0, 1, 1])
  })

  it('the same rules give no change, judged once', () => {
    const { changes, against, candidate } = run({ a: [6, 1, 6] }, { against: highAbove(5) })
    expect(changes).toMatchObject({ gained: [], lost: [], moved: [], unchanged: 2 })
    expect(against).toEqual(candidate)
  })

  it('silence counts up to the end of the span, and only of devices that ever spoke', () => {
    const rules = highAbove(5, '    missing: { after: 10m, then: yellow }\n')
    const { candidate } = run({ a: [1, 1] }, { rules })
    expect(candidate.episodes).toMatchObject([{ device: 'a', highest: 'yellow', raisedAt: at(11) }])
  })

  it('scores alarms by what really happened', () => {
    const labels = [
      { begin: at(5), end: at(6) },
      { begin: at(50), end: at(51) },
    ]
    const { score } = run({ a: [1, 1, 6, 6, 1, 1, 1, 1, 6, 1] }, { labels, nearMs: 120_000 }).candidate
    expect(score).toMatchObject({ hits: 1, falseAlarms: 1, leadMs: { median: 180_000 } })
    expect(score?.misses).toEqual([labels[1]])
    const elsewhere = run({ a: [6, 1] }, { labels: [{ begin: at(0), end: at(1), site: 'south' }] })
    expect(elsewhere.candidate.score).toMatchObject({ hits: 0, falseAlarms: 0 })
  })

  it('leaves out labels of another time, and of what is not in the registry, and says so', () => {
    const labels = [
      { begin: at(-9000), end: at(-8999), device: 'a' },
      { begin: at(0), end: at(1), site: 'west' },
      { begin: at(0), end: at(1), device: 'aa' },
    ]
    const result = run({ a: [6, 1] }, { labels })
    // Somebody looked at `a` and saw nothing now: its alarm is a false one.
    expect(result.candidate.score).toMatchObject({ hits: 0, misses: [], hitShare: null, falseAlarms: 1 })
    expect(result.labelsLeftOut).toEqual({ elsewhen: 1, unknown: ['west', 'aa'] })
    expect(backtestText(result)).toContain(
      'Left out: events outside this time (1).\nLeft out: events at what the registry does not know (west, aa).',
    )
  })
})

it('readings of several series come in the order of time, and of the series', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 30 }), {
        minLength: 1,
        maxLength: 6,
      }),
      series => {
        const keys = series.map((_, index) => ({ device: String(index), quantity: 'x' }))
        const history = {
          series: () => [],
          *chunks({ device }: { device: string }) {
            const times = (series[Number(device)] ?? []).toSorted((a, b) => a - b)
            for (let at = 0; at < times.length; at += 4) {
              const some = Float64Array.from(times.slice(at, at + 4))
              yield { times: some, values: some, qualities: new Uint8Array(some.length) }
            }
          },
        }
        const got = [...readInOrder(history, keys, { from: 0, to: 99 })].flatMap(({ times, seriesOf }) =>
          [...times].map((t, index) => [t, seriesOf[index]]),
        )
        const wanted = series.flatMap((times, index) => times.map(t => [t, index] as const))
        expect(got).toEqual(wanted.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
      },
    ),
    { numRuns: 200 },
  )
})
