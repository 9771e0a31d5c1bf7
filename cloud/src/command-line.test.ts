import { afterEach, expect, it, vi } from 'vitest'
import { program } from './command-line.ts'

afterEach(() => vi.restoreAllMocks())

it('a command that is not understood ends with 2, and not with the 1 of a comparison that fails', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const exit = vi.spyOn(process, 'exit').mockImplementation(code => {
    throw new Error(`exit ${code}`)
  })
  for (const line of ['verify', 'verify --config cloud.yaml --all', 'user --config cloud.yaml'])
    await expect(program.parseAsync(line.split(' '), { from: 'user' })).rejects.toThrow('exit 2')
  expect(exit).toHaveBeenCalledTimes(3)
})
