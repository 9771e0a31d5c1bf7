import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Credentials } from './credentials.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-credentials-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (passwordFile: string) =>
  new Credentials({ sites: [], devices: [], gateways: [{ id: 'gw', passwordFile }] }, path =>
    join(folder, path),
  )

it('are read from a file, also behind a link', () => {
  writeFileSync(join(folder, 'secret'), 'a long password\n')
  symlinkSync('secret', join(folder, 'link'))
  for (const file of ['secret', 'link'])
    expect(read(file).check('gw', Buffer.from('a long password'))).toBe(true)
})

it('are not waited for at a pipe, and not read without end', () => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('/dev/zero', join(folder, 'zero'))
  writeFileSync(join(folder, 'large'), 'x'.repeat(5000))
  for (const file of ['pipe', 'zero', 'large', '.'])
    expect(() => read(file)).toThrow(/no file of 4096 bytes or less/)
  expect(() => read('missing')).toThrow(/ENOENT/)
})
