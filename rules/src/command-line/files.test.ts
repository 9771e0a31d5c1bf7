import { afterEach, expect, it, vi } from 'vitest'
import { BacktestError } from '../backtest/episode-collector.ts'
import { runCommand } from './files.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

it('a backtest that cannot be answered is told in one plain line, by whatever command', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  await runCommand(() => {
    throw new BacktestError('too many steps of alarms')
  })
  expect(said.mock.calls).toEqual([['too many steps of alarms']])
  expect(process.exitCode).toBe(2)
})
