import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isInSeason,
  nextSeasonChange,
  parseSeasonRange,
  parseUtcOffset,
  printSeasonRange,
  printUtcOffset,
  type SeasonRange,
} from './season.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BEIJING = 8 * HOUR

const range = (text: string): SeasonRange => {
  const parsed = parseSeasonRange(text)
  if (!parsed) throw new Error(`no range: ${text}`)
  return parsed
}

const inSeason = (text: string, iso: string): boolean => isInSeason([range(text)], Date.parse(iso), BEIJING)

describe('a season', () => {
  it.each([
    ['05-01..10-15', '2026-05-01T00:00:00+08:00', true],
    ['05-01..10-15', '2026-04-30T23:59:59.999+08:00', false],
    ['05-01..10-15', '2026-10-15T23:59:59.999+08:00', true],
    ['05-01..10-15', '2026-10-16T00:00:00+08:00', false],
    ['11-01..03-31', '2026-12-31T23:59:59+08:00', true],
    ['11-01..03-31', '2027-01-01T00:00:00+08:00', true],
    ['11-01..03-31', '2026-04-01T00:00:00+08:00', false],
    ['02-01..02-29', '2027-03-01T00:00:00+08:00', false],
    ['02-01..02-29', '2028-02-29T12:00:00+08:00', true],
    ['02-29..04-01', '2027-02-28T12:00:00+08:00', false],
    ['2026-06-01..2026-09-30', '2026-09-30T23:00:00+08:00', true],
    ['2026-06-01..2026-09-30', '2027-07-01T00:00:00+08:00', false],
    ['07-01..07-01', '2026-07-01T23:00:00+08:00', true],
  ])('%s at %s: %s', (text, at, expected) => expect(inSeason(text, at)).toBe(expected))

  it.each([
    '05-01',
    '13-01..14-01',
    '05-32..06-01',
    '2026-02-29..2026-03-01',
    '2026-05-02..2026-05-01',
    '5-1..6-1',
  ])('refuses %s', text => expect(parseSeasonRange(text)).toBeUndefined())

  it('changes nowhere between two of its bounds', () => {
    const day = fc.integer({ min: 0, max: 365 }).map(at => new Date(Date.UTC(2024, 0, 1) + at * DAY))
    const text = (date: Date): string => date.toISOString().slice(5, 10)
    const ranges = fc.array(
      fc.tuple(day, day).map(([a, b]) => range(`${text(a)}..${text(b)}`)),
      { minLength: 1, maxLength: 3 },
    )
    const offset = fc.integer({ min: -56, max: 56 }).map(quarters => quarters * 15 * 60_000)
    const times = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2030, 0, 1) })
    fc.assert(
      fc.property(ranges, offset, times, fc.double({ min: 0, max: 1, noNaN: true }), (all, ms, t, share) => {
        const next = nextSeasonChange(all, t, ms)
        expect(next).toBeGreaterThan(t)
        const between = t + Math.floor((next - 1 - t) * share)
        expect(isInSeason(all, between, ms)).toBe(isInSeason(all, t, ms))
        expect((next + ms) % DAY).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('is printed as it was written', () => {
    for (const text of ['05-01..10-15', '11-01..03-31', '2026-06-01..2026-09-30'])
      expect(printSeasonRange(range(text))).toBe(text)
    for (const text of ['+08:00', '-03:30', '+00:00', '+14:00'])
      expect(printUtcOffset(parseUtcOffset(text) as number)).toBe(text)
    for (const text of ['8', '+8:00', '+15:00', '+08:60']) expect(parseUtcOffset(text)).toBeUndefined()
  })

  it('that is over for ever changes no more', () => {
    expect(nextSeasonChange([range('2026-06-01..2026-09-30')], Date.UTC(2027, 0, 1), 0)).toBe(
      Number.POSITIVE_INFINITY,
    )
  })
})
