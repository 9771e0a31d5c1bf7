import { expect, it } from 'vitest'
import { benchBacktest } from './backtest.ts'

it('the bench of backtests runs through, and its rule finds the floods', async () => {
  const printed: string[] = []
  const measured = { stations: 1, longRuns: 1, firstRuns: 1, furtherRuns: 1 }
  await benchBacktest(line => printed.push(line), measured)
  expect(printed.join('\n')).toMatch(/105,120 readings of 1 stations: [\d,]{6,} readings\/s/)
  // One every other week.
  expect(printed.join('\n')).toMatch(/\b2[5-9] episodes/)
}, 60_000)
