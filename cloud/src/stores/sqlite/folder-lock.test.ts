import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { lockFolder } from './folder-lock.ts'
import { openStores } from './stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'picket-lock-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a data folder', () => {
  it('belongs to one cloud at a time, until that one ends', async () => {
    const script = `const { lockFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'))})
      globalThis.release = lockFolder(${JSON.stringify(folder)})
      process.stdout.write('held')
      setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', script])
    await once(other.stdout, 'data')
    expect(() => openStores(join(folder, 'cloud.db'))).toThrow(/stop the other cloud/)
    other.kill('SIGKILL')
    await once(other, 'exit')
    const stores = openStores(join(folder, 'cloud.db'))
    expect(() => lockFolder(folder)).toThrow(folder)
    await stores.close()
    lockFolder(folder)()
  })
})
