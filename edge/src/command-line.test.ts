import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { commandLine } from './command-line.ts'

let said = ''

beforeEach(() => {
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    said += text
    return true
  })
  vi.spyOn(process, 'exit').mockImplementation(code => {
    throw Object.assign(new Error('ended'), { exit: code })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function codeOf(line: string): Promise<unknown> {
  const program = commandLine(async () => {})
  const exit = await program.parseAsync(line.split(' '), { from: 'user' }).then(
    () => undefined,
    error => error.exit,
  )
  return exit ?? process.exitCode
}

it('a command that is not understood ends with 2, what a fault of the gateway never does', async () => {
  expect(await codeOf('doctor')).toBe(2)
  expect(await codeOf('doctor --config gateway.yaml --colour')).toBe(2)
  expect(await codeOf('output siren --config gateway.yaml')).toBe(2)
  expect(said).toContain("missing required argument 'state'")
})

it('a file that is not there is one line and exit code 1, whoever wants to read it', async () => {
  for (const command of ['refused', 'output siren on']) {
    said = ''
    expect(await codeOf(`${command} --config /nowhere/gateway.yaml`)).toBe(1)
    expect(said).toBe('picket-edge: no configuration file at /nowhere/gateway.yaml; name one with --config\n')
  }
})
