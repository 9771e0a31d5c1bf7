import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { program } from './command-line.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const GOOD = '681401003182216891083333343339333333F116'
const startedIn = process.cwd()
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-devices-'))
  process.chdir(folder)
  writeFileSync(join(folder, 'two.txt'), `${GOOD}\n\n68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16\n`)
  writeFileSync(join(folder, 'frame.bin'), Buffer.from(GOOD, 'hex'))
  writeFileSync(join(folder, 'bad.yaml'), 'model: bad\n')
})

afterAll(() => {
  process.chdir(startedIn)
  rmSync(folder, { recursive: true, force: true })
})

interface Printed {
  code: number | null
  out: string
  errors: string
}

/** Runs the command in this process. */
async function run(...words: string[]): Promise<Printed> {
  let [out, errors] = ['', '']
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(line => {
      out += `${line}\n`
    }),
    vi.spyOn(console, 'error').mockImplementation(line => {
      errors += `${line}\n`
    }),
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += text
      return true
    }),
  ]
  const { exitCode } = process
  try {
    await program.parseAsync(words, { from: 'user' })
    return { code: Number(process.exitCode), out, errors }
  } finally {
    process.exitCode = exitCode
    for (const spy of spies) spy.mockRestore()
  }
}

/** Runs the program, with an input. */
function runProgram(words: readonly string[], input: string): Printed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    input,
  })
  return { code: status, out: stdout, errors: stderr }
}

describe('picket-devices decode', () => {
  it('shows each field with its offset, and the readings', async () => {
    const { code, out, errors } = await run('decode', GOOD)
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toMatch(/^dlt645\n/)
    expect(out).toMatch(/^ +10 {2}33333433 +data identifier +00010000, forward active energy$/m)
    expect(out).toMatch(/^ +218231000114 +energy +0\.06 +\d{4}-.*\(arrival\)$/m)
  })

  it('says where a frame goes wrong and what the check sum should have been', async () => {
    const { code, out } = await run('decode', GOOD.replace('F116', 'F216'))
    expect(code).toBe(1)
    expect(out).toMatch(/^ +18 {2}F2 +check sum +should be F1$/m)
    expect(out).toContain('the check sum is F2, should be F1')
    expect(out).not.toContain('readings')
  })

  it('says so where no codec understands a message', async () => {
    const noise = Array.from({ length: 40 }, (_, at) => createHash('sha512').update(`8 ${at}`).digest('hex'))
    expect((await run('decode', noise.join(''))).out).toMatch(/^no codec understands this;/)
  })

  it('shows what the sender says against a reading', async () => {
    const { out } = await run('decode', '6810000000000B0103000100010000010080')
    expect(out).toMatch(/^ +station-1 +ioa_1 +1 +.*\(arrival\) +failed$/m)
  })

  it('takes a file of lines, a binary file and standard input', async () => {
    const lines = (await run('decode', '--json', 'two.txt')).out.trim().split('\n')
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { codec: 'dlt645', readings: [{ v: 0.06 }] },
      { codec: 'dlt645', readings: [] },
    ])
    expect((await run('decode', 'frame.bin')).code).toBe(0)
    expect(runProgram(['decode', '-'], GOOD).out).toEqual(expect.stringContaining('218231000114'))
  })

  it('guesses JSON too, and does as it is told', async () => {
    expect((await run('decode', '{"SK1":{"L1_LF_1":{"2026-04-05T20:34:06.000Z":10.86}}}')).out).toMatch(
      /^geohazard-json\n/,
    )
    expect(await run('decode', '--codec', 'plain-json', '--topic', 'sensors/a/b', '{"v":1}')).toMatchObject({
      code: 0,
    })
    expect(await run('decode', '--codec', 'dlt645', '{"v":1}')).toMatchObject({ code: 1 })
  })

  it.each([[['decode']], [['decode', '--frob', 'x']], [['morse']], [['registry', 'import', 'a.csv']]])(
    'ends with 2 where the command is wrong: %s',
    async words => {
      vi.spyOn(process.stderr, 'write').mockReturnValue(true)
      vi.spyOn(process, 'exit').mockImplementation(code => {
        throw new Error(`exit ${code}`)
      })
      await expect(run(...words)).rejects.toThrow('exit 2')
      vi.restoreAllMocks()
    },
  )

  it('says so where there is no such codec or file', async () => {
    expect(await run('decode', '--codec', 'morse', GOOD)).toMatchObject({ code: 2, out: '' })
    expect(await run('decode', 'lost.txt')).toMatchObject({ code: 2, errors: 'there is no file lost.txt\n' })
  })
})

describe('picket-devices encode', () => {
  it('builds what decode reads', async () => {
    const { code, out } = await run(
      'encode',
      '--codec',
      'dlt645',
      '{"address":"000000000161","read":"00010000"}',
    )
    expect({ code, out }).toEqual({ code: 0, out: '68610100000000681104333334331416\n' })
  })

  it('says what is wrong with a message', async () => {
    expect((await run('encode', '--codec', 'dlt645', '{"address":"1"}')).code).toBe(1)
    expect((await run('encode', '--codec', 'dlt645', 'x')).code).toBe(2)
    expect(await run('encode', '--codec', 'plain-json', '{}')).toMatchObject({ code: 2 })
  })
})

