import { expect, test } from 'vitest'
import type { AlarmLoad } from '../api/shapes.ts'
import { loadFigures } from './load.ts'

const LOAD: AlarmLoad = {
  ...{ from: 0, to: 86_400_000, operators: 1, announced: 150 },
  ...{ perDay: 150, perHour: 6, perTenMinutes: 1, mostInTenMinutes: 3 },
  ...{ overloadedShare: 0, floodShare: 0.02, floods: [], worst: [], worstShare: 0.05 },
  ...{ chattering: [], fleeting: [{ rule: 'r', device: 'd', count: 2 }], mostStale: 5, levels: {} },
  targets: { perDay: 144, perHour: 6, floodShare: 0.01, worstShare: 0.05, fleeting: 0, mostStale: 5 },
}

test('what is more than one operator can bear is marked, what is just as much is not', () => {
  const figures = loadFigures(LOAD)
  expect(
    figures.filter(({ isTooMuch }) => isTooMuch).map(({ name, value, target }) => [name, value, target]),
  ).toEqual([
    ['load.perDay', '150', '144'],
    ['load.flood', '2 %', '1 %'],
    ['load.fleeting', '1', '0'],
  ])
  expect(figures.find(({ name }) => name === 'load.chattering')).toMatchObject({
    target: '',
    isTooMuch: false,
  })
})
