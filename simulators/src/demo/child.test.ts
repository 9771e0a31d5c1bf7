import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Child } from './child.ts'

describe('child', () => {
  let folder: string
  let said: string[]
  let heard: (line: string) => void
  let child: Child | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'picket-child-'))
    said = []
    heard = () => {}
  })
  afterEach(async () => {
    await child?.stop()
    rmSync(folder, { recursive: true })
  })

  const run = (source: string): Child => {
    writeFileSync(join(folder, 'program.mjs'), source)
    child = new Child({
      name: 'program',
      script: join(folder, 'program.mjs'),
      arguments: [join(folder, 'up')],
      environment: { PATH: process.env.PATH },
      logFile: join(folder, 'program.log'),
      say: line => {
        said.push(line)
        heard(line)
      },
    })
    return child
  }
  const saying = (text: string): Promise<void> =>
    new Promise(resolve => {
      heard = line => line.includes(text) && resolve()
    })
  const isUp = async (): Promise<boolean> => existsSync(join(folder, 'up'))
  const UP = `import { writeFileSync } from 'node:fs'; writeFileSync(process.argv[2], '');`

  it('hands on the last words of a program that fails at its start', async () => {
    const starting = run(`process.stderr.write('picket-x: port 1 is in use\\n'); process.exit(1)`).start(isUp)
    await expect(starting).rejects.toThrow('picket-x: port 1 is in use')
    expect(said).toEqual([])
  })

  it('keeps the output in its log and shows the warnings', async () => {
    const warned = saying('link lost')
    await run(
      `${UP} console.log('{"level":30,"msg":"fine"}'); console.log('{"level":40,"msg":"link lost"}'); setInterval(() => {}, 1000)`,
    ).start(isUp)
    await warned
    expect(said).toEqual(['program: link lost'])
    expect(readFileSync(join(folder, 'program.log'), 'utf8')).toContain('fine')
  })

  it('starts a program again that ended by itself', async () => {
    const ended = saying('starting it again in 1 s')
    await run(`${UP} setTimeout(() => process.exit(3), 300)`).start(isUp)
    await ended
    const again = saying('starting it again in 2 s')
    await again
    expect(said[0]).toContain('ended by itself (code 3)')
  })

  it('stops a program with SIGTERM and waits for it', async () => {
    const marker = join(folder, 'stopped')
    await run(
      `import { writeFileSync as write } from 'node:fs'; process.on('SIGTERM', () => setTimeout(() => { write('${marker}', ''); process.exit(0) }, 100)); ${UP} setInterval(() => {}, 1000)`,
    ).start(isUp)
    await child?.stop()
    expect(existsSync(marker)).toBe(true)
    expect(said).toEqual([])
  })
})
