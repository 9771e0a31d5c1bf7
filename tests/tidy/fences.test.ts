import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const FORBIDDEN = [
  ['devices/src/a.ts', '@picket/rules'],
  ['devices/src/b.ts', '../../rules/src/index.ts'],
  ['rules/src/engine/a.ts', '@picket/cloud'],
  ['rules/src/engine/b.ts', '@picket/devices/runtime'],
  ['edge/src/uplink/a.ts', '@picket/cloud'],
  ['edge/src/uplink/b.ts', '../../../cloud/src/cloud.ts'],
  ['cloud/src/ingest/a.ts', '@picket/edge'],
  ['cloud/src/a.ts', '@picket/edge'],
  ['cloud/src/b.ts', './main.ts'],
  ['cloud/src/ingest/b.ts', '../api/index.ts'],
  ['cloud/src/stores/sqlite/a.ts', '../../ingest/ingest.ts'],
  ['cloud/src/broker/a.ts', '../stores/ports.ts'],
  ['cloud/src/alerts/a.ts', '../broker/broker.ts'],
  ['cloud/src/api/routes/a.ts', '../../ingest/ingest.ts'],
  ['simulators/src/a.ts', '@picket/rules'],
  ['simulators/src/b.ts', '../../edge/src/index.ts'],
  ['tests/a.ts', '../cloud/src/cloud.ts'],
] as const

const ALLOWED = [
  ['rules/src/c.ts', '@picket/devices'],
  ['edge/src/c.ts', '@picket/rules'],
  ['cloud/src/ingest/c.ts', '../stores/ports.ts'],
  ['cloud/src/ingest/d.ts', '@picket/rules'],
  ['simulators/src/c.ts', '@picket/devices/runtime'],
  ['tests/c.ts', '@picket/cloud'],
] as const

describe('the fences between the rooms', () => {
  const planted = mkdtempSync(join(tmpdir(), 'picket-fences-'))
  let report = ''

  beforeAll(() => {
    // Under the project's own rules, with nothing of the project: only the fences can be at fault.
    cpSync(join(root, 'biome.json'), join(planted, 'biome.json'))
    for (const [place, specifier] of [...FORBIDDEN, ...ALLOWED]) {
      mkdirSync(dirname(join(planted, place)), { recursive: true })
      writeFileSync(join(planted, place), `import { planted } from '${specifier}'\n\nplanted()\n`)
    }
    const options = ['lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', '.']
    report = spawnSync('biome', options, { cwd: planted, encoding: 'utf8' }).stdout
  })
  afterAll(() => rmSync(planted, { recursive: true }))

  const complaintAbout = (place: string): string | undefined =>
    report.split('\n').find(line => line.includes('noRestrictedImports') && line.includes(`/${place},line=`))

  it.each(FORBIDDEN)('keep %s from importing %s', place => expect(complaintAbout(place)).toBeDefined())

  it.each(ALLOWED)('let %s import %s', place => expect(complaintAbout(place)).toBeUndefined())
})

describe('the files', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(name => /\.tsx?$/.test(name))
  const linesOf = (name: string): number => readFileSync(join(root, name), 'utf8').split('\n').length - 1

  it('are found', () => expect(files.length).toBeGreaterThan(100))

  it('stay in their rooms: 400 lines, tests 500', () => {
    const tooLong = files.filter(name => linesOf(name) > (/\.test\.tsx?$/.test(name) ? 500 : 400))
    expect(tooLong).toEqual([])
  })

  it('are named by nouns of the field', () => {
    const vague = files.filter(name => /(^|\/)(utils?|common|helpers?|misc|managers?)(\/|\.tsx?$)/.test(name))
    expect(vague).toEqual([])
  })
})
