import { describe, expect, test } from 'vitest'
import type { Alarm } from '../api/shapes.ts'
import { byEnd, byLevelThenAge, countByLevel, newsAmong } from './alarm-order.ts'

const alarm = (id: string, fields: Partial<Alarm> = {}): Alarm => ({
  id,
  rule: 'crack-rate',
  ruleRevision: 'a1',
  name: { en: '', zh: '' },
  message: { en: '', zh: '' },
  device: 'crack-1',
  site: 'slope',
  level: 'blue',
  highestLevel: 'blue',
  state: 'unacknowledged',
  onset: 1000,
  raisedAt: 1000,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  retrospective: false,
  stale: false,
  flags: [],
  ...fields,
})
const ids = (alarms: readonly Alarm[]): string => alarms.map(({ id }) => id).join(' ')

describe('alarm order', () => {
  test('the gravest level comes first, then the newest onset, then the id; the input stays as it was', () => {
    const given = [
      alarm('b', { onset: 5 }),
      alarm('a', { onset: 5 }),
      alarm('old-red', { level: 'red', onset: 1 }),
      alarm('yellow', { level: 'yellow', onset: 9 }),
      alarm('new-red', { level: 'red', onset: 3 }),
      alarm('orange', { level: 'orange', onset: 99 }),
    ]
    const before = ids(given)
    expect(ids(byLevelThenAge(given))).toBe('new-red old-red orange yellow a b')
    expect(ids(given)).toBe(before)
  })

  test('of the past, what ended last comes first', () => {
    const given = [alarm('a', { clearedAt: 5 }), alarm('b', { clearedAt: 9 }), alarm('c', { clearedAt: 7 })]
    expect(ids(byEnd(given))).toBe('b c a')
  })

  test('every level is counted', () => {
    expect(countByLevel([alarm('a', { level: 'red' }), alarm('b', { level: 'red' }), alarm('c')])).toEqual({
      red: 2,
      orange: 0,
      yellow: 0,
      blue: 1,
    })
  })

  test('news are alarms that nobody has seen, new or at a graver level than before', () => {
    const known = new Map([
      ['same', 'blue'],
      ['graver', 'yellow'],
      ['milder', 'red'],
    ] as const)
    const now = [
      alarm('same'),
      alarm('graver', { level: 'orange' }),
      alarm('milder', { level: 'orange' }),
      alarm('new'),
      alarm('new-but-seen', { state: 'acknowledged' }),
    ]
    expect(ids(newsAmong(now, known))).toBe('graver new')
  })
})