describe('picket-devices listen', () => {
  const REPORT =
    '7E7E011000000006000032002B022F7C221202133716F1F1100000000648F0F02212021335201900000026190031963923000289603812131203367C'

  it('prints a line for each frame without its password, and ends well with Ctrl-C', async () => {
    const child = spawn(process.execPath, [main, 'listen', '--port', '0', '--codec', 'sl651', '--json'])
    const [line] = (await once(child.stderr.setEncoding('utf8'), 'data')) as [string]
    const socket = connect(Number(/:(\d+),/.exec(line)?.[1]), '127.0.0.1')
    socket.write(Buffer.from(REPORT, 'hex'))
    const [out] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(JSON.parse(out)).toMatchObject({
      transport: 'tcp',
      hex: REPORT.replace('1000000006' + '0000', '1000000006' + '....'),
      codec: 'sl651',
      readings: [{ v: 0 }, { v: 319.6 }, { v: 28.96 }, { v: 13.12 }],
    })
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('says what is wrong with a port', async () => {
    expect(await run('listen', '--port', 'x')).toMatchObject({ code: 2, errors: 'x is no port\n' })
  })
})

describe('picket-devices models', () => {
  it('lists the shipped models with units, and says what is wrong with another', async () => {
    const { out } = await run('models')
    expect(out).toMatch(/^crack-meter: Crack meter 裂缝计, every .*\n +displacement \[mm\]/m)
    expect(out).toMatch(/^ +strain \[um\/m\] .*computed by quarter-bridge$/m)
    expect(JSON.parse((await run('models', '--json')).out.split('\n')[0] ?? '')).toHaveProperty('quantities')
    const { code, errors } = await run('models', '--models', '.')
    expect(code).toBe(1)
    expect(errors).toContain('bad.yaml:1:')
  })
})

describe('picket-devices registry', () => {
  const SITE = '  - { id: dam, name: { en: Dam, zh: 大坝 } } # built 1976\n'
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

  it('checks a registry by line, brings rows in and gives them out', async () => {
    write('r.yaml', `sites:\n${SITE}gateways: [{ id: gw, passwordFile: gw.secret }]\ndevices: []\n`)
    write(
      'bad-registry.yaml',
      `sites: []\ngateways:\n  - { id: gw, site: dam, passwordFile: x }\ndevices: []\n`,
    )
    write(
      'rows.csv',
      'kind,id,model,site,gateways\ndevice,c1,crack-meter,dam,gw\ndevice,c2,crack-meter,pond,gw\n',
    )
    expect(await run('registry', 'check', 'r.yaml')).toMatchObject({ code: 0, errors: '' })
    const { code, errors } = await run('registry', 'check', 'bad-registry.yaml')
    expect([code, errors]).toEqual([
      1,
      'bad-registry.yaml:3: gateway "gw" stands at the unknown site "dam"\n',
    ])
    const imported = await run('registry', 'import', 'rows.csv', '--registry', 'r.yaml', '--write')
    expect(imported.code).toBe(1)
    expect(imported.out).toMatch(
      /row 2 +added +c1[\s\S]*row 3 +refused +c2 +device "c2" stands at the unknown site/,
    )
    expect(imported.out).toContain('1 added, 0 changed, 0 unchanged, 1 refused')
    expect(readFileSync(join(folder, 'r.yaml'), 'utf8')).toContain('# built 1976')
    symlinkSync('r.yaml', join(folder, 'linked.yaml'))
    write('more.csv', 'kind,id,model,site,gateways\n\n\ndevice,a\x07,crack-meter,dam,gw\n')
    expect((await run('registry', 'import', 'more.csv', '--registry', 'linked.yaml', '--write')).out).toMatch(
      /row 4 +refused +a· +an id has/,
    )
    write('more.csv', 'kind,id,model,site,gateways\ndevice,c3,crack-meter,dam,gw\n')
    await run('registry', 'import', 'more.csv', '--registry', 'linked.yaml', '--write')
    expect(lstatSync(join(folder, 'linked.yaml')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'r.yaml'), 'utf8')).toContain('c3')
    const { out } = await run('registry', 'export', '--format', 'geojson', 'r.yaml')
    expect(JSON.parse(out).features).toHaveLength(4)
    expect(await run('registry', 'import', 'none.csv', '--registry', 'r.yaml')).toMatchObject({ code: 2 })
  })
})

describe('what the READMEs of the codecs tell to type', () => {
  const codecs = fileURLToPath(new URL('codecs/', import.meta.url))
  const texts = readdirSync(codecs, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('README.md'))
    .map(file => readFileSync(join(codecs, file), 'utf8'))
  // A command may go on in lines that are indented further.
  const commands = texts.flatMap(
    text => text.match(/^ {4}(?:npx )?picket-devices (?:de|en)code .*(?:\n {6}.*)*/gm) ?? [],
  )
  const wordsOf = (command: string): string[] =>
    [...command.replace(/ # .*/, '').matchAll(/'([^']*)'|\S+/g)]
      .map(([word, quoted]) => quoted ?? word)
      .filter(word => word !== 'npx' && word !== 'picket-devices')

  it('works', async () => {
    const layout = texts.flatMap(text => /```yaml\n(model: level-probe\n.*?)```/s.exec(text)?.[1] ?? [])
    writeFileSync('level-probe.yaml', layout.join(''))
    writeFileSync('frames.txt', GOOD)
    expect(commands.length).toBeGreaterThan(20)
    for (const command of commands)
      expect([command, (await run(...wordsOf(command))).code]).toEqual([command, 0])
  })
})
