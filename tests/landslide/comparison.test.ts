import { expect, it } from 'vitest'
import { compare } from './comparison.ts'
import type { Episode } from './play.ts'
import { type Day, HOUR_MS } from './record.ts'

const day = (beginHour: number): Day => ({ begin: beginHour * HOUR_MS, end: (beginHour + 24) * HOUR_MS })

const episode = (beginHour: number, endHour: number | null): Episode => ({
  begin: beginHour * HOUR_MS,
  end: endHour === null ? null : endHour * HOUR_MS,
  retrospective: true,
  hours: [],
  p3: null,
  p15: null,
})

const verdicts = (episodes: Episode[], days: Day[]): string[] =>
  compare(episodes, days, 6 * HOUR_MS).days.map(({ verdict }) => verdict)

it('a day is in an episode when one hour of it is', () => {
  expect(verdicts([episode(23, 24)], [day(0)])).toEqual(['in'])
  expect(verdicts([episode(0, 25)], [day(24)])).toEqual(['in'])
  expect(verdicts([episode(0, null)], [day(240)])).toEqual(['in'])
})

it('an episode that ends or begins as the day does is only near', () => {
  expect(verdicts([episode(0, 24)], [day(24)])).toEqual(['near'])
  expect(verdicts([episode(24, 30)], [day(0)])).toEqual(['near'])
})

it('beyond the given hours, on either side, a day is missed', () => {
  expect(verdicts([episode(30, 40), episode(100, 110)], [day(0)])).toEqual(['near'])
  expect(verdicts([episode(31, 40)], [day(0)])).toEqual(['missed'])
  expect(verdicts([episode(0, 18)], [day(24)])).toEqual(['near'])
  expect(verdicts([episode(0, 17)], [day(24)])).toEqual(['missed'])
  expect(verdicts([], [day(0)])).toEqual(['missed'])
})

it('an episode without a day beside it is told apart', () => {
  const { episodes } = compare([episode(0, 2), episode(500, 510)], [day(0)], 0)
  expect(episodes.map(({ days }) => days.length)).toEqual([1, 0])
})
