import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const packs = fileURLToPath(new URL('../packs/', import.meta.url))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-rules-'))
  mkdirSync(join(folder, 'models'))
  for (const [name, text] of Object.entries({
    'bad.yaml': 'pack: bad\nrules:\n  - id: x\n',
    'own.yaml': `pack: own
rules:
  - id: own-flow
    name: { en: Flow, zh: 流量 }
    message: { en: flow, zh: 流量 }
    select: { model: flow-meter }
    features: { f: flow }
    levels: { red: { when: f > 1 } }
`,
    'models/flow-meter.yaml': `model: flow-meter
name: { en: Flow meter, zh: 流量计 }
interval: 1m
quantities: { flow: { name: { en: Flow, zh: 流量 }, unit: m3/s, source: test } }
`,
    'own.test.yaml': `packs: [own.yaml]
tests:
  - name: flow
    devices: [{ id: f1, model: flow-meter }]
    series: [{ device: f1, quantity: flow, values: "2" }]
    expect: [{ at: 0s, rule: own-flow, device: f1, state: none }]
`,
    'lost.test.yaml':
      'packs: [no-such.yaml]\ntests: [{ name: x, devices: [{ id: a, model: tilt }], series: [], expect: [{ at: 0s, rule: x, device: a, state: none }] }]\n',
  }))
    writeFileSync(join(folder, name), text)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...args: string[]): { code: number | null; out: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, PICKET_TOKEN: '' },
    encoding: 'utf8',
  })
  return { code: status, out: stdout, errors: stderr }
}

describe('picket-rules check', () => {
  it('prints a pack that means the same when it is read again', () => {
    const printed = run('check', join(packs, 'slope.yaml'))
    expect(printed).toMatchObject({ code: 0, errors: '' })
    writeFileSync(join(folder, 'printed.yaml'), printed.out)
    expect(run('check', 'printed.yaml')).toEqual(printed)
  })

  it('ends with 1 and the faults, or with 2 where a file cannot be read', () => {
    const bad = run('check', 'bad.yaml')
    expect(bad).toMatchObject({ code: 1, out: '' })
    expect(bad.errors).toMatch(/^bad\.yaml:3: rule 1: ".*" is missing\n$/)
    expect(run('check', 'own.test.yaml')).toMatchObject({ code: 2, out: '' })
    expect(run('check', 'no-such.yaml')).toEqual({
      code: 2,
      out: '',
      errors: 'no-such.yaml: cannot be read (ENOENT)\n',
    })
  })
})

describe('picket-rules test', () => {
  it('ends with 0 when everything is as expected', () => {
    expect(run('test', join(packs, 'rain-thresholds.test.yaml'))).toEqual({
      code: 0,
      out: '4 tests, 14 expectations: all as expected\n',
      errors: '',
    })
  })

  it('ends with 1 when something is not, with models of one’s own, and writes JUnit XML', () => {
    const { code, out } = run('test', 'own.test.yaml', '--models', 'models', '--junit', 'results.xml')
    expect(code).toBe(1)
    expect(out).toContain('own.test.yaml:6: at 0s, own-flow of f1 (state)')
    expect(out).toMatch(/\n1 test, 1 expectation: 1 test failed\n$/)
    expect(readFileSync(join(folder, 'results.xml'), 'utf8')).toContain('<testsuites tests="1" failures="1"')
  })

  it('ends with 2 when a file cannot be read, after running the others', () => {
    const result = run('test', 'lost.test.yaml', join(packs, 'rain-thresholds.test.yaml'))
    expect(result).toMatchObject({ code: 2, out: '4 tests, 14 expectations: all as expected\n' })
    expect(result.errors).toMatch(/no-such\.yaml: cannot be read \(ENOENT\)\n$/)
    expect(run('test', 'own.test.yaml', '--models', 'nowhere')).toMatchObject({
      code: 2,
      errors: 'nowhere: cannot be read (ENOENT)\n',
    })
    const alone = run('test', 'own.test.yaml')
    expect(alone.errors).toContain('own.yaml:6: rule own-flow: there is no device model')
    expect(alone.out).toBe('')
  })
})

describe('picket-rules backtest', () => {
  it('ends with 2 when the command line cannot be read', () => {
    expect(run('backtest')).toEqual({ code: 2, out: '', errors: "error: missing required argument 'new'\n" })
  })

  it('asks the cloud of this machine where no CSV file is named', () => {
    expect(run('backtest', 'own.yaml')).toEqual({
      code: 2,
      out: '',
      errors: 'no token: name a --token-file, or set PICKET_TOKEN\n',
    })
  })
})
